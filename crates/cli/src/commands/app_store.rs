//! `tidegate app-store`: a mobile release step by step in its store, with no server.
//!
//! Invariant: a key is read from a file, never an argument, and never printed; each act begins with how the store says it stands. Not
//! here: the stores themselves (`tidegate-appstores`).

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use secrecy::SecretString;
use serde_json::json;
use tidegate_appstores::apple::{self, Apple, AppleKey};
use tidegate_appstores::google::{self, Google};
use tidegate_appstores::guard::{Allowance, Guard, Limits, Url};
use tidegate_appstores::{Act, Plan, Share, Sight, Store, StoreRefusal, cannot, objections};

use super::{Answer, Context, input};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render::app_store as render;

/// More than any key has.
const KEY_BYTES_MAX: u64 = 64 << 10;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Check(CheckArgs),
    /// Show how a version stands in its store
    #[command(override_usage = "tidegate app-store show <VERSION> --store <STORE> --app <APP> …")]
    Show(OneArgs),
    /// Release an approved version to its first users
    #[command(override_usage = "tidegate app-store begin <VERSION> --store <STORE> --app <APP> …")]
    Begin(ShareArgs),
    /// Give a version to more users (Google Play; the App Store widens by itself)
    #[command(override_usage = "tidegate app-store widen <VERSION> --store <STORE> --app <APP> …")]
    Widen(ShareArgs),
    /// Let nobody else get it by itself; whoever has it keeps it
    #[command(override_usage = "tidegate app-store halt <VERSION> --store <STORE> --app <APP> …")]
    Halt(OneArgs),
    /// Go on with a version that was halted
    #[command(override_usage = "tidegate app-store resume <VERSION> --store <STORE> --app <APP> …")]
    Resume(OneArgs),
    /// Give a version to everybody
    #[command(override_usage = "tidegate app-store complete <VERSION> --store <STORE> --app <APP> …")]
    Complete(OneArgs),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum StoreWord {
    AppStore,
    GooglePlay,
}

impl From<StoreWord> for Store {
    fn from(word: StoreWord) -> Self {
        match word {
            StoreWord::AppStore => Self::AppStore,
            StoreWord::GooglePlay => Self::GooglePlay,
        }
    }
}

/// Say what a store cannot do of a plan, before it begins
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// Which store
    #[arg(long, value_name = "STORE")]
    store: StoreWord,
    /// A step, in percent of the users; several times, the last is 100
    #[arg(long = "share", value_name = "PERCENT", required = true)]
    shares: Vec<Share>,
    /// How long each step stays before the next
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    hours: u32,
    /// The app was never released before
    #[arg(long)]
    first: bool,
    /// The plan counts on the version before coming back
    #[arg(long)]
    way_back: bool,
}

#[derive(Debug, clap::Args)]
pub struct AppArgs {
    /// Which store
    #[arg(long, value_name = "STORE")]
    store: StoreWord,
    /// The app: its number in App Store Connect, its package in Google Play
    #[arg(long, value_name = "APP")]
    app: String,
    /// The .p8 file of a team key, or the JSON of a service account
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// App Store: the id of the key
    #[arg(long, value_name = "ID", required_if_eq("store", "app-store"))]
    key_id: Option<String>,
    /// App Store: the issuer of the key
    #[arg(long, value_name = "ID", required_if_eq("store", "app-store"))]
    issuer: Option<String>,
    /// App Store: IOS, MAC_OS, TV_OS or VISION_OS
    #[arg(long, value_name = "PLATFORM", default_value = "IOS")]
    platform: String,
    /// Google Play: which track
    #[arg(long, value_name = "TRACK", default_value = "production")]
    track: String,
    /// Another address than the store's own, to practise
    #[arg(long, value_name = "URL")]
    base: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct OneArgs {
    /// The version; in Google Play the release's name, or a version code
    version: String,
    #[command(flatten)]
    app: AppArgs,
}

#[derive(Debug, clap::Args)]
pub struct ShareArgs {
    /// The version; in Google Play the release's name, or a version code
    version: String,
    /// To how many of the users, in percent, such as 5 or 0.5 (Google Play)
    #[arg(long, value_name = "PERCENT", required_if_eq("store", "google-play"))]
    share: Option<Share>,
    #[command(flatten)]
    app: AppArgs,
}

enum Shop {
    Apple(Apple),
    Google(Google),
}

impl Shop {
    fn open(args: &AppArgs) -> Result<Self, Failure> {
        let bytes =
            input::read(&args.key, KEY_BYTES_MAX).map_err(|why| input::unreadable(&args.key, &why))?;
        let text = String::from_utf8(bytes).map_err(|_| {
            let detail = format!("{} is no text in UTF-8", args.key.display());
            Failure::usage("file-unreadable", detail).help("give the file as the store gave it")
        })?;
        let key = SecretString::from(text);
        let guard = guard(args.base.as_deref())?;
        let base = args.base.as_deref();
        Ok(match args.store {
            StoreWord::AppStore => {
                let (issuer, id) =
                    (args.issuer.clone().unwrap_or_default(), args.key_id.clone().unwrap_or_default());
                let key = AppleKey { issuer, id, pem: key };
                Self::Apple(Apple::new(
                    (guard, base.unwrap_or(apple::BASE)),
                    (&args.app, &args.platform),
                    &key,
                )?)
            }
            StoreWord::GooglePlay => Self::Google(Google::new(
                (guard, base.unwrap_or(google::BASE)),
                (&args.app, &args.track),
                &key,
            )?),
        })
    }

