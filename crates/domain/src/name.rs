//! The names people give to things: components, environments, releases, versions.
//!
//! Invariant: a value of these types has passed its rule once, so nothing downstream checks it again
//! (they stand in URLs, file names and process environments). Deliberately not here: ids we make ourselves
//! (`id.rs`).

use serde::{Deserialize, Serialize};

/// A name that breaks its rule, with the rule in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} `{given}` is not allowed: {rule}")]
pub struct BadName {
    pub what: &'static str,
    pub given: String,
    pub rule: &'static str,
}

const NAME_RULE: &str = "use 1 to 40 lower-case letters, digits and hyphens, starting with a letter, ending with a letter or digit";
const VERSION_RULE: &str =
    "use 1 to 64 letters, digits, dots, hyphens, underscores and plus signs, starting with a letter or digit";

/// The same rules as regular expressions, for who describes them to machines.
pub const NAME_PATTERN: &str = "^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$";
pub const LOGIN_PATTERN: &str = "^[a-z0-9][a-z0-9._:@-]{0,63}$";
pub const VERSION_PATTERN: &str = "^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$";

fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=40).contains(&bytes.len())
        && bytes[0].is_ascii_lowercase()
        && bytes[bytes.len() - 1] != b'-'
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
}

const LOGIN_RULE: &str = "use 1 to 64 lower-case letters, digits, dots, hyphens, underscores, colons and @, starting with a letter or digit";

fn is_login(text: &str) -> bool {
    let bytes = text.as_bytes();
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=64).contains(&bytes.len())
        && fits(bytes[0])
        && bytes.iter().all(|b| fits(*b) || b".-_:@".contains(b))
}

fn is_version(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=64).contains(&bytes.len())
        && bytes[0].is_ascii_alphanumeric()
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b".-_+".contains(b))
}

const SECRET_RULE: &str =
    "use 1 to 128 letters, digits and underscores, not a digit first, and neither PORT nor TIDEGATE_…";

/// As an environment variable is called, without those that Tidegate sets.
fn is_secret(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=128).contains(&bytes.len())
        && !bytes[0].is_ascii_digit()
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
        && text != "PORT"
        && !text.starts_with("TIDEGATE_")
}

const FLAG_KEY_RULE: &str =
    "use 1 to 200 printable characters without spaces, the first of them no full stop";
pub const FLAG_KEY_PATTERN: &str = "^[^.\u{0}-\u{20}\u{7f}-\u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}][^\u{0}-\u{20}\u{7f}-\u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}]{0,199}$";

/// Wide, so that flags of other systems keep their keys. In a path, one that begins with a full stop would be a step up.
fn is_flag_key(text: &str) -> bool {
    let fits = |letter: char| !letter.is_control() && !letter.is_whitespace();
    !text.is_empty() && !text.starts_with('.') && text.chars().all(fits) && text.chars().count() <= 200
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal, $check:ident, $rule:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            pub fn new(text: impl Into<String>) -> Result<Self, BadName> {
                let given = text.into();
                if $check(&given) { Ok(Self(given)) } else { Err(BadName { what: $what, given, rule: $rule }) }
            }
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl TryFrom<String> for $type {
            type Error = BadName;
            fn try_from(text: String) -> Result<Self, BadName> {
                Self::new(text)
            }
        }
        impl From<$type> for String {
            fn from(name: $type) -> String {
                name.0
            }
        }
        impl std::fmt::Display for $type {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(&self.0)
            }
        }
        impl std::str::FromStr for $type {
            type Err = BadName;
            fn from_str(text: &str) -> Result<Self, BadName> {
                Self::new(text)
            }
        }
    };
}

