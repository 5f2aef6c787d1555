//! `tidegate freeze` and `tidegate window`: when change may be.
//!
//! Invariant: a freeze and a window differ in nothing but their kind, and neither verb touches the other's entries. Not
//! here: reading local times and rules (the server).

use std::path::PathBuf;

use tidegate_api::{CalendarEntry, CalendarEntryRequest, CalendarKind, Page};
use tidegate_client::FeedReading;

use super::{Answer, Context, input};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::{render, span};

/// The most that the server takes.
const FEED_BYTES_MAX: u64 = 2 << 20;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Set one, in the place of the one of this name
    Add(Box<AddArgs>),
    /// List them, with when each next holds
    List,
    /// Remove one
    Remove(RemoveArgs),
    /// Take over the events of an iCalendar file, and let go of those that it no longer names
    Import(ImportArgs),
}

#[derive(Debug, clap::Args)]
pub struct AddArgs {
    /// What it is called
    name: String,
    /// Local date and time of the (first) beginning: 2026-12-24T18:00, or a date
    #[arg(long, value_name = "TIME")]
    from: String,
    /// Local date and time of the end
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// How long it lasts instead: 2h, 3d
    #[arg(long = "for", value_name = "LENGTH", value_parser = span::seconds, conflicts_with = "until")]
    seconds: Option<u64>,
    /// The time zone of these times: Europe/Berlin, UTC
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    zone: String,
    /// How it recurs, by RFC 5545: FREQ=WEEKLY;BYDAY=FR
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// A local date on which it does not recur; repeat for several
    #[arg(long, value_name = "DATE")]
    except: Vec<String>,
    /// Only this environment; repeat for several
    #[arg(long = "environment", value_name = "NAME")]
    environments: Vec<String>,
    /// Only this component; repeat for several
    #[arg(long = "component", value_name = "NAME")]
    components: Vec<String>,
    /// Only where this tenant is served; repeat for several
    #[arg(long = "tenant", value_name = "NAME")]
    tenants: Vec<String>,
    /// Why, for whoever is stopped by it
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

#[derive(Debug, clap::Args)]
pub struct RemoveArgs {
    /// What it is called
    name: String,
}

#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// What the feed is called here: holidays
    feed: String,
    /// The iCalendar file (RFC 5545); `-` reads stdin
    file: PathBuf,
    /// The time zone of whole days, and of times that name none
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    zone: String,
    /// Only this environment; repeat for several
    #[arg(long = "environment", value_name = "NAME")]
    environments: Vec<String>,
}

pub async fn run(verb: Verb, kind: CalendarKind, context: &Context) -> Answer {
    let connection = context.connect()?;
    let out = &context.out;
    match verb {
        Verb::Add(args) => {
            let (name, request) = request(*args, kind);
            let set = async |client: &tidegate_client::Client, key: &str| {
                client.set_calendar_entry(&name, &request, key).await
            };
            let entry = connection.once(set).await?;
            out.show(&entry, |entry| render::calendar::one(entry, out.paint))?;
        }
        Verb::List => {
            let page = of_kind(connection.client.calendar().await?, kind);
            out.show(&page, |page| {
                render::calendar::list(&page.items, kind, out.paint, out.terminal_columns)
            })?;
        }
        Verb::Remove(RemoveArgs { name }) => {
            let known = connection.client.calendar().await?;
            no_other(&known.items, &name, kind)?;
            let removed =
                connection.once(async |client, key| client.remove_calendar_entry(&name, key).await).await?;
            out.show(&removed, |_| format!("{name} is removed.\n"))?;
        }
        Verb::Import(ImportArgs { feed, file, zone, environments }) => {
            let document =
                input::read(&file, FEED_BYTES_MAX).map_err(|why| input::unreadable(&file, &why))?;
            let reading = FeedReading { zone: Some(zone), kind: Some(kind), environments };
            let send = async |client: &tidegate_client::Client, key: &str| {
                client.import_feed(&feed, &reading, document.clone(), key).await
            };
            let taken = connection.once(send).await?;
            out.show(&taken, |taken| render::calendar::imported(&feed, &taken.entries, kind))?;
        }
    }
    Ok(Ending::Done)
}

fn request(args: AddArgs, kind: CalendarKind) -> (String, CalendarEntryRequest) {
    let AddArgs { name, from, until, seconds, zone, rule, except, environments, components, tenants, reason } =
        args;
    let request = CalendarEntryRequest {
        kind,
        reason,
        from,
        until,
        lasts_seconds: seconds,
        zone,
        rule,
        except,
        environments,
        components,
        tenants,
    };
    (name, request)
}

fn of_kind(page: Page<CalendarEntry>, kind: CalendarKind) -> Page<CalendarEntry> {
    Page { items: page.items.into_iter().filter(|entry| entry.kind == kind).collect(), next: page.next }
}

fn no_other(known: &[CalendarEntry], name: &str, kind: CalendarKind) -> Result<(), Failure> {
    let Some(other) = known.iter().find(|entry| entry.name == name && entry.kind != kind) else {
        return Ok(());
    };
    let (is, verb) = match other.kind {
        CalendarKind::Freeze => ("a freeze", "freeze"),
        CalendarKind::Window => ("a window", "window"),
    };
    Err(Failure::refused("calendar-other-kind", format!("`{name}` is {is}"))
        .help(format!("remove it as such: `tidegate {verb} remove {name}`")))
}
