//! The sample shop: one program that runs as one of two services, `shop api` or `shop web`.
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

use std::process::ExitCode;

use arguments::{Arguments, Asked, USAGE};
use behaviour::Behaviour;
use service::{Role, Service};

/// For arguments, environment and files that are not as they should be.
const USAGE_ERROR: u8 = 2;

fn main() -> ExitCode {
    match arguments::read(std::env::args().skip(1)) {
        Ok(Asked::Help) => {
            log::say(USAGE.trim_end());
            ExitCode::SUCCESS
        }
        Ok(Asked::Run(arguments)) => run(&arguments),
        Err(wrong) => refuse(&format!("{wrong}\n\n{}", USAGE.trim_end())),
    }
}

fn refuse(wrong: &str) -> ExitCode {
    log::complain(wrong);
    ExitCode::from(USAGE_ERROR)
}

fn run(arguments: &Arguments) -> ExitCode {
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
    // One thread carries thousands of requests a second here, and ten replicas fit on a small machine.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map(|runtime| runtime.block_on(stop::serve_until_told(service, port))) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) | Err(error) => {
            log::complain(&format!("shop {}: {error}", arguments.role));
            ExitCode::FAILURE
        }
    }
}
