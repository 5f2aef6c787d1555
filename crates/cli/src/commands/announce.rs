//! `tidegate announce`: what people are told of a release, whom, when and in which words, and what they say.
//!
//! Invariant: nothing goes out but by `send`. Not here: the ways out (`channel`).

use std::path::PathBuf;

use tidegate_api::{
    AnnounceRequest, AnnounceWhen, Occasion, PreviewAnnouncementRequest, Reaches,
    ScheduleAnnouncementsRequest, SetAnnouncementTemplateRequest, SetAudienceRequest,
};

use super::{Answer, Context, input};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render::announcement as render;
use crate::span;

const TEXT_BYTES_MAX: u64 = 64 << 10;
const OCCASIONS: [&str; 5] = ["schedule", "progress", "confirmation", "rollback", "feedback"];

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Send(Box<SendArgs>),
    Schedule(ScheduleArgs),
    List(ListArgs),
    /// Show an announcement, with its words
    Show(Id),
    Cancel(CancelArgs),
    Again(AgainArgs),
    /// To whom it goes, how often that was tried, and what came of it
    Deliveries(DeliveriesArgs),
    /// Whom announcements are for
    #[command(subcommand)]
    Audience(AudienceVerb),
    /// Words for each occasion
    #[command(subcommand)]
    Template(TemplateVerb),
    /// Who reads the public page by mail
    Subscribers,
    Unsubscribe(UnsubscribeArgs),
    /// What users say about a release
    Feedback(FeedbackArgs),
}

/// Tell an audience of a release: now, at a time, or when a rollout comes so far
#[derive(Debug, clap::Args)]
pub struct SendArgs {
    /// The release
    release: String,
    /// What it is about
    #[arg(long, value_name = "WHAT", value_parser = OCCASIONS)]
    occasion: String,
    /// Whom it is for
    #[arg(long = "to", value_name = "WHO")]
    audience: String,
    /// At this time: 2026-12-31T18:00Z, or in 2h
    #[arg(long, value_name = "TIME", value_parser = span::at, conflicts_with = "when")]
    at: Option<u64>,
    /// When a rollout of it does this
    #[arg(long, value_name = "MOMENT", value_parser = ["start", "step", "success", "rollback"], requires = "environment")]
    when: Option<String>,
    /// Where that rollout is, or of which place it tells
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    environment: Option<String>,
    /// With --when step: which one, from 1
    #[arg(long, requires = "when")]
    step: Option<u32>,
    /// When the change is expected
    #[arg(long, value_name = "TIME", value_parser = span::at)]
    starts: Option<u64>,
    /// How long nothing answers meanwhile: 5m, 1h30m
    #[arg(long, value_name = "LENGTH", value_parser = span::seconds)]
    downtime: Option<u64>,
    /// A few words of your own
    #[arg(long, default_value = "")]
    note: String,
    /// Instead of the template's
    #[arg(long, requires = "text")]
    subject: Option<String>,
    /// A file with the text instead of the template's; - is stdin
    #[arg(long, value_name = "FILE", requires = "subject")]
    text: Option<PathBuf>,
}

/// Arrange what is told around a rollout: its schedule, that it is on its way, that it is out, that it went back
#[derive(Debug, clap::Args)]
pub struct ScheduleArgs {
    /// The release
    release: String,
    /// Whom it is for
    #[arg(long = "to", value_name = "WHO")]
    audience: String,
    /// Whose rollouts are waited for
    #[arg(long = "env", value_name = "NAME")]
    environment: String,
    /// When the schedule is told: 2026-12-31T18:00Z, or in 2h; now where absent
    #[arg(long, value_name = "TIME", value_parser = span::at)]
    at: Option<u64>,
    /// When the change is expected; as the release's plan says where absent
    #[arg(long, value_name = "TIME", value_parser = span::at)]
    starts: Option<u64>,
    /// How long nothing answers meanwhile; as the plan says where absent
    #[arg(long, value_name = "LENGTH", value_parser = span::seconds)]
    downtime: Option<u64>,
    /// A few words of your own
    #[arg(long, default_value = "")]
    note: String,
}

/// List announcements, newest first
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Of this release only
    #[arg(long)]
    release: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct Id {
    /// Of the announcement
    id: String,
}

/// Cancel one: what has not gone out does not
#[derive(Debug, clap::Args)]
pub struct CancelArgs {
    /// Of the announcement
    id: String,
    #[arg(long)]
    reason: Option<String>,
}