    async fn sight(&self, version: &str) -> Result<Sight, StoreRefusal> {
        match self {
            Self::Apple(apple) => apple.sight(version, now()).await,
            Self::Google(google) => google.sight(version, now()).await,
        }
    }

    async fn act(&self, version: &str, (act, share): (Act, Option<Share>)) -> Result<Sight, StoreRefusal> {
        match self {
            Self::Apple(_) if share.is_some() => Err(StoreRefusal::OwnSchedule),
            Self::Apple(apple) => apple.act(version, act, now()).await,
            Self::Google(google) => google.act(version, (act, share), now()).await,
        }
    }
}

/// A practice address may be on this machine; nothing else is let inside.
fn guard(base: Option<&str>) -> Result<Guard, Failure> {
    let host = base.and_then(|base| Url::parse(base).ok()).and_then(|url| url.host_str().map(str::to_owned));
    if base.is_some() && host.is_none() {
        let detail = format!("`{}` is no address", base.unwrap_or_default().escape_debug());
        return Err(Failure::usage("members-unfit", detail).help("write one like http://127.0.0.1:8080"));
    }
    let allowance = Allowance::parse(host.as_deref())
        .map_err(|why| Failure::usage(why.code(), why.to_string()).help(why.help()))?;
    Guard::new(allowance, &Limits::default())
        .map_err(|fault| Failure::fault(fault.code, fault.to_string()).caused_by(&fault))
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl From<StoreRefusal> for Failure {
    fn from(refusal: StoreRefusal) -> Self {
        let ending = match &refusal {
            StoreRefusal::Key { .. } => Ending::Usage,
            StoreRefusal::Unwell { .. } | StoreRefusal::Unreadable { .. } | StoreRefusal::Busy { .. } => {
                Ending::Fault
            }
            StoreRefusal::Unknown { .. }
            | StoreRefusal::NotFromThere { .. }
            | StoreRefusal::NoStep { .. }
            | StoreRefusal::OwnSchedule
            | StoreRefusal::Denied { .. }
            | StoreRefusal::Conflict { .. } => Ending::Refused,
        };
        Self::new(ending, refusal.code(), refusal.to_string()).help(refusal.help())
    }
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let out = &context.out;
    let (version, app, wish) = match verb {
        Verb::Check(args) => return check(args, context),
        Verb::Show(OneArgs { version, app }) => (version, app, None),
        Verb::Begin(ShareArgs { version, share, app }) => (version, app, Some((Act::Begin, share))),
        Verb::Widen(ShareArgs { version, share, app }) => (version, app, Some((Act::Widen, share))),
        Verb::Halt(OneArgs { version, app }) => (version, app, Some((Act::Halt, None))),
        Verb::Resume(OneArgs { version, app }) => (version, app, Some((Act::Resume, None))),
        Verb::Complete(OneArgs { version, app }) => (version, app, Some((Act::Complete, None))),
    };
    let shop = Shop::open(&app)?;
    let sight = match wish {
        None => shop.sight(&version).await?,
        Some(wish) => shop.act(&version, wish).await?,
    };
    out.show(&sight, |sight| render::sight(app.store.into(), sight, out.paint))?;
    Ok(Ending::Done)
}

fn check(args: CheckArgs, context: &Context) -> Answer {
    let store = Store::from(args.store);
    let hours = vec![args.hours; args.shares.len()];
    let plan = Plan { shares: args.shares, hours, is_first: args.first, wants_way_back: args.way_back };
    let found: Vec<String> = objections(store, &plan).iter().map(ToString::to_string).collect();
    let told = json!({"store": store, "objections": found, "cannot": cannot(store)});
    context.out.show(&told, |_| render::check(store, &found, context.out.paint))?;
    Ok(if found.is_empty() { Ending::Done } else { Ending::Refused })
}
