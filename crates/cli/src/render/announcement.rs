//! Announcements, the ways they go, whom they are for, and what came back.
//!
//! Invariant: a reason stands beside what it is the reason of. Not here: asking for them.

use tidegate_api::{
    AnnounceWhen, Announcement, AnnouncementDelivery, AnnouncementPreview, AnnouncementState,
    AnnouncementTemplate, Audience, Channel, ChannelKind, ChannelSet, ChannelTested, DeliveryState, Feedback,
    FeedbackAnswer, Occasion, Page, Reaches, Subscriber, SubscriberState,
};

use super::number;
use super::piece::{self, Row, printable};
use crate::paint::{Paint, Tone};

pub fn channels(channels: &[Channel], paint: Paint) -> String {
    if channels.is_empty() {
        return "There are no channels; add one: tidegate channel mail, slack, teams, webhook or page\n"
            .to_owned();
    }
    piece::text(&channels.iter().flat_map(channel).collect::<Vec<_>>(), paint)
}

fn channel(channel: &Channel) -> Vec<Row> {
    let word = match channel.kind {
        ChannelKind::Mail => "mail",
        ChannelKind::Slack => "slack",
        ChannelKind::Teams => "teams",
        ChannelKind::Webhook => "webhook",
        ChannelKind::Page => "page",
    };
    let place = channel.url.as_deref().or(channel.host.as_deref()).unwrap_or_default();
    let mut row =
        Row::new().add(Tone::Strong, &channel.name).plain(format!("  {word}  {}", printable(place)));
    if let Some(mail) = &channel.mail {
        row = row.plain(format!(":{} from {}", mail.port, printable(&mail.from)));
    }
    if let Some(by) = channel.page.as_ref().and_then(|page| page.mail.as_deref()) {
        row = row.plain(format!("  subscriptions by {by}"));
    }
    if channel.waiting > 0 {
        row = row.plain(format!("  {} waiting", number::grouped(channel.waiting)));
    }
    if channel.dead > 0 {
        row = row.add(Tone::Bad, format!("  {} given up", number::grouped(channel.dead)));
    }
    let why = channel.failure.as_ref().map(|why| Row::new().plain(format!("    {}", printable(why))));
    std::iter::once(row).chain(why).collect()
}

pub fn channel_set(made: &ChannelSet) -> String {
    let name = &made.channel.name;
    match &made.secret {
        Some(secret) => {
            format!("{name} is set. Its secret, which is not shown again:\n{secret}\n")
        }
        None => format!("{name} is set. Try it: tidegate channel test {name}\n"),
    }
}

pub fn tested(tested: &ChannelTested) -> String {
    let (took, said) = (number::duration(tested.duration_ms), printable(&tested.said));
    if tested.ok {
        format!("It works, after {took}: {said}\n")
    } else {
        format!("It does not work, after {took}: {said}\n")
    }
}

pub fn audiences(audiences: &[Audience], paint: Paint) -> String {
    if audiences.is_empty() {
        return "There are no audiences; add one: tidegate announce audience set users --channel NAME\n"
            .to_owned();
    }
    let row = |audience: &Audience| {
        let row = Row::new()
            .add(Tone::Strong, &audience.name)
            .plain(format!("  by {}", audience.channels.join(", ")));
        match audience.addresses.len() as u64 {
            0 => row,
            count => row.plain(format!("  {count} address{}", if count == 1 { "" } else { "es" })),
        }
    };
    piece::text(&audiences.iter().map(row).collect::<Vec<_>>(), paint)
}

fn occasion(occasion: Occasion) -> &'static str {
    match occasion {
        Occasion::Schedule => "schedule",
        Occasion::Progress => "progress",
        Occasion::Confirmation => "confirmation",
        Occasion::Rollback => "rollback",
        Occasion::Feedback => "feedback",
    }
}

pub fn templates(templates: &[AnnouncementTemplate], paint: Paint) -> String {
    let rows = templates.iter().flat_map(|template| {
        let own = if template.own { "" } else { "  (as it came)" };
        let head = Row::new().add(Tone::Strong, occasion(template.occasion)).plain(own);
        let lines = std::iter::once(template.subject.as_str()).chain(template.text.lines());
        let lines = lines.map(|line| Row::new().plain(format!("    {}", printable(line))));
        std::iter::once(head).chain(lines.collect::<Vec<_>>())
    });
    piece::text(&rows.collect::<Vec<_>>(), paint)
}