/// Send again what was given up, or one delivery
#[derive(Debug, clap::Args)]
pub struct AgainArgs {
    /// Of the announcement
    id: String,
    /// Of one delivery, whether it arrived or not
    delivery: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct DeliveriesArgs {
    /// Of the announcement
    id: String,
    #[arg(long, value_parser = ["waiting", "delivered", "dead"])]
    state: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
pub enum AudienceVerb {
    Set(AudienceArgs),
    /// List audiences
    List,
    /// Remove an audience, and forget its addresses
    Remove(AudienceName),
}

/// Set an audience in the place of the one of this name
#[derive(Debug, clap::Args)]
pub struct AudienceArgs {
    /// What it is called: users, operators, support
    name: String,
    /// By which it is reached; repeat for several
    #[arg(long = "channel", value_name = "CHANNEL", required = true)]
    channels: Vec<String>,
    /// Somebody's address, for channels of mail; repeat for several
    #[arg(long = "address", value_name = "ADDRESS")]
    addresses: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub struct AudienceName {
    /// Of the audience
    name: String,
}

#[derive(Debug, clap::Subcommand)]
pub enum TemplateVerb {
    /// List the words for each occasion
    List,
    Set(TemplateArgs),
    /// Go back to the words that came with Tidegate
    Reset(OccasionArgs),
    Preview(PreviewArgs),
}

/// Set the words for an occasion; they are tried before they are taken
#[derive(Debug, clap::Args)]
pub struct TemplateArgs {
    #[arg(value_name = "WHAT", value_parser = OCCASIONS)]
    occasion: String,
    /// One line, with places such as {{ release }}
    #[arg(long, value_name = "LINE")]
    subject: String,
    /// A file with the text; - is stdin
    #[arg(value_name = "FILE")]
    text: PathBuf,
}

#[derive(Debug, clap::Args)]
pub struct OccasionArgs {
    #[arg(value_parser = OCCASIONS)]
    occasion: String,
}

/// Show how words would read; nothing is sent
#[derive(Debug, clap::Args)]
pub struct PreviewArgs {
    #[arg(value_parser = OCCASIONS)]
    occasion: String,
    /// Filled in from this release instead of an example
    #[arg(long)]
    release: Option<String>,
    /// Try these instead of those that stand
    #[arg(long, requires = "text")]
    subject: Option<String>,
    /// A file with the text to try; - is stdin
    #[arg(long, value_name = "FILE", requires = "subject")]
    text: Option<PathBuf>,
}

/// Take a subscriber off the list, and forget their address
#[derive(Debug, clap::Args)]
pub struct UnsubscribeArgs {
    /// As `subscribers` shows it
    id: String,
}

#[derive(Debug, clap::Args)]
pub struct FeedbackArgs {
    /// The release; of all, each answer by itself, where absent
    release: Option<String>,
    /// Each answer of this rating by itself, 1 (bad) to 5 (good)
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=5))]
    rating: Option<u8>,
    /// What was said before: the number under the page before
    #[arg(long, value_name = "NUMBER")]
    before: Option<u64>,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let connection = context.connect()?;
    let (out, client) = (&context.out, &connection.client);
    match verb {
        Verb::Send(args) => {
            let request = request(*args)?;
            let made = connection.once(async |client, key| client.announce(&request, key).await).await?;
            out.show(&made, |made| render::announcement(made, out.paint))?;
        }
        Verb::Schedule(args) => {
            let request = schedule(args);
            let made =
                connection.once(async |client, key| client.schedule_announcements(&request, key).await);
            out.show(&made.await?, |made| render::announcements(&made.items, out.paint))?;
        }
        Verb::List(ListArgs { release }) => {
            let page = client.announcements(release.as_deref()).await?;
            out.show(&page, |page| render::announcements(&page.items, out.paint))?;
        }
        Verb::Show(Id { id }) => {
            let found = client.announcement(&id).await?;
            out.show(&found, |found| render::announcement(found, out.paint))?;
        }
        Verb::Cancel(CancelArgs { id, reason }) => {
            let cancel = async |client: &tidegate_client::Client, key: &str| {
                client.cancel_announcement(&id, reason.as_deref(), key).await
            };
            let now = connection.once(cancel).await?;
            out.show(&now, |now| render::announcement(now, out.paint))?;
        }
        Verb::Again(AgainArgs { id, delivery }) => {
            let again = async |client: &tidegate_client::Client, key: &str| {
                client.announce_again(&id, delivery.as_deref(), key).await
            };
            let again = connection.once(again).await?;
            out.show(&again, |again| format!("{} sent again.\n", again.deliveries))?;
        }
        Verb::Deliveries(DeliveriesArgs { id, state }) => {
            let page = client.announcement_deliveries(&id, state.as_deref()).await?;
            out.show(&page, |page| render::deliveries(&page.items, out.paint))?;
        }
        Verb::Audience(verb) => audience(verb, context).await?,
        Verb::Template(verb) => template(verb, context).await?,
        Verb::Subscribers => {
            let page = client.subscribers().await?;
            out.show(&page, |page| render::subscribers(&page.items, out.paint))?;
        }
        Verb::Unsubscribe(UnsubscribeArgs { id }) => {
            let gone = connection.once(async |client, key| client.remove_subscriber(&id, key).await).await?;
            out.show(&gone, |gone| format!("{} is off the list, and forgotten.\n", gone.id))?;
        }
        Verb::Feedback(FeedbackArgs { release: Some(release), rating: None, before: None }) => {
            let feedback = client.feedback(&release).await?;
            out.show(&feedback, |feedback| render::feedback(feedback, out.paint))?;
        }
        Verb::Feedback(FeedbackArgs { release, rating, before }) => {
            let page = client.list_feedback(release.as_deref(), rating, (before, None)).await?;
            out.show(&page, |page| render::answers(page, out.paint))?;
        }
    }
    Ok(Ending::Done)
}