name!(
    /// One thing that is built and versioned.
    ComponentName, "component name", is_name, NAME_RULE
);
name!(
    /// Where users are: development, staging, production.
    EnvironmentName, "environment name", is_name, NAME_RULE
);
name!(
    /// For whom an environment runs: a customer with a place of their own.
    TenantName, "tenant's name", is_name, NAME_RULE
);
name!(
    /// Whose components are measured together.
    TeamName, "team's name", is_name, NAME_RULE
);
name!(
    /// A condition before a change, as the pipeline calls it.
    GateName, "gate name", is_name, NAME_RULE
);
name!(
    /// What code asks for to decide what to show whom.
    FlagKey, "flag key", is_flag_key, FLAG_KEY_RULE
);
name!(
    /// A group of people, as the identity provider or an administrator calls it.
    GroupName, "group name", is_login, LOGIN_RULE
);
name!(
    /// Somebody, or a service account: the same one however they signed in.
    PersonName, "person's name", is_login, LOGIN_RULE
);
name!(
    /// A value that nobody sees again, as its environment variable is called.
    SecretName, "secret name", is_secret, SECRET_RULE
);
name!(
    /// What an installation holds several of, each with components, environments and a log of its own.
    ProjectName, "project name", is_name, NAME_RULE
);
name!(
    /// A subscription of somebody outside.
    WebhookName, "webhook name", is_name, NAME_RULE
);
name!(
    /// A key that bundles are signed with.
    BundleKeyName, "key's name", is_name, NAME_RULE
);
name!(
    /// Another system that tells us things.
    InboundName, "inbound source's name", is_name, NAME_RULE
);
name!(
    /// A way out to people: a mail server, a room, the public page.
    ChannelName, "channel's name", is_name, NAME_RULE
);
name!(
    /// Whom an announcement is for: users, operators, support.
    AudienceName, "audience's name", is_name, NAME_RULE
);
name!(
    /// Where issues and pull requests are tracked.
    ScopeSourceName, "source's name", is_name, NAME_RULE
);
name!(
    /// What a release, and each artifact in it, is called. Compared as text; ordering by precedence is the
    /// business of release notes.
    Version, "version", is_version, VERSION_RULE
);

impl ProjectName {
    /// The project that an installation is from its first start on.
    pub fn first() -> Self {
        Self("default".to_owned())
    }
    pub fn is_first(&self) -> bool {
        *self == Self::first()
    }
}

impl EnvironmentName {
    /// What the secret of a source of deliveries is sealed for; nobody can name an environment so.
    pub fn of_inbound(name: &InboundName) -> Self {
        Self(format!("inbound/{name}"))
    }
    /// The same for a channel's address or password.
    pub fn of_channel(name: &ChannelName) -> Self {
        Self(format!("channel/{name}"))
    }
}

impl SecretName {
    pub fn of_inbound() -> Self {
        Self("INBOUND".to_owned())
    }
    pub fn of_channel() -> Self {
        Self("CHANNEL".to_owned())
    }
}

impl GateName {
    /// Freezes and windows stand among the gates under names of their own.
    pub(crate) fn of_calendar(kind: &'static str) -> Self {
        Self(kind.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Generators take the text between the anchors.
    fn fitting(pattern: &str) -> impl Strategy<Value = String> + use<> {
        proptest::string::string_regex(pattern.trim_start_matches('^').trim_end_matches('$')).unwrap()
    }

    proptest! {
        #[test]
        fn what_fits_a_pattern_follows_its_rule(
            name in fitting(NAME_PATTERN), login in fitting(LOGIN_PATTERN), version in fitting(VERSION_PATTERN)
        ) {
            prop_assert!(is_name(&name) && is_login(&login) && is_version(&version), "{name} {login} {version}");
        }

        #[test]
        fn what_fits_the_pattern_of_flags_is_a_key(key in fitting(FLAG_KEY_PATTERN)) {
            prop_assert!(is_flag_key(&key), "{key:?}");
        }
    }

    #[test]
    fn flags_of_other_systems_keep_their_keys() {
        for good in ["a", "New.Checkout", "team/checkout:v2", "größe", "a".repeat(200).as_str()] {
            assert!(FlagKey::new(good).is_ok(), "{good}");
        }
        for bad in ["", " ", "a b", "a\tb", "..", ".a", "a\u{2028}", "a".repeat(201).as_str()] {
            assert!(FlagKey::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_follow_their_rule() {
        for good in ["a", "api", "web-2", "payment-service"] {
            assert!(ComponentName::new(good).is_ok(), "{good}");
        }
        for bad in ["", "Api", "-a", "a-", "a_b", "a/b", "..", "é", &"a".repeat(41)] {
            assert!(ComponentName::new(bad).is_err(), "{bad}");
        }
        for good in ["1.0.0", "2.1.0-rc.1+build.7", "v3", "2026-11-21"] {
            assert!(Version::new(good).is_ok(), "{good}");
        }
        for bad in ["", "../1", "1 0", "-1", ".1", "1/2", &"1".repeat(65)] {
            assert!(Version::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn secrets_are_called_like_variables() {
        for good in ["DB_PASSWORD", "_key", "a1"] {
            assert!(SecretName::new(good).is_ok(), "{good}");
        }
        for bad in ["", "1A", "A-B", "PORT", "TIDEGATE_KEY", "A=B", &"A".repeat(129)] {
            assert!(SecretName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bad_name_is_refused_when_read_back() {
        assert!(serde_json::from_str::<EnvironmentName>("\"../etc\"").is_err());
    }
}
