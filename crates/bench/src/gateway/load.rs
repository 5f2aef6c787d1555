//! What the proxies are asked, and who runs where.
//!
//! Invariant: every proxy is asked the same in the same layout. Deliberately not here: asking (`wrk`).

use std::path::Path;

use anyhow::Result;

use crate::wrk::{self, Answered, Asked};

/// What is asked, by how many.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    pub name: &'static str,
    connections: u32,
    path: &'static str,
    post: bool,
    /// Whether the aim is for it.
    pub aims: bool,
}

impl Case {
    pub fn all() -> [Self; 5] {
        let small =
            Self { name: "small, 64 connections", connections: 64, path: "/small", post: false, aims: true };
        [
            small,
            Self { name: "small, 1 connection", connections: 1, aims: false, ..small },
            Self { name: "64 KiB, 64 connections", path: "/large", aims: false, ..small },
            Self { name: "POST 1 KiB, 64 connections", post: true, aims: false, ..small },
            Self { name: "small, 512 connections", connections: 512, aims: false, ..small },
        ]
    }

    fn request(&self) -> &'static str {
        if self.post {
            "wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/json\"\n\
             wrk.body = string.rep(\"x\", 1024)\n"
        } else {
            ""
        }
    }
}

/// Who runs on which cores, and with how many threads.
#[derive(Debug, Clone)]
pub struct Layout {
    pub name: String,
    /// For taskset; none where the system decides.
    pub proxy_cores: Option<String>,
    pub backend_cores: Option<String>,
    client_cores: Option<String>,
    pub proxy_threads: usize,
    pub backend_threads: usize,
    client_threads: usize,
    all_cases: bool,
}

impl Layout {
    /// The proxy alone on the last core; backends on the first; the client on those between, or with the backends.
    pub fn pinned(cores: usize) -> Self {
        let client = if cores > 2 { format!("1-{}", cores - 2) } else { "0".to_owned() };
        Self {
            name: "proxy on a core of its own".to_owned(),
            proxy_cores: Some((cores - 1).to_string()),
            backend_cores: Some("0".to_owned()),
            client_cores: Some(client),
            proxy_threads: 1,
            backend_threads: 1,
            client_threads: cores.saturating_sub(2).max(1),
            all_cases: true,
        }
    }

    /// A thread for each core and nothing pinned: everybody shares.
    pub fn shared(cores: usize) -> Self {
        Self {
            name: format!("all share {cores} cores"),
            proxy_cores: None,
            backend_cores: None,
            client_cores: None,
            proxy_threads: cores,
            backend_threads: 1,
            client_threads: 1,
            all_cases: cores == 1,
        }
    }

    pub fn runs(&self, case: &Case) -> bool {
        self.all_cases || case.aims
    }
}

pub async fn drive(folder: &Path, layout: &Layout, case: &Case, port: u16, seconds: u64) -> Result<Answered> {
    let asked = Asked {
        url: format!("http://127.0.0.1:{port}{}", case.path),
        request: case.request(),
        connections: case.connections,
        threads: layout.client_threads.min(case.connections as usize),
        seconds,
        cores: layout.client_cores.as_ref(),
    };
    wrk::drive(folder, &asked).await
}
