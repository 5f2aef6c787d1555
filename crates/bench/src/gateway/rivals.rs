//! The three proxies and the backends behind them, each a process with a configuration written here.
//!
//! Invariant: the three do the same work: divide 9 : 1, keep connections to backends, add the forwarding headers, log
//! nothing. Deliberately not here: measuring.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::load::Layout;
use crate::machine;
use crate::paths;
use crate::process::{self, Process};
use crate::wrk::on_cores;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rival {
    Tidegate,
    Nginx,
    Haproxy,
    /// No proxy: the backend itself.
    Direct,
}

impl Rival {
    pub const ALL: [Self; 4] = [Self::Tidegate, Self::Nginx, Self::Haproxy, Self::Direct];

    pub fn name(self) -> &'static str {
        match self {
            Self::Tidegate => "tidegate",
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
            Self::Direct => "direct",
        }
    }

    pub fn is_installed(self) -> bool {
        match self {
            Self::Tidegate | Self::Direct => true,
            Self::Nginx | Self::Haproxy => paths::installed(self.name()).is_some(),
        }
    }
}

pub struct Proxy {
    process: Option<Process>,
    pub port: u16,
}

impl Proxy {
    /// Of the proxy so far; 0 where there is none.
    pub fn cpu_seconds(&self) -> f64 {
        self.process.as_ref().map_or(0.0, |process| machine::cpu_seconds_with_children(process.id()))
    }

    pub fn check(&mut self) -> Result<()> {
        self.process.as_mut().map_or(Ok(()), Process::check)
    }
}

pub struct Backends {
    /// Ended with the value.
    _process: Process,
    pub ports: [u16; 2],
}

const SMALL: &str =
    r#"{"product":2,"name":"a kettle","price_cents":3490,"in_stock":true,"shelf":"kitchen/3"}"#;
const LARGE_BYTES: usize = 64 << 10;

/// One nginx that answers at two ports, from memory.
pub async fn backends(folder: &Path, layout: &Layout) -> Result<Backends> {
    let folder = folder.join("backend");
    std::fs::create_dir(&folder)?;
    std::fs::write(folder.join("large"), vec![b'x'; LARGE_BYTES])?;
    let ports = process::free_ports::<2>()?;
    let root = folder.display();
    let http = format!(
        "open_file_cache max=10; sendfile on; tcp_nopush on; keepalive_requests 1000000000; keepalive_timeout 1h;
         server {{
             listen 127.0.0.1:{} backlog=4096; listen 127.0.0.1:{} backlog=4096;
             location = /small {{ default_type application/json; return 200 '{SMALL}'; }}
             location = /large {{ root {root}; }}
         }}",
        ports[0], ports[1]
    );
    let (cores, threads) = (layout.backend_cores.as_ref(), layout.backend_threads);
    let mut process = nginx("backend", &folder, (cores, threads), &http)?;
    process::listens(ports[0], &mut process).await?;
    Ok(Backends { _process: process, ports })
}

pub async fn start(rival: Rival, folder: &Path, layout: &Layout, backends: [u16; 2]) -> Result<Proxy> {
    let folder = folder.join(rival.name());
    std::fs::create_dir(&folder)?;
    let [port, admin] = process::free_ports::<2>()?;
    let cores = layout.proxy_cores.as_ref();
    let mut process = match rival {
        Rival::Direct => return Ok(Proxy { process: None, port: backends[0] }),
        Rival::Nginx => nginx("nginx", &folder, (cores, layout.proxy_threads), &nginx_proxy(port, backends))?,
        Rival::Haproxy => {
            let file = folder.join("haproxy.cfg");
            std::fs::write(&file, haproxy(port, backends, layout.proxy_threads))?;
            let program = paths::installed("haproxy").context("haproxy is not installed")?;
            Process::start("haproxy", on_cores(cores, &program).arg("-db").arg("-q").arg("-f").arg(&file))?
        }
        Rival::Tidegate => {
            let mut command = on_cores(cores, &paths::own()?);
            command.arg("serve-gateway").args(["--admin", &format!("127.0.0.1:{admin}"), "--state"]);
            command.arg(folder.join("state.json")).args(["--workers", &layout.proxy_threads.to_string()]);
            let mut process = Process::start("the gateway", &mut command)?;
            process::listens(admin, &mut process).await?;
            route(admin, port, backends).await?;
            process
        }
    };
    process::listens(port, &mut process).await?;
    Ok(Proxy { process: Some(process), port })
}

