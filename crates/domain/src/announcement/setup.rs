//! By which ways whom announcements reach, and in which words.
//!
//! Invariant: what an audience or the page names is there; passwords, and addresses of rooms and people, are never part of an
//! event: they lie beside the log. Deliberately not here: sending, and who subscribed to the page.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{AnnouncementRefusal, Occasion, Template};
use crate::name::{AudienceName, ChannelName};

const CHANNELS_MAX: usize = 50;
const AUDIENCES_MAX: usize = 50;
pub const ADDRESSES_MAX: usize = 500;
const TITLE_CHARS_MAX: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailSecurity {
    Tls,
    StartTls,
    PlainToLoopback,
    Plain,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailSettings {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    /// The sender's address.
    pub from: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageSettings {
    pub title: String,
    /// The mail channel by which readers may subscribe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<ChannelName>,
    /// Where readers reach this server, where that is not its own address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelKind {
    Mail(MailSettings),
    /// Rooms and receivers by an address that is a secret.
    Slack,
    Teams,
    Webhook,
    /// The public page with its feeds.
    Page(PageSettings),
}

impl ChannelKind {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Mail(_) => "mail",
            Self::Slack => "slack",
            Self::Teams => "teams",
            Self::Webhook => "webhook",
            Self::Page(_) => "page",
        }
    }
    pub fn mail(&self) -> Option<&MailSettings> {
        if let Self::Mail(mail) = self { Some(mail) } else { None }
    }
    pub fn page(&self) -> Option<&PageSettings> {
        if let Self::Page(page) = self { Some(page) } else { None }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    pub kind: ChannelKind,
    /// Of its address; the rest of that may be secret.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub host: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    pub channels: BTreeSet<ChannelName>,
    /// How many people are written to by mail; their addresses lie beside the log.
    pub addresses: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Setup {
    pub channels: BTreeMap<ChannelName, Channel>,
    pub audiences: BTreeMap<AudienceName, Audience>,
    /// Only those that somebody wrote.
    pub templates: BTreeMap<Occasion, Template>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SetupEvent {
    ChannelSet {
        name: ChannelName,
        channel: Channel,
    },
    ChannelRemoved {
        name: ChannelName,
    },
    AudienceSet {
        name: AudienceName,
        audience: Audience,
    },
    AudienceRemoved {
        name: AudienceName,
    },
    /// None: the words that it had at first.
    TemplateSet {
        occasion: Occasion,
        template: Option<Template>,
    },
}

impl SetupEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ChannelSet { .. } => "announcements.channel-set",
            Self::ChannelRemoved { .. } => "announcements.channel-removed",
            Self::AudienceSet { .. } => "announcements.audience-set",
            Self::AudienceRemoved { .. } => "announcements.audience-removed",
            Self::TemplateSet { .. } => "announcements.template-set",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetupCommand {
    SetChannel { name: ChannelName, channel: Channel },
    RemoveChannel { name: ChannelName },
    SetAudience { name: AudienceName, audience: Audience },
    RemoveAudience { name: AudienceName },
    SetTemplate { occasion: Occasion, template: Option<Template> },
}

impl Setup {
    pub fn channel(&self, name: &ChannelName) -> Result<&Channel, AnnouncementRefusal> {
        self.channels.get(name).ok_or_else(|| AnnouncementRefusal::UnknownChannel {
            name: name.clone(),
            known: self.channels.keys().map(ToString::to_string).collect(),
        })
    }

    pub fn audience(&self, name: &AudienceName) -> Result<&Audience, AnnouncementRefusal> {
        self.audiences.get(name).ok_or_else(|| AnnouncementRefusal::UnknownAudience {
            name: name.clone(),
            known: self.audiences.keys().map(ToString::to_string).collect(),
        })
    }

    /// The public page, where there is one.
    pub fn page(&self) -> Option<(&ChannelName, &PageSettings)> {
        self.channels.iter().find_map(|(name, channel)| Some((name, channel.kind.page()?)))
    }

    pub fn template(&self, occasion: Occasion) -> Template {
        self.templates.get(&occasion).cloned().unwrap_or_else(|| occasion.template())
    }

    /// Whoever would be left with nothing, or with a way that is none.
    fn user_of(&self, name: &ChannelName) -> Option<String> {
        let by_page = self.page().filter(|(_, page)| page.mail.as_ref() == Some(name));
        let audience = self.audiences.iter().find(|(_, audience)| audience.channels.contains(name));
        by_page
            .map(|(page, _)| format!("the page `{page}`"))
            .or_else(|| audience.map(|(audience, _)| format!("the audience `{audience}`")))
    }
}

/// What stands already changes nothing, and says so with no event; a channel is always set anew, because what is secret of it
/// does not stand here.
pub fn decide(state: &Setup, command: SetupCommand) -> Result<Vec<SetupEvent>, AnnouncementRefusal> {
    match command {
        SetupCommand::SetChannel { name, channel } => {
            check_channel(state, &name, &channel)?;
            Ok(vec![SetupEvent::ChannelSet { name, channel }])
        }
        SetupCommand::RemoveChannel { name } => {
            state.channel(&name)?;
            match state.user_of(&name) {
                Some(by) => Err(AnnouncementRefusal::InUse { name, by }),
                None => Ok(vec![SetupEvent::ChannelRemoved { name }]),
            }
        }
        SetupCommand::SetAudience { name, audience } => {
            check_audience(state, &name, &audience)?;
            Ok(vec![SetupEvent::AudienceSet { name, audience }])
        }
        SetupCommand::RemoveAudience { name } => {
            state.audience(&name).map(|_| vec![SetupEvent::AudienceRemoved { name }])
        }
        SetupCommand::SetTemplate { occasion, template } => {
            template.as_ref().map_or(Ok(()), Template::check)?;
            let stands = state.templates.get(&occasion) == template.as_ref();
            Ok(if stands { Vec::new() } else { vec![SetupEvent::TemplateSet { occasion, template }] })
        }
    }
}

fn check_channel(state: &Setup, name: &ChannelName, channel: &Channel) -> Result<(), AnnouncementRefusal> {
    let before = state.channels.get(name);
    if before.is_none() && state.channels.len() >= CHANNELS_MAX {
        return Err(AnnouncementRefusal::TooMany { what: "channels", most: CHANNELS_MAX });
    }
    // An audience that was made for mail would have its addresses for nothing.
    let changes_kind = before.is_some_and(|before| before.kind.word() != channel.kind.word());
    if let Some(by) = state.user_of(name).filter(|_| changes_kind) {
        return Err(AnnouncementRefusal::InUse { name: name.clone(), by });
    }
    let Some(page) = channel.kind.page() else { return Ok(()) };
    if let Some((other, _)) = state.page().filter(|(other, _)| *other != name) {
        return Err(AnnouncementRefusal::SecondPage { other: other.clone() });
    }
    let title = page.title.trim();
    if title.is_empty() || title.chars().count() > TITLE_CHARS_MAX || title.chars().any(char::is_control) {
        return Err(AnnouncementRefusal::Unfit { why: "a page's title is one line of 1 to 100 characters" });
    }
    let Some(mail) = &page.mail else { return Ok(()) };
    match state.channel(mail)?.kind {
        ChannelKind::Mail(_) => Ok(()),
        ChannelKind::Slack | ChannelKind::Teams | ChannelKind::Webhook | ChannelKind::Page(_) => {
            Err(AnnouncementRefusal::Unfit { why: "readers subscribe by a channel of mail" })
        }
    }
}

fn check_audience(
    state: &Setup,
    name: &AudienceName,
    audience: &Audience,
) -> Result<(), AnnouncementRefusal> {
    if !state.audiences.contains_key(name) && state.audiences.len() >= AUDIENCES_MAX {
        return Err(AnnouncementRefusal::TooMany { what: "audiences", most: AUDIENCES_MAX });
    }
    if audience.channels.is_empty() {
        return Err(AnnouncementRefusal::Unfit { why: "an audience is reached by one channel at least" });
    }
    let mut by_mail = 0;
    for channel in &audience.channels {
        by_mail += u32::from(state.channel(channel)?.kind.mail().is_some());
    }
    if by_mail == 0 && audience.addresses > 0 {
        return Err(AnnouncementRefusal::Unfit { why: "people with an address need a channel of mail" });
    }
    if by_mail > 0 && audience.addresses == 0 {
        return Err(AnnouncementRefusal::Unfit { why: "a channel of mail needs somebody's address" });
    }
    if audience.addresses as usize > ADDRESSES_MAX {
        return Err(AnnouncementRefusal::TooMany { what: "addresses", most: ADDRESSES_MAX });
    }
    Ok(())
}

pub fn evolve(mut state: Setup, event: &SetupEvent) -> Setup {
    match event {
        SetupEvent::ChannelSet { name, channel } => {
            state.channels.insert(name.clone(), channel.clone());
        }
        SetupEvent::ChannelRemoved { name } => {
            state.channels.remove(name);
        }
        SetupEvent::AudienceSet { name, audience } => {
            state.audiences.insert(name.clone(), audience.clone());
        }
        SetupEvent::AudienceRemoved { name } => {
            state.audiences.remove(name);
        }
        SetupEvent::TemplateSet { occasion, template: Some(template) } => {
            state.templates.insert(*occasion, template.clone());
        }
        SetupEvent::TemplateSet { occasion, template: None } => {
            state.templates.remove(occasion);
        }
    }
    state
}
