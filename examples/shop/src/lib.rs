//! The sample shop: one program that runs as one of two services, `api` or `web`; a library, so that `tidegate` can carry it.
//!
//! Invariant: it is an ordinary HTTP service that knows nothing of what releases it; what differs between two of its
//! versions is the file `behaviour.json`. Deliberately not here: anything a real shop needs beyond being released.

mod api;
mod arguments;
mod behaviour;
mod catalogue;
mod log;
mod service;
mod stop;
mod web;

pub use log::complain;

use arguments::{Arguments, Asked, USAGE};
use behaviour::Behaviour;
use service::{Role, Service};

/// How it ended; what was wrong was said on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Failed,
    /// Arguments, environment or files are not as they should be.
    Misused,
}

/// Serves until it is told to stop; `arguments` are those after the program's name.
pub async fn run(arguments: impl Iterator<Item = String>) -> Outcome {
    match arguments::read(arguments) {
        Ok(Asked::Help) => {
            log::say(USAGE.trim_end());
            Outcome::Done
        }
        Ok(Asked::Run(arguments)) => serve(&arguments).await,
        Err(wrong) => refuse(&format!("{wrong}\n\n{}", USAGE.trim_end())),
    }
}

fn refuse(wrong: &str) -> Outcome {
    log::complain(wrong);
    Outcome::Misused
}

async fn serve(arguments: &Arguments) -> Outcome {
    let prepared = Behaviour::find(arguments.behaviour.as_deref())
        .and_then(|behaviour| Ok((behaviour, arguments::port(std::env::var("PORT").ok())?)));
    let (behaviour, port) = match prepared {
        Ok(prepared) => prepared,
        Err(wrong) => return refuse(&wrong),
    };
    let api = match arguments.role {
        Role::Api => None,
        Role::Web => match web::ApiClient::new(std::env::var("API_URL").ok()) {
            Ok(client) => Some(client),
            Err(wrong) => return refuse(&wrong),
        },
    };
    let service = Service::new(arguments.role, behaviour, api);
    match stop::serve_until_told(service, port).await {
        Ok(()) => Outcome::Done,
        Err(error) => {
            log::complain(&format!("shop {}: {error}", arguments.role));
            Outcome::Failed
        }
    }
}
