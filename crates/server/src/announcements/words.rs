//! The words of an announcement: what its template names, filled in.
//!
//! Invariant: whatever the template, every name of the example is there, so what was checked on the example renders. Deliberately
//! not here: the templates that come with Tidegate (the domain), Jinja (`connectors::template`).

use serde::Serialize;
use tidegate_connectors::template::{self, Form, TemplateRefusal};
use tidegate_domain::announcement::{
    AnnouncementId, Occasion, Plan, SUBJECT_CHARS_MAX, Setup, Template, When,
};
use tidegate_domain::name::Version;
use tidegate_notes::{Audience, Section};
use tidegate_ports::Fault;

use super::{Herald, Window};
use crate::app::App;

/// For an announcement, by a link to it; nobody is told apart.
pub(crate) const FEEDBACK_OF_ALL: &str = "feedback-of-all";
/// For one letter.
pub(crate) const FEEDBACK: &str = "feedback";

/// What a template may name; what is not known is none, and false as a condition.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Values {
    pub project: String,
    pub release: String,
    pub environment: Option<String>,
    /// When the change is expected, in words.
    pub starts: Option<String>,
    /// Until when it may take, in words.
    pub ends: Option<String>,
    /// How long nothing answers, in words.
    pub downtime: Option<String>,
    pub step: Option<u32>,
    pub reason: Option<String>,
    pub note: String,
    /// The notes of the release, as far as these readers care for them.
    pub changes: Vec<String>,
    pub known_issues: Vec<String>,
    pub upgrade_notes: Vec<String>,
    pub page_url: Option<String>,
    pub feedback_url: String,
}

/// What a rollout adds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reached {
    pub environment: Option<String>,
    pub step: Option<u32>,
    pub reason: Option<String>,
}

impl Values {
    pub fn example() -> Self {
        Self {
            project: "Shop".to_owned(),
            release: "2.1.0".to_owned(),
            environment: Some("production".to_owned()),
            starts: Some("2026-11-21 22:00 UTC".to_owned()),
            ends: Some("2026-11-21 23:00 UTC".to_owned()),
            downtime: Some("5 minutes".to_owned()),
            step: Some(2),
            reason: Some("more requests failed than before".to_owned()),
            note: "Thank you for your patience.".to_owned(),
            changes: vec!["A quicker checkout".to_owned(), "Fewer clicks to pay".to_owned()],
            known_issues: vec!["Printing takes a minute".to_owned()],
            upgrade_notes: vec!["Sign in once more".to_owned()],
            page_url: Some("https://news.example.org/public/announcements/ann_0123456789abcdef".to_owned()),
            feedback_url: "https://news.example.org/public/feedback?token=…".to_owned(),
        }
    }

    pub fn names() -> Vec<String> {
        match serde_json::to_value(Self::example()) {
            Ok(serde_json::Value::Object(members)) => members.into_iter().map(|(name, _)| name).collect(),
            Ok(_) | Err(_) => Vec::new(),
        }
    }

    /// What is known of a release, for a preview.
    pub async fn of_release(app: &App, release: &Version) -> Result<Option<Self>, Fault> {
        let Some(view) = app.engine.release(release).await? else { return Ok(None) };
        let project = project(app).await?;
        let told = Told::of(app, release, (view.notes, None)).await?;
        let example = Self::example();
        let window = Window::of(app, release).await?;
        let known = window.starts_ms.is_some();
        Ok(Some(Self {
            project,
            release: release.to_string(),
            changes: told.changes,
            known_issues: told.known_issues,
            upgrade_notes: told.upgrade_notes,
            starts: window.starts_ms.map(|ms| window.instant(ms)).or(example.starts),
            ends: if known { window.ends_ms.map(|ms| window.instant(ms)) } else { example.ends },
            downtime: window.downtime_minutes.map_or(example.downtime, minutes),
            ..Self::example()
        }))
    }

    /// Of an announcement as it is now.
    pub async fn of(
        app: &App,
        (id, plan, setup): (&AnnouncementId, &Plan, &Setup),
        reached: Reached,
    ) -> Result<Self, Fault> {
        let told = match app.engine.release(&plan.release).await? {
            Some(view) => Told::of(app, &plan.release, (view.notes, Some(plan.audience.as_str()))).await?,
            None => Told::default(),
        };
        let is_public = setup
            .audiences
            .get(&plan.audience)
            .zip(setup.page())
            .is_some_and(|(audience, (page, _))| audience.channels.contains(page));
        let herald = &app.herald;
        let window = Window::of(app, &plan.release).await?.under(plan);
        // Before it happens, where it will, as far as the plan of it says so.
        let foreseen = match &plan.when {
            When::Rollout { environment, .. } => Some(environment),
            When::At { .. } => plan.environment.as_ref(),
        };
        Ok(Self {
            project: project(app).await?,
            release: plan.release.to_string(),
            environment: reached.environment.or_else(|| foreseen.map(ToString::to_string)),
            starts: window.starts_ms.map(|ms| window.instant(ms)),
            ends: window.ends_ms.map(|ms| window.instant(ms)),
            downtime: window.downtime_minutes.and_then(minutes),
            step: reached.step,
            reason: reached.reason,
            note: plan.note.clone(),
            changes: told.changes,
            known_issues: told.known_issues,
            upgrade_notes: told.upgrade_notes,
            page_url: is_public.then(|| herald.announcement_url(app, setup, id)),
            feedback_url: feedback_url(&herald.public(app, setup), &of_all(herald, id)),
        })
    }
}

