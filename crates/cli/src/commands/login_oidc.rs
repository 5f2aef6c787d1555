//! `tidegate login --oidc`: through an identity provider, in a browser of this machine.
//!
//! Invariant: the browser brings a code that is worth nothing without a secret that never left this process; what does not
//! name this very sign-in is not taken. Not here: keeping the session (`login`).

use std::net::Ipv4Addr;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tidegate_api::{FinishSignInRequest, Hidden, Provider, SignedIn};
use tidegate_client::Client;
use tidegate_openid::challenge_of;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Context;
use crate::failure::Failure;

/// As long as the server waits for the provider.
const WAIT: Duration = Duration::from_mins(10);
const REQUEST_WAIT: Duration = Duration::from_secs(10);
const REQUEST_BYTES_MAX: usize = 16 << 10;
const CONNECTIONS_MAX: usize = 16;

pub async fn sign_in(provider: &str, client: &Client, context: &Context) -> Result<SignedIn, Failure> {
    let provider = known(provider, client).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| no_listener(&error))?;
    let port = listener.local_addr().map_err(|error| no_listener(&error))?.port();
    let verifier = format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>());
    let state = format!("{:032X}", rand::random::<u128>());
    let address = format!(
        "{}{}?terminal_port={port}&terminal_challenge={}&terminal_state={state}",
        client.url().trim_end_matches('/'),
        provider.start,
        challenge_of(&verifier)
    );
    let shown = format!("{}-{}", &state[..4], &state[4..8]);
    if context.out.json {
        context.out.record(&json!({ "open": address, "page_shows": shown }))?;
    } else {
        context.out.remark(format!(
            "Sign in at {} in a browser on this machine:\n\n  {address}\n\nThe page there must show {shown}.",
            provider.display
        ));
    }
    show(&address);
    let code = timeout(WAIT, code(listener, state)).await.map_err(|_| too_late())?.ok_or_else(too_late)?;
    Ok(client.finish_sign_in(&FinishSignInRequest { code: Hidden(code), verifier: Hidden(verifier) }).await?)
}

pub async fn known(name: &str, client: &Client) -> Result<Provider, Failure> {
    let all = client.providers().await?.items;
    let names: Vec<_> = all.iter().map(|provider| provider.name.clone()).collect();
    all.into_iter().find(|provider| provider.name == name).ok_or_else(|| {
        let help = match names.as_slice() {
            [] => "this server knows none; sign in with a password: `tidegate login NAME`".to_owned(),
            names => format!("it knows {}", names.join(", ")),
        };
        Failure::refused("unknown-provider", format!("the server has no identity provider `{name}`"))
            .help(help)
    })
}

/// Where a browser is to be had; the address was printed in any case.
fn show(address: &str) {
    let named = std::env::var_os("BROWSER").filter(|name| !name.is_empty());
    let on_screen = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    let opener = match named {
        Some(named) => named,
        None if cfg!(target_os = "macos") => "open".into(),
        None if on_screen => "xdg-open".into(),
        None => return,
    };
    let quiet = || Stdio::null();
    let mut command = std::process::Command::new(opener);
    // What it prints would stand between our own lines, and whether it is there does not matter.
    drop(command.arg(address).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn());
}

/// The first request that names this sign-in; whatever else knocks is told so.
async fn code(listener: TcpListener, state: String) -> Option<String> {
    let (tell, mut told) = mpsc::channel(CONNECTIONS_MAX);
    let accepting = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (tell, state) = (tell.clone(), state.clone());
            tokio::spawn(async move {
                if let Ok(Some(code)) = timeout(REQUEST_WAIT, answer(stream, &state)).await {
                    // Another one came first.
                    let _heard = tell.send(code).await;
                }
            });
        }
    });
    let code = told.recv().await;
    accepting.abort();
    code
}

async fn answer(mut stream: TcpStream, state: &str) -> Option<String> {
    let (mut request, mut piece) = (Vec::new(), [0; 2_048]);
    while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < REQUEST_BYTES_MAX {
        match stream.read(&mut piece).await.ok()? {
            0 => return None,
            read => request.extend_from_slice(&piece[..read]),
        }
    }
    let code = brought(&String::from_utf8_lossy(&request), state);
    let (status, text) = match code {
        Some(_) => ("200 OK", "The command line has what it needs. You can close this page."),
        None => ("404 Not Found", "There is nothing here."),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\ncache-control: no-store\r\n\
         referrer-policy: no-referrer\r\nconnection: close\r\n\r\n{text}\n",
        text.len() + 1
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    // The browser has seen it, or went away.
    let _ended = stream.shutdown().await;
    code
}

/// `GET /?code=…&state=… HTTP/1.1`
fn brought(request: &str, state: &str) -> Option<String> {
    let target = request.strip_prefix("GET /?")?.split(' ').next()?;
    let value = |name: &str| {
        let mut found =
            target.split('&').filter_map(|pair| pair.split_once('=')).filter(|(key, _)| *key == name);
        found.next().map(|(_, value)| value).filter(|_| found.next().is_none())
    };
    let code = value("code")?;
    let is_code =
        !code.is_empty() && code.len() <= 200 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_code && value("state")? == state).then(|| code.to_owned())
}

fn no_listener(error: &std::io::Error) -> Failure {
    Failure::fault("cannot-listen", "cannot listen on 127.0.0.1 for the browser")
        .help("check the limits on open files (`ulimit -n`)")
        .caused_by(error)
}

fn too_late() -> Failure {
    Failure::refused("sign-in-unfinished", "nobody signed in in the browser").help(
        "begin again, and finish in the browser within ten minutes; the browser must be on this machine",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_names_this_sign_in_is_taken() {
        let check = |request: &str, expect: Option<&str>| {
            assert_eq!(brought(request, "S7A7E").as_deref(), expect, "{request}");
        };
        check("GET /?code=abc123&state=S7A7E HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n", Some("abc123"));
        check("GET /?state=S7A7E&code=abc123 HTTP/1.1\r\n\r\n", Some("abc123"));
        check("GET /?code=abc123&state=other HTTP/1.1\r\n\r\n", None);
        check("GET /?code=abc123 HTTP/1.1\r\n\r\n", None);
        check("GET /?code=a&code=b&state=S7A7E HTTP/1.1\r\n\r\n", None);
        check("GET /?code=&state=S7A7E HTTP/1.1\r\n\r\n", None);
        check("GET /?code=a%2Fb&state=S7A7E HTTP/1.1\r\n\r\n", None);
        check("POST /?code=abc123&state=S7A7E HTTP/1.1\r\n\r\n", None);
        check("GET /favicon.ico HTTP/1.1\r\n\r\n", None);
        check("", None);
    }

    #[tokio::test]
    async fn a_browser_that_asks_for_other_things_first_is_waited_for() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let waiting = tokio::spawn(code(listener, "S7A7E".to_owned()));
        // One that says nothing holds up nobody.
        let silent = TcpStream::connect(address).await.unwrap();
        for (path, expect) in
            [("/favicon.ico", 404), ("/?code=evil&state=x", 404), ("/?code=good&state=S7A7E", 200)]
        {
            let answer = reqwest::get(format!("http://{address}{path}")).await.unwrap();
            assert_eq!(answer.status().as_u16(), expect, "{path}");
        }
        assert_eq!(waiting.await.unwrap().as_deref(), Some("good"));
        drop(silent);
    }
}