pub fn preview(preview: &AnnouncementPreview) -> String {
    let text: String = preview.text.lines().map(|line| printable(line) + "\n").collect();
    format!("{}\n\n{text}\nA template may name: {}\n", printable(&preview.subject), preview.names.join(", "))
}

pub fn announcements(announcements: &[Announcement], paint: Paint) -> String {
    if announcements.is_empty() {
        return "Nothing is announced, and nothing is planned.\n".to_owned();
    }
    piece::text(&announcements.iter().map(head).collect::<Vec<_>>(), paint)
}

pub fn announcement(announcement: &Announcement, paint: Paint) -> String {
    let mut rows = vec![head(announcement)];
    let mut line = |text: String| rows.push(Row::new().plain(text));
    if let Some(why) = &announcement.cancelled {
        line(format!("    cancelled: {}", printable(why)));
    }
    if let Some(url) = &announcement.url {
        line(format!("    {}", printable(url)));
    }
    line(String::new());
    line(format!("    {}", printable(&announcement.subject)));
    line(String::new());
    for text in announcement.text.lines() {
        line(format!("    {}", printable(text)));
    }
    piece::text(&rows, paint)
}

fn head(announcement: &Announcement) -> Row {
    let row = Row::new()
        .plain(format!("{}  ", announcement.id))
        .add(Tone::Strong, &announcement.release)
        .plain(format!("  {} to {}  ", occasion(announcement.occasion), announcement.audience));
    let row = match announcement.state {
        AnnouncementState::Planned => {
            row.add(Tone::Strong, "planned").plain(format!("  {}", when(announcement)))
        }
        AnnouncementState::Told => {
            let at = announcement.told_ms.map_or_else(String::new, |at| format!("  {}", number::time(at)));
            row.add(Tone::Good, "told").plain(at)
        }
        AnnouncementState::Cancelled => row.add(Tone::Bad, "cancelled"),
    };
    let row = match (&announcement.plan, &announcement.entry) {
        (Some(_), Some(entry)) => row.plain(format!("  as `{}` of the plan", printable(entry))),
        _ => row,
    };
    let row = match announcement.deliveries {
        0 => row,
        all => row.plain(format!(
            "  {} of {} arrived",
            number::grouped(announcement.delivered),
            number::grouped(all)
        )),
    };
    let row = match announcement.waiting {
        0 => row,
        waiting => row.plain(format!(", {} waiting", number::grouped(waiting))),
    };
    match announcement.dead {
        0 => row,
        dead => row.add(Tone::Bad, format!(", {} given up", number::grouped(dead))),
    }
}

fn when(announcement: &Announcement) -> String {
    match (&announcement.when, announcement.at_ms) {
        (Some(AnnounceWhen { environment, reaches, step }), _) => {
            let what = match (reaches, step) {
                (Reaches::Start, _) => "starts".to_owned(),
                (Reaches::Step, Some(step)) => format!("reaches step {step}"),
                (Reaches::Step, None) => "reaches a step".to_owned(),
                (Reaches::Success, _) => "succeeds".to_owned(),
                (Reaches::Rollback, _) => "is rolled back".to_owned(),
            };
            let later = announcement.after_minutes.map_or_else(String::new, |minutes| {
                format!("{} after ", number::duration(u64::from(minutes) * 60_000))
            });
            let comes = if later.is_empty() { "when " } else { "" };
            format!("{later}{comes}a rollout in {environment} {what}")
        }
        (None, Some(at)) => format!("at {}", number::time(at)),
        (None, None) => String::new(),
    }
}

pub fn deliveries(deliveries: &[AnnouncementDelivery], paint: Paint) -> String {
    if deliveries.is_empty() {
        return "There are none.\n".to_owned();
    }
    piece::text(&deliveries.iter().map(delivery).collect::<Vec<_>>(), paint)
}

