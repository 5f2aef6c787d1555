//! One file for each verb: its arguments, and carrying it out.
//!
//! Invariant: a command answers how it ended or why it could not; only `Output` prints. Not here: laying out text
//! (`render`).

pub mod allow;
pub mod announce;
pub mod app_store;
pub mod apply;
pub mod audit;
pub mod audit_exported;
pub mod audit_log;
pub mod bundle;
pub mod bundle_channel;
mod bundle_shelf;
pub mod calendar;
pub mod channel;
mod commits;
pub mod completions;
pub mod database;
pub mod demo;
pub mod deploy;
pub mod down;
pub mod edge;
pub mod env;
pub mod events;
pub mod evidence;
pub mod explain;
pub mod flag;
pub mod flag_arguments;
pub mod flag_keys;
pub mod flag_refs;
pub mod gate;
pub mod gateway;
pub mod grants;
pub mod group;
pub mod inbound;
pub mod incident;
pub mod init;
mod input;
pub mod judge;
pub mod login;
mod login_oidc;
pub mod logs;
pub mod measures;
pub mod notes;
mod notes_source;
pub mod plan;
pub mod plan_acts;
pub mod plan_back;
pub mod plan_book;
mod plan_cases;
pub mod project;
pub mod promote;
pub mod release;
mod release_notes;
pub mod review;
pub mod rollout;
pub mod sample;
pub mod sample_shop;
pub mod scope;
pub mod secret;
pub mod sign;
pub mod token;
pub mod up;
pub mod user;
pub mod version;
pub mod watch;
pub mod webhook;
pub mod why;

use std::sync::Arc;

use tidegate_api::{CalendarKind, Choice};
use tidegate_server::Program;

use crate::arguments::Verb;
use crate::connect::{Connection, Server};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::output::Output;

/// How a command ended.
pub type Answer = Result<Ending, Failure>;

/// What every command is given.
#[derive(Debug, Clone)]
pub struct Context {
    pub out: Output,
    pub server: Server,
    /// How this build is run once more, as a gateway or a server.
    pub own: Result<Program, Arc<std::io::Error>>,
}

impl Context {
    pub fn connect(&self) -> Result<Connection, Failure> {
        self.server.connect()
    }

    pub fn own(&self) -> Result<Program, Failure> {
        self.own.clone().map_err(|error| {
            let detail = "this program's own file could not be found, and the gateway needs it";
            Failure::fault("own-program-unknown", detail)
                .help("start it by its full path, or run a gateway yourself and pass --gateway URL")
                .caused_by(&*error)
        })
    }
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    match verb {
        Verb::Up(args) => up::run(args, context).await,
        Verb::Down(args) => down::run(args, context).await,
        Verb::Apply(args) => apply::run(args, context).await,
        Verb::Release(verb) => release::run(verb, context).await,
        Verb::Demo(args) => demo::run(args, context).await,
        Verb::Sample(args) => sample::run(args, context).await,
        Verb::SampleShop(args) => sample_shop::serve(args).await,
        Verb::SampleVisitors(args) => sample_shop::visit(args, context).await,
        Verb::Deploy(args) => deploy::run(args, context).await,
        Verb::Promote(args) => promote::run(args, context).await,
        Verb::Allow(args) => allow::run(args, context).await,
        Verb::Plan(verb) => plan::run(*verb, context).await,
        Verb::Scope(verb) => scope::run(verb, context).await,
        Verb::Project(verb) => project::run(verb, context).await,
        Verb::Gate(verb) => gate::run(verb, context).await,
        Verb::Approve(args) | Verb::Sign(args) => sign::run(args, Choice::Yes, context).await,
        Verb::Reject(args) => sign::run(args, Choice::No, context).await,
        Verb::Withdraw(args) => sign::run(args, Choice::Withdrawn, context).await,
        Verb::Override(args) => sign::let_through(args, context).await,
        Verb::Freeze(verb) => calendar::run(verb, CalendarKind::Freeze, context).await,
        Verb::Window(verb) => calendar::run(verb, CalendarKind::Window, context).await,
        Verb::Review(verb) => review::run(verb, context).await,
        Verb::Evidence(verb) => evidence::run(verb, context).await,
        Verb::Rollout(verb) => rollout::run(verb, context).await,
        Verb::Env(verb) => env::run(verb, context).await,
        Verb::Why(args) => why::run(args, context).await,
        Verb::Secret(verb) => secret::run(verb, context).await,
        Verb::Flag(verb) => flag::run(*verb, context).await,
        Verb::Edge(args) => edge::run(args, context).await,
        Verb::Logs(args) => logs::run(args, context).await,
        Verb::Events(args) => events::run(args, context).await,
        Verb::Audit(verb) => audit::run(verb, context).await,
        Verb::Login(args) => login::login(args, context).await,
        Verb::Logout(args) => login::logout(args, context).await,
        Verb::Whoami(args) => login::whoami(args, context).await,
        Verb::User(verb) => user::run(*verb, context).await,
        Verb::Service(verb) => user::service(verb, context).await,
        Verb::Group(verb) => group::run(verb, context).await,
        Verb::Token(verb) => token::run(verb, context).await,
        Verb::Inbound(verb) => inbound::run(verb, context).await,
        Verb::Incident(verb) => incident::run(verb, context).await,
        Verb::Measures(args) => measures::run(args, context).await,
        Verb::Notes(args) => match tokio::task::block_in_place(|| notes::to_keep(&args, context))? {
            Some((version, entries)) => release_notes::keep(&version, entries, context).await,
            None => tokio::task::block_in_place(|| notes::run(&args, context)),
        },
        Verb::Bundle(verb) => bundle::run(verb, context).await,
        Verb::AppStore(verb) => Box::pin(app_store::run(*verb, context)).await,
        Verb::Database(verb) => database::run(verb, context).await,
        Verb::Announce(verb) => announce::run(verb, context).await,
        Verb::Channel(verb) => channel::run(verb, context).await,
        Verb::Webhook(verb) => webhook::run(verb, context).await,
        Verb::Version => version::run(context).await,
        // It makes runtimes of its own, one for each of its threads.
        Verb::Gateway(args) => tokio::task::block_in_place(|| gateway::run(args, context)),
        Verb::Judge => judge::run(context),
        Verb::Explain(args) => explain::run(&args, context),
        Verb::Completions(args) => completions::run(&args, context),
        Verb::Init(args) => init::run(&args, context),
    }
}
