//! Failed sign-ins of people who are there and of people who are not: whether the time tells them apart.
//!
//! Invariant: a real server with people in it; known and unknown names are tried in turn, one after the other, from addresses
//! of this machine that share no budget of tries. Deliberately not here: whether the answers are right (the server's tests).

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use tidegate_client::Client;
use tidegate_client::api::{AddPersonRequest, Hidden, PasswordRequest, SetupRequest};

use crate::measured::Times;
use crate::paths;
use crate::process::{self, Process};
use crate::result::{Row, Sheet, say};
use crate::startup::first_answer;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Pairs of failed sign-ins: somebody who is there, and somebody who is not
    #[arg(long, default_value_t = 400)]
    pairs: usize,
}

const PASSWORD: &str = "a sentence nobody guesses";
/// Of ten that a name may be tried, and of a hundred that an address may.
const TRIES_OF_A_NAME: usize = 8;
const PAIRS_OF_AN_ADDRESS: usize = 40;
/// As far apart as the medians may be.
const APART: f64 = 0.05;

pub async fn run(args: &Args) -> Result<()> {
    let mut sheet = Sheet::begin("people", &format!("{} pairs of failed sign-ins", args.pairs));
    let scratch = paths::scratch()?;
    let data = scratch.path().join("data");
    let [port] = process::free_ports::<1>()?;
    let mut command = Command::new(paths::tidegate()?);
    let listen = format!("127.0.0.1:{port}");
    command.args(["up", "--stop-services-on-exit", "--rate-limit", "off", "--rate-limit-address", "off"]);
    command.args(["--listen", &listen, "--data"]).arg(&data).stdout(Stdio::null()).stderr(Stdio::null());
    let mut server = Process::start("tidegate up", &mut command)?;
    first_answer(port, "/api/v1/health", &mut server)?;
    let url = format!("http://{listen}");
    let root = set_up(&url, &data).await?;
    let (known, unknown) = sign_ins(&url, &root, args.pairs).await?;
    let ratio = known.at_ms(0.5) / unknown.at_ms(0.5);
    let told = |times: &Times| format!("p50 {:.2} ms, p99 {:.2} ms", times.at_ms(0.5), times.at_ms(0.99));
    say(&format!("    a name that is there: {}", told(&known)));
    say(&format!("    one that is not:      {}", told(&unknown)));
    sheet.row(
        Row::new("failed sign-in, known to unknown name, medians", format!("{ratio:.3}"))
            .aim("within 5 %", (ratio - 1.0).abs() <= APART),
    );
    sheet.end(json!({
        "pairs": args.pairs, "known_p50_ms": known.at_ms(0.5), "unknown_p50_ms": unknown.at_ms(0.5), "ratio": ratio,
    }))
}

fn hidden(text: &str) -> Hidden {
    Hidden(text.to_owned())
}

async fn set_up(url: &str, data: &Path) -> Result<Client> {
    let secret = std::fs::read_to_string(data.join("setup")).context("there is no setup secret")?;
    let client = Client::new(url)?;
    let name = "root".to_owned();
    let request =
        SetupRequest { secret: hidden(secret.trim()), name, display: None, password: hidden(PASSWORD) };
    client.set_up(&request).await?;
    let bearer = client.sign_in("root", PASSWORD).await?.bearer.context("no session was answered")?;
    Ok(client.with_bearer(&bearer.0))
}

/// Somebody with this name and a password.
async fn add(root: &Client, name: &str) -> Result<()> {
    let person = AddPersonRequest { name: name.to_owned(), ..AddPersonRequest::default() };
    root.add_person(&person, &format!("bench-{name}")).await?;
    root.set_password(name, &PasswordRequest { password: hidden(PASSWORD), current: None }).await?;
    Ok(())
}

async fn sign_ins(url: &str, root: &Client, pairs: usize) -> Result<(Times, Times)> {
    for number in 0..pairs.div_ceil(TRIES_OF_A_NAME) {
        add(root, &format!("known-{number}")).await?;
    }
    let (mut known, mut unknown) = (Vec::with_capacity(pairs), Vec::with_capacity(pairs));
    let mut browser = None;
    for pair in 0..pairs {
        if pair % PAIRS_OF_AN_ADDRESS == 0 {
            let address = 2 + pair / PAIRS_OF_AN_ADDRESS;
            let from = Ipv4Addr::new(127, 0, u8::try_from(address / 250)?, u8::try_from(address % 250 + 1)?);
            browser = Some(reqwest::Client::builder().no_proxy().local_address(Some(from.into())).build()?);
            // The connection, and whatever else the first one pays for.
            attempt(browser.as_ref(), url, &format!("warm-{pair}")).await?;
        }
        let (there, nobody) = (format!("known-{}", pair / TRIES_OF_A_NAME), format!("nobody-{pair}"));
        // Whoever comes second in a pair comes first in the next.
        if pair % 2 == 0 {
            known.push(attempt(browser.as_ref(), url, &there).await?);
            unknown.push(attempt(browser.as_ref(), url, &nobody).await?);
        } else {
            unknown.push(attempt(browser.as_ref(), url, &nobody).await?);
            known.push(attempt(browser.as_ref(), url, &there).await?);
        }
    }
    Ok((Times::new(known), Times::new(unknown)))
}

async fn attempt(browser: Option<&reqwest::Client>, url: &str, name: &str) -> Result<Duration> {
    let body = json!({ "name": name, "password": "not the one, but as long" });
    let request = browser.context("no client")?.post(format!("{url}/api/v1/session")).json(&body);
    let began = Instant::now();
    let answer = request.send().await?;
    let (status, _) = (answer.status().as_u16(), answer.bytes().await?);
    let took = began.elapsed();
    if status != 401 {
        bail!("a wrong password was answered with {status}");
    }
    Ok(took)
}
