//! What can be typed: the verbs, and what goes with all of them.
//!
//! Invariant: every verb's own arguments are beside the code that carries it out (`commands`). Not here: carrying out.

use clap::{Args, Parser, Subcommand};

use crate::commands;

/// Tidegate releases services step by step, under real traffic, and takes a bad version back by itself.
///
/// Exit codes: 0 done, 1 refused or rolled back, 2 wrong use, 3 the outside failed.
#[derive(Debug, Parser)]
#[command(
    name = "tidegate",
    version,
    max_term_width = 80,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Arguments {
    #[command(flatten)]
    pub everywhere: Everywhere,
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Debug, Args)]
pub struct Everywhere {
    /// The server's address [env: TIDEGATE_SERVER; else the nearest .tidegate/server.json, else
    /// http://127.0.0.1:7070]
    #[arg(long, global = true, value_name = "URL", help_heading = "Everywhere")]
    pub server: Option<String>,
    /// Who asks, while there is nobody who must prove it [env: TIDEGATE_ACTOR; else your name on this machine]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Everywhere")]
    pub actor: Option<String>,
    /// The project [env: TIDEGATE_PROJECT; else `default`]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Everywhere")]
    pub project: Option<String>,
    /// Answer in JSON, errors too
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub json: bool,
    /// No colour (also: NO_COLOR, or output that is no terminal)
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub no_color: bool,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    Up(commands::up::Args),
    Down(commands::down::Args),
    Init(commands::init::Args),
    Apply(commands::apply::Args),
    /// Create and look at releases
    #[command(subcommand)]
    Release(commands::release::Verb),
    Deploy(commands::deploy::Args),
    Promote(commands::promote::Args),
    Allow(commands::allow::Args),
    /// The plan around a release: who does what, where it stands, go or no-go
    #[command(subcommand)]
    Plan(Box<commands::plan::Verb>),
    /// Issues and pull requests that releases are planned from
    #[command(subcommand)]
    Scope(commands::scope::Verb),
    /// Several projects in one installation
    #[command(subcommand)]
    Project(commands::project::Verb),
    /// What lets a release into an environment, and what keeps it out
    #[command(subcommand)]
    Gate(commands::gate::Verb),
    Why(commands::why::Args),
    /// Say yes at a gate that people sign
    Approve(commands::sign::Args),
    /// Say no at a gate: it stays closed until you withdraw that
    Reject(commands::sign::Args),
    /// Sign that tests or acceptance are done; the same as `approve`
    Sign(commands::sign::Args),
    /// Take your word at a gate back
    Withdraw(commands::sign::Args),
    Override(commands::sign::OverrideArgs),
    /// Times without change
    #[command(subcommand)]
    Freeze(commands::calendar::Verb),
    /// Times to which change is kept
    #[command(subcommand)]
    Window(commands::calendar::Verb),
    /// What emergencies owe afterwards
    #[command(subcommand)]
    Review(commands::review::Verb),
    /// Reports about a release: scans, tests, benchmarks, bills of materials
    #[command(subcommand)]
    Evidence(commands::evidence::Verb),
    /// Look at and act on rollouts
    #[command(subcommand)]
    Rollout(commands::rollout::Verb),
    /// What stands where
    #[command(subcommand)]
    Env(commands::env::Verb),
    /// Values that instances get and nobody sees
    #[command(subcommand)]
    Secret(commands::secret::Verb),
    /// Feature flags: turn code on for some, and off in an instant
    #[command(subcommand)]
    Flag(Box<commands::flag::Verb>),
    Edge(commands::edge::Args),
    Logs(commands::logs::Args),
    Events(commands::events::Args),
    Login(commands::login::LoginArgs),
    Logout(commands::login::LogoutArgs),
    Whoami(commands::login::WhoamiArgs),
    /// People: who there is, and what they may do
    #[command(subcommand)]
    User(Box<commands::user::Verb>),
    /// Accounts for programs
    #[command(subcommand)]
    Service(commands::user::ServiceVerb),
    /// Groups of people, and what their members may do
    #[command(subcommand)]
    Group(commands::group::Verb),
    /// Tokens, for programs and scripts
    #[command(subcommand)]
    Token(commands::token::Verb),
    /// Prove that the history is the one that was written
    #[command(subcommand)]
    Audit(commands::audit::Verb),
    /// What people are told of a release, and what they say
    #[command(subcommand)]
    Announce(commands::announce::Verb),
    /// By which ways announcements reach people
    #[command(subcommand)]
    Channel(commands::channel::Verb),
    /// Who outside is told of events
    #[command(subcommand)]
    Webhook(commands::webhook::Verb),
    /// Other systems that tell Tidegate what happened there
    #[command(subcommand)]
    Inbound(commands::inbound::Verb),
    /// When something was wrong for users
    #[command(subcommand)]
    Incident(commands::incident::Verb),
    Measures(commands::measures::Args),
    Notes(Box<commands::notes::Args>),
    /// A release as one signed file, for sites without internet
    #[command(subcommand)]
    Bundle(commands::bundle::Verb),
    /// A mobile release step by step in the App Store or Google Play
    #[command(subcommand)]
    AppStore(Box<commands::app_store::Verb>),
    /// Database changes: expand before a release, contract after it
    #[command(subcommand)]
    Database(commands::database::Verb),
    Demo(commands::demo::Args),
    Explain(commands::explain::Args),
    /// Judge a canary from measurements on stdin, verdicts on stdout (JSON lines)
    #[command(long_about = commands::judge::LONG_ABOUT)]
    Judge,
    Completions(commands::completions::Args),
    /// The version of this command, and of the server where one answers
    Version,
    Sample(commands::sample::Args),
    #[command(hide = true)]
    Gateway(commands::gateway::Args),
    #[command(hide = true)]
    SampleShop(commands::sample_shop::ShopArgs),
    #[command(hide = true)]
    SampleVisitors(commands::sample_shop::VisitorsArgs),
}