async fn audience(verb: AudienceVerb, context: &Context) -> Result<(), Failure> {
    let connection = context.connect()?;
    let out = &context.out;
    match verb {
        AudienceVerb::Set(AudienceArgs { name, channels, addresses }) => {
            let request = SetAudienceRequest { channels, addresses };
            let set = async |client: &tidegate_client::Client, key: &str| {
                client.set_audience(&name, &request, key).await
            };
            let made = connection.once(set).await?;
            out.show(&made, |made| render::audiences(std::slice::from_ref(made), out.paint))
        }
        AudienceVerb::List => {
            let page = connection.client.audiences().await?;
            out.show(&page, |page| render::audiences(&page.items, out.paint))
        }
        AudienceVerb::Remove(AudienceName { name }) => {
            let gone = connection.once(async |client, key| client.remove_audience(&name, key).await).await?;
            out.show(&gone, |_| format!("{name} is removed.\n"))
        }
    }
}

async fn template(verb: TemplateVerb, context: &Context) -> Result<(), Failure> {
    let connection = context.connect()?;
    let out = &context.out;
    match verb {
        TemplateVerb::List => {
            let page = connection.client.announcement_templates().await?;
            out.show(&page, |page| render::templates(&page.items, out.paint))
        }
        TemplateVerb::Set(TemplateArgs { occasion, subject, text }) => {
            let request = SetAnnouncementTemplateRequest { subject, text: text_of(&text)? };
            let set = async |client: &tidegate_client::Client, key: &str| {
                client.set_announcement_template(&occasion, &request, key).await
            };
            let made = connection.once(set).await?;
            out.show(&made, |made| render::templates(std::slice::from_ref(made), out.paint))
        }
        TemplateVerb::Reset(OccasionArgs { occasion }) => {
            let reset = async |client: &tidegate_client::Client, key: &str| {
                client.reset_announcement_template(&occasion, key).await
            };
            let made = connection.once(reset).await?;
            out.show(&made, |made| render::templates(std::slice::from_ref(made), out.paint))
        }
        TemplateVerb::Preview(args) => {
            let text = args.text.as_ref().map(|file| text_of(file)).transpose()?;
            let request = PreviewAnnouncementRequest {
                occasion: occasion_of(&args.occasion),
                release: args.release,
                subject: args.subject,
                text,
            };
            let preview = async |client: &tidegate_client::Client, key: &str| {
                client.preview_announcement(&request, key).await
            };
            let preview = connection.once(preview).await?;
            out.show(&preview, render::preview)
        }
    }
}

fn text_of(file: &std::path::Path) -> Result<String, Failure> {
    let bytes = input::read(file, TEXT_BYTES_MAX).map_err(|why| input::unreadable(file, &why))?;
    String::from_utf8(bytes).map_err(|_| {
        let detail = format!("{} is no text in UTF-8", file.display());
        Failure::usage("file-unreadable", detail).help("save it as UTF-8")
    })
}

fn request(args: SendArgs) -> Result<AnnounceRequest, Failure> {
    let reaches = args.when.as_deref().map(|when| match when {
        "step" => Reaches::Step,
        "success" => Reaches::Success,
        "rollback" => Reaches::Rollback,
        _ => Reaches::Start,
    });
    let (when, environment) = match (reaches, args.environment) {
        (Some(reaches), Some(environment)) => {
            (Some(AnnounceWhen { environment, reaches, step: args.step }), None)
        }
        (_, environment) => (None, environment),
    };
    Ok(AnnounceRequest {
        release: args.release,
        occasion: occasion_of(&args.occasion),
        audience: args.audience,
        at_ms: args.at,
        when,
        environment,
        starts_ms: args.starts,
        downtime_minutes: args.downtime.map(minutes),
        note: args.note,
        subject: args.subject,
        text: args.text.as_ref().map(|file| text_of(file)).transpose()?,
    })
}

fn schedule(args: ScheduleArgs) -> ScheduleAnnouncementsRequest {
    let ScheduleArgs { release, audience, environment, at, starts, downtime, note } = args;
    ScheduleAnnouncementsRequest {
        release,
        audience,
        environment,
        at_ms: at,
        starts_ms: starts,
        downtime_minutes: downtime.map(minutes),
        note,
    }
}

fn minutes(seconds: u64) -> u32 {
    u32::try_from(seconds.div_ceil(60)).unwrap_or(u32::MAX)
}

fn occasion_of(word: &str) -> Occasion {
    match word {
        "progress" => Occasion::Progress,
        "confirmation" => Occasion::Confirmation,
        "rollback" => Occasion::Rollback,
        "feedback" => Occasion::Feedback,
        _ => Occasion::Schedule,
    }
}