/// An nginx with so many workers, everything it writes in one folder.
fn nginx(
    name: &str,
    folder: &Path,
    (cores, workers): (Option<&String>, usize),
    http: &str,
) -> Result<Process> {
    let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
    let at = folder.display();
    let text = format!(
        "{user} daemon off; worker_processes {workers}; pid {at}/pid; error_log {at}/error.log;
         worker_rlimit_nofile 8192;
         events {{ worker_connections 4096; }}
         http {{
             access_log off; client_body_temp_path {at}/body; proxy_temp_path {at}/proxy;
             fastcgi_temp_path {at}/fastcgi; uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;
             {http}
         }}\n"
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, text)?;
    let program = paths::installed("nginx").context("nginx is not installed")?;
    let mut command = on_cores(cores, &program);
    command.arg("-p").arg(folder).arg("-c").arg(&file).arg("-e").arg(folder.join("error.log"));
    Process::start(name, &mut command)
}

fn nginx_proxy(port: u16, backends: [u16; 2]) -> String {
    format!(
        "keepalive_requests 1000000000; keepalive_timeout 1h;
         upstream service {{
             server 127.0.0.1:{} weight=9; server 127.0.0.1:{} weight=1;
             keepalive 1024; keepalive_requests 1000000000;
         }}
         server {{
             listen 127.0.0.1:{port} backlog=4096;
             location / {{
                 proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection '';
                 proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Host $http_host;
                 proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto http;
                 proxy_buffer_size 16k; proxy_buffers 16 16k;
             }}
         }}",
        backends[0], backends[1]
    )
}

fn haproxy(port: u16, backends: [u16; 2], threads: usize) -> String {
    format!(
        "global\n  nbthread {threads}\n  maxconn 8192\n\
         defaults\n  mode http\n  timeout client 1h\n  timeout server 1m\n  timeout connect 5s\n\
         frontend all\n  bind 127.0.0.1:{port} backlog 4096\n  default_backend service\n\
         backend service\n  balance roundrobin\n  http-reuse always\n  option forwardfor\n\
         \x20 http-request set-header X-Forwarded-Proto http\n\
         \x20 http-request set-header X-Forwarded-Host %[req.hdr(host)]\n\
         \x20 server stable 127.0.0.1:{} weight 90\n  server candidate 127.0.0.1:{} weight 10\n",
        backends[0], backends[1]
    )
}

async fn route(admin: u16, port: u16, backends: [u16; 2]) -> Result<()> {
    let version = |name: &str, weight: u16, port: u16| json!({ "version": name, "weight": weight, "endpoints": [format!("127.0.0.1:{port}")] });
    let versions = [version("1.0.0", 9_000, backends[0]), version("1.1.0", 1_000, backends[1])];
    let body = json!({
        "generation": { "position": 1, "fence": 1 },
        "route": {
            "id": "production/service", "listen": format!("127.0.0.1:{port}"),
            "serving": { "split": { "versions": versions } },
        },
    });
    let url = format!("http://127.0.0.1:{admin}/v1/routes/production/service");
    let answer = reqwest::Client::builder().no_proxy().build()?.put(url).json(&body).send().await?;
    if !answer.status().is_success() {
        bail!("the gateway refused the route: {}", answer.text().await?);
    }
    Ok(())
}