/// What is told of a release.
#[derive(Default)]
struct Told {
    changes: Vec<String>,
    known_issues: Vec<String>,
    upgrade_notes: Vec<String>,
}

impl Told {
    /// By the notes that it keeps, else the lines that it was made with.
    async fn of(
        app: &App,
        release: &Version,
        (lines, audience): (Vec<String>, Option<&str>),
    ) -> Result<Self, Fault> {
        let kept = app.engine.notes_of(release).await?.filter(|kept| !kept.lines.is_empty());
        let Some(kept) = kept else { return Ok(Self { changes: lines, ..Self::default() }) };
        // An audience that is called like readers of notes is told what is theirs; any other what is for users.
        let readers = Some(audience.and_then(Audience::from_key).unwrap_or(Audience::Users));
        Ok(Self {
            changes: kept.changes(readers),
            known_issues: kept.of_section(Section::KnownIssues, readers),
            upgrade_notes: kept.of_section(Section::Upgrade, readers),
        })
    }
}

pub(crate) fn of_all(herald: &Herald, id: &AnnouncementId) -> String {
    herald.links.sign(FEEDBACK_OF_ALL, id.as_str(), None)
}

pub(crate) fn feedback_url(public: &str, token: &str) -> String {
    format!("{public}/feedback?token={token}")
}

/// As the configuration calls it; the installation's own name for it before there is one.
pub(crate) async fn project(app: &App) -> Result<String, Fault> {
    let catalog = app.engine.catalog().await?;
    let named = Some(catalog.project).filter(|name| !name.is_empty());
    Ok(named.unwrap_or_else(|| app.engine.project().to_string()))
}

/// Subject and text.
pub(crate) fn filled(words: &Template, values: &Values) -> Result<(String, String), TemplateRefusal> {
    let subject = template::render(&words.subject, Form::Text, values)?;
    let text = template::render(&words.text, Form::Text, values)?;
    let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let subject = subject.chars().filter(|letter| !letter.is_control()).take(SUBJECT_CHARS_MAX).collect();
    Ok((subject, text.trim().to_owned()))
}

/// That it renders, on what every announcement has.
pub(crate) fn check(words: &Template) -> Result<(), TemplateRefusal> {
    filled(words, &Values::example()).map(drop)
}

/// Its own words, else those that are set for its occasion.
pub(crate) fn words_of(plan: &Plan, setup: &Setup) -> Template {
    plan.words.clone().unwrap_or_else(|| setup.template(plan.occasion))
}

pub(crate) fn occasion(text: &str) -> Option<Occasion> {
    text.parse().ok()
}

/// `2026-11-21 22:00 UTC`
pub(crate) fn instant(ms: u64) -> String {
    Window::default().instant(ms)
}

/// `5 minutes`, `1 hour 30 minutes`; none of none.
fn minutes(minutes: u32) -> Option<String> {
    let some = |count: u32, one: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        more => Some(format!("{more} {one}s")),
    };
    let parts = [some(minutes / 60, "hour"), some(minutes % 60, "minute")];
    let words = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    Some(words).filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_come_with_tidegate_render_with_and_without_everything() {
        let bare = Values {
            environment: None,
            starts: None,
            ends: None,
            downtime: None,
            step: None,
            reason: None,
            note: String::new(),
            changes: Vec::new(),
            known_issues: Vec::new(),
            upgrade_notes: Vec::new(),
            page_url: None,
            ..Values::example()
        };
        for values in [Values::example(), bare] {
            for occasion in Occasion::ALL {
                let (subject, text) = filled(&occasion.template(), &values).unwrap();
                assert!(subject.contains("2.1.0") && text.contains("2.1.0"), "{occasion}: {subject} {text}");
                assert!(!text.contains("None") && !text.contains("none"), "{occasion}: {text}");
            }
        }
        let (_, text) = filled(&Occasion::Schedule.template(), &Values::example()).unwrap();
        assert!(text.contains("It will not answer for about 5 minutes."), "{text}");
    }

    #[test]
    fn words_that_name_nothing_are_refused() {
        let words = |text: &str| Template { subject: "{{ release }}".to_owned(), text: text.to_owned() };
        assert_eq!(check(&words("{{ relaese }}")).unwrap_err().code(), "template-name-unknown");
        assert_eq!(check(&words("{% if x")).unwrap_err().code(), "template-malformed");
        assert!(Values::names().contains(&"feedback_url".to_owned()));
        let lines = Template { subject: "a\nb{{ note }}".to_owned(), text: "t".to_owned() };
        let values = Values { note: "\r\nBcc: all@example.org".to_owned(), ..Values::example() };
        assert_eq!(filled(&lines, &values).unwrap().0, "a b Bcc: all@example.org");
    }

    #[test]
    fn times_in_words() {
        let words = |count| minutes(count).unwrap_or_default();
        assert_eq!(
            (words(5), words(61), words(0)),
            ("5 minutes".to_owned(), "1 hour 1 minute".to_owned(), String::new())
        );
        assert_eq!(Window::default().instant(1_795_252_442_000), "2026-11-21 09:14 UTC");
    }
}