fn delivery(delivery: &AnnouncementDelivery) -> Row {
    let (tone, word) = match delivery.state {
        DeliveryState::Waiting => (Tone::Strong, "waiting"),
        DeliveryState::Delivered => (Tone::Good, "delivered"),
        DeliveryState::Dead => (Tone::Bad, "given up"),
    };
    let next = delivery.next_ms.map_or_else(String::new, |next| format!("  again at {}", number::time(next)));
    let said = delivery.said.as_ref().map_or_else(String::new, |said| format!("  {}", printable(said)));
    Row::new()
        .plain(format!("{}  {}  {}  ", delivery.id, delivery.channel, printable(&delivery.recipient)))
        .add(tone, word)
        .plain(format!("  {}{next}{said}", number::counted(u64::from(delivery.attempts), "attempt")))
}

pub fn subscribers(subscribers: &[Subscriber], paint: Paint) -> String {
    if subscribers.is_empty() {
        return "Nobody reads the public page by mail.\n".to_owned();
    }
    let row = |subscriber: &Subscriber| {
        let row = Row::new().plain(format!("{}  {}  ", subscriber.id, printable(&subscriber.address)));
        match (subscriber.state, subscriber.confirmed_ms) {
            (SubscriberState::Confirmed, Some(at)) => {
                row.add(Tone::Good, "since").plain(format!(" {}", number::time(at)))
            }
            (SubscriberState::Confirmed, None) => row.add(Tone::Good, "confirmed"),
            (SubscriberState::Asked, _) => row.plain(format!("asked {}", number::time(subscriber.asked_ms))),
        }
    };
    piece::text(&subscribers.iter().map(row).collect::<Vec<_>>(), paint)
}

pub fn feedback(feedback: &Feedback, paint: Paint) -> String {
    let Some(average) = feedback.average else {
        return format!("Nobody has said anything about {} yet.\n", feedback.release);
    };
    let counts = (1..).zip(&feedback.ratings).map(|(rating, count)| format!("{rating}: {count}"));
    let head = Row::new().add(Tone::Strong, &feedback.release).plain(format!(
        "  {average:.2} of 5 from {}  ({})",
        number::counted(feedback.count, "answer"),
        counts.collect::<Vec<_>>().join("  ")
    ));
    let said = feedback.answers.iter().filter(|answer| !answer.text.is_empty());
    let lines = said.map(|answer| {
        Row::new().plain(format!("    {}  {}  {}", answer.rating, number::time(answer.at_ms), words(answer)))
    });
    piece::text(&std::iter::once(head).chain(lines).collect::<Vec<_>>(), paint)
}

