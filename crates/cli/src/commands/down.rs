//! `tidegate down`: stops the server, the gateway and every service of a data directory.
//!
//! Invariant: asks before it ends what users see, and ends only what the records of this directory name. Not here: how
//! services are stopped (`tidegate-server`).

use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tidegate_client::Client;
use tidegate_server::{Places, take_down};
use tokio::time::{sleep, timeout};

use super::{Answer, Context};
use crate::connect;
use crate::ending::Ending;
use crate::failure::Failure;

/// Stop the server, the gateway and all services
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The data directory [default: the nearest .tidegate, here or above]
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// The server lets requests finish for some seconds.
const SERVER_STOP_MAX: Duration = Duration::from_secs(30);
/// Ends the server as SIGTERM does; it only says something else, because its services end next.
pub const TAKE_DOWN: Signal = Signal::USR2;
const LOOK_EVERY: Duration = Duration::from_millis(20);

pub async fn run(args: Args, context: &Context) -> Answer {
    let data = args.data.unwrap_or_else(connect::data_directory);
    if !data.is_dir() {
        return Err(Failure::usage(
            "no-data-directory",
            format!("there is no data directory {}", data.display()),
        )
        .help("run it where `tidegate up` ran, or pass --data DIRECTORY"));
    }
    if !args.yes && !confirmed(&data, context)? {
        context.out.remark("Nothing was stopped.");
        return Ok(Ending::Refused);
    }
    let data = std::path::absolute(&data).unwrap_or(data);
    stop_server(&data).await?;
    // The gateway is looked for by the path it was started with.
    take_down(&data.canonicalize().unwrap_or(data.clone())).await?;
    context.out.show(&json!({ "data": data, "stopped": true }), |_| {
        format!("Server, gateway and services of {} have stopped. The history is kept.\n", data.display())
    })?;
    Ok(Ending::Done)
}

fn confirmed(data: &Path, context: &Context) -> Result<bool, Failure> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() || context.out.json {
        return Err(Failure::usage(
            "not-confirmed",
            "stopping services ends what users see, so it must be confirmed",
        )
        .help("pass --yes"));
    }
    let question = "This stops the server, the gateway and every service of";
    context.out.text(&format!("{question} {}. Go on? [y/N] ", data.display()))?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer).map_err(|error| {
        Failure::fault("input-failed", "the answer could not be read").help("pass --yes").caused_by(&error)
    })?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Only a server that says itself that it is the recorded process is signalled.
async fn stop_server(data: &Path) -> Result<(), Failure> {
    let Some(record) = Places::new(data).read_server_record() else { return Ok(()) };
    let health = match Client::new(&record.url) {
        Ok(client) => client.health().await.ok(),
        Err(_) => None,
    };
    let is_there = health.is_some_and(|health| health.process_id == record.process_id);
    let pid = i32::try_from(record.process_id).ok().and_then(Pid::from_raw);
    let Some(pid) = pid.filter(|_| is_there) else { return Ok(()) };
    kill_process(pid, TAKE_DOWN).map_err(|error| {
        Failure::fault(
            "permission-denied",
            format!("the server (process {}) cannot be stopped", record.process_id),
        )
        .help("run it as the user that started the server")
        .caused_by(&std::io::Error::from(error))
    })?;
    let gone = async {
        while is_alive(record.process_id) {
            sleep(LOOK_EVERY).await;
        }
    };
    timeout(SERVER_STOP_MAX, gone).await.map_err(|_| {
        Failure::fault(
            "server-still-running",
            format!("the server (process {}) does not end", record.process_id),
        )
        .help("look at what it says; `kill -9` ends it without losing anything, then run this again")
    })
}

/// A process that ended and was not yet waited for by its parent is not alive (proc_pid_stat(5): the state follows the
/// name in brackets).
fn is_alive(process_id: u32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{process_id}/stat")) else { return false };
    let state = stat.rsplit(')').next().and_then(|rest| rest.trim_start().chars().next());
    !matches!(state, None | Some('Z' | 'X'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_none_has_the_number_zero() {
        assert!(is_alive(std::process::id()));
        assert!(!is_alive(0));
    }
}
