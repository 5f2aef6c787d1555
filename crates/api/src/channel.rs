//! By which ways whom announcements reach, and in which words.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelKind {
    /// Letters, by a mail server.
    Mail,
    /// A room of Slack, by its incoming webhook.
    Slack,
    /// A room of Teams, by its workflow webhook.
    Teams,
    /// Any receiver, signed by Standard Webhooks.
    Webhook,
    /// The public page with its feeds and subscriptions.
    Page,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MailSecurity {
    /// From the first byte, usually port 465.
    Tls,
    /// After a word in the clear, usually port 587; without it nothing is sent.
    #[default]
    StartTls,
    /// Not at all: to this machine itself.
    PlainToLoopback,
    /// Not at all, wherever it goes. Without a password.
    Plain,
}

/// A mail server, and who one is to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailChannel {
    #[schema(max_length = 253)]
    pub host: String,
    #[serde(deserialize_with = "crate::whole::small")]
    #[schema(minimum = 1, maximum = 65535)]
    pub port: u16,
    #[serde(default)]
    pub security: MailSecurity,
    /// The sender's address.
    #[schema(max_length = 254)]
    pub from: String,
    /// What stands before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub from_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub user: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PageChannel {
    #[schema(min_length = 1, max_length = 100)]
    pub title: String,
    /// The channel of mail by which readers may subscribe; nobody can where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40)]
    pub mail: Option<String>,
    /// Where readers reach this server, where that is not its own address: `https://news.example.org`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 300)]
    pub url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Channel {
    pub name: String,
    pub kind: ChannelKind,
    /// Of its address; the rest of that is secret.
    pub host: Option<String>,
    pub mail: Option<MailChannel>,
    pub page: Option<PageChannel>,
    /// Where the public page is.
    pub url: Option<String>,
    /// Letters that wait for their next attempt.
    pub waiting: u64,
    /// Letters that were given up.
    pub dead: u64,
    /// What the newest that did not arrive met.
    pub failure: Option<String>,
}

/// What belongs to the kind, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetChannelRequest {
    pub kind: ChannelKind,
    /// For `mail`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailChannel>,
    /// For `page`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<PageChannel>,
    /// For `slack`, `teams` and `webhook`: where messages go. It is never shown again; what was kept stays where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    pub url: Option<String>,
    /// For `mail` with a user. It is never shown again; what was kept stays where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub password: Option<String>,
}

/// A secret is shown here and never again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelSet {
    pub channel: Channel,
    /// `whsec_…`, by which a webhook's receiver verifies; only where it was made now.
    pub secret: Option<String>,
}

/// Which trial is made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestChannelRequest {
    /// For `mail`: who gets a letter; where absent, only signing in is tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 254)]
    pub address: Option<String>,
}

/// What one message led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelTested {
    pub ok: bool,
    /// What the other side said, or why it said nothing.
    pub said: String,
    pub duration_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Audience {
    pub name: String,
    pub channels: Vec<String>,
    /// Who is written to by mail.
    pub addresses: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAudienceRequest {
    /// By their names, one at least.
    #[schema(min_items = 1, max_items = 50)]
    pub channels: Vec<String>,
    /// `ada@example.org`
    #[serde(default)]
    #[schema(max_items = 500)]
    pub addresses: Vec<String>,
}