/// On one line, without what a terminal would obey.
fn words(answer: &FeedbackAnswer) -> String {
    printable(&answer.text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Each by itself, and where the next page begins.
pub fn answers(page: &Page<FeedbackAnswer>, paint: Paint) -> String {
    if page.items.is_empty() {
        return "Nobody has said anything like that yet.\n".to_owned();
    }
    let row = |answer: &FeedbackAnswer| {
        let head = Row::new().add(Tone::Strong, &answer.release);
        head.plain(format!("  {}  {}  {}", answer.rating, number::time(answer.at_ms), words(answer)))
    };
    let next = page.next.map(|next| Row::new().plain(format!("older: --before {next}")));
    piece::text(&page.items.iter().map(row).chain(next).collect::<Vec<_>>(), paint)
}

#[cfg(test)]
mod tests {
    use tidegate_api::PageChannel;

    use super::*;
    use crate::render::samples::STARTED_MS;

    fn told() -> Announcement {
        Announcement {
            id: "ann_0123456789abcdef".to_owned(),
            release: "2.1.0".to_owned(),
            occasion: Occasion::Schedule,
            audience: "users".to_owned(),
            state: AnnouncementState::Told,
            at_ms: Some(STARTED_MS),
            when: None,
            after_minutes: None,
            plan: None,
            entry: None,
            environment: None,
            starts_ms: None,
            downtime_minutes: None,
            note: String::new(),
            planned_ms: STARTED_MS,
            told_ms: Some(STARTED_MS),
            subject: "Shop: 2.1.0 comes\u{7}".to_owned(),
            text: "Tonight.\n\nBye".to_owned(),
            url: Some("https://t.example/public/announcements/ann_0123456789abcdef".to_owned()),
            cancelled: None,
            deliveries: 12,
            delivered: 10,
            waiting: 1,
            dead: 1,
        }
    }

    #[test]
    fn announcements_and_what_came_of_them() {
        let paint = Paint::default();
        let when =
            AnnounceWhen { environment: "production".to_owned(), reaches: Reaches::Step, step: Some(2) };
        let planned = Announcement {
            state: AnnouncementState::Planned,
            when: Some(when),
            told_ms: None,
            url: None,
            deliveries: 0,
            delivered: 0,
            waiting: 0,
            dead: 0,
            ..told()
        };
        let waits = AnnouncementDelivery {
            id: "ann_0123456789abcdef-00ff".to_owned(),
            announcement: "ann_0123456789abcdef".to_owned(),
            channel: "mail".to_owned(),
            recipient: "ada@example.org".to_owned(),
            state: DeliveryState::Waiting,
            attempts: 1,
            attempted_ms: Some(STARTED_MS),
            next_ms: Some(STARTED_MS + 5_000),
            said: Some("the recipient: 451 later".to_owned()),
        };
        let arrived = AnnouncementDelivery {
            state: DeliveryState::Delivered,
            next_ms: None,
            said: None,
            ..waits.clone()
        };
        let answer = FeedbackAnswer {
            id: "fbk_1".to_owned(),
            release: "2.1.0".to_owned(),
            announcement: None,
            rating: 4,
            text: "quick\nand fine".to_owned(),
            at_ms: STARTED_MS,
        };
        let feedback_of = Feedback {
            release: "2.1.0".to_owned(),
            count: 2,
            average: Some(4.5),
            ratings: vec![0, 0, 0, 1, 1],
            answers: vec![answer],
        };
        let nothing = Feedback { count: 0, average: None, answers: Vec::new(), ..feedback_of.clone() };
        insta::assert_snapshot!(
            [
                announcements(&[], paint),
                announcements(&[planned, told()], paint),
                announcement(&told(), paint),
                deliveries(&[], paint),
                deliveries(&[waits, arrived], paint),
                feedback(&feedback_of, paint),
                feedback(&nothing, paint),
            ]
            .join("\n")
        );
    }

    #[test]
    fn the_ways_out_and_whom_they_reach() {
        let paint = Paint::default();
        let slack = Channel {
            name: "room".to_owned(),
            kind: ChannelKind::Slack,
            host: Some("hooks.slack.com".to_owned()),
            mail: None,
            page: None,
            url: None,
            waiting: 0,
            dead: 2,
            failure: Some("answered 404 no_team".to_owned()),
        };
        let page = Channel {
            name: "news".to_owned(),
            kind: ChannelKind::Page,
            host: None,
            page: Some(PageChannel { title: "News".to_owned(), mail: Some("post".to_owned()), url: None }),
            url: Some("https://t.example/public/announcements".to_owned()),
            dead: 0,
            failure: None,
            ..slack.clone()
        };
        let users = Audience {
            name: "users".to_owned(),
            channels: vec!["news".to_owned(), "post".to_owned()],
            addresses: vec!["ada@example.org".to_owned()],
        };
        let template = AnnouncementTemplate {
            occasion: Occasion::Progress,
            subject: "{{ release }}".to_owned(),
            text: "a\nb".to_owned(),
            own: true,
        };
        let asked = Subscriber {
            id: "sub_1".to_owned(),
            address: "bob@example.org".to_owned(),
            state: SubscriberState::Asked,
            asked_ms: STARTED_MS,
            confirmed_ms: None,
        };
        let confirmed =
            Subscriber { state: SubscriberState::Confirmed, confirmed_ms: Some(STARTED_MS), ..asked.clone() };
        insta::assert_snapshot!(
            [
                channels(&[], paint),
                channels(&[page, slack], paint),
                audiences(&[users], paint),
                templates(&[template], paint),
                subscribers(&[asked, confirmed], paint),
            ]
            .join("\n")
        );
    }
}
