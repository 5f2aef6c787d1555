//! Names, paths, hosts and addresses.
//!
//! Invariant: a name that passes here passes the domain's rule for it, and an address or path passes the gateway's.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tidegate_domain::name::{
    BadName, ComponentName, EnvironmentName, FlagKey, SecretName, TeamName, TenantName,
};

use super::scalar::Kind;
use crate::diagnostic::quoted;
use crate::problems::Wrong;

/// Any text.
pub struct TextKind;
/// One line for people.
pub struct TitleKind;
pub struct ProjectKind;
pub struct ComponentKind;
pub struct EnvironmentKind;
pub struct TenantKind;
pub struct TeamKind;
pub struct FlagKeyKind;
pub struct SecretKind;
/// A path of a URL, without query.
pub struct PathKind;
pub struct HostKind;
/// An address the gateway listens on.
pub struct ListenKind;
pub struct CookieKind;
/// Read once the metric is known.
pub struct ThresholdKind;

const NAME_PATTERN: &str = "^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$";

fn name_schema() -> Value {
    json!({ "type": "string", "pattern": NAME_PATTERN })
}

/// A name by the rule of components.
pub fn slug(text: &str) -> String {
    const NAME_CHARS_MAX: usize = 40;
    let mut name = String::new();
    for character in text.chars() {
        let character = character.to_ascii_lowercase();
        if character.is_ascii_lowercase() || (character.is_ascii_digit() && !name.is_empty()) {
            name.push(character);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
        if name.len() == NAME_CHARS_MAX {
            break;
        }
    }
    name.trim_end_matches('-').to_owned()
}

pub fn bad_name(bad: &BadName) -> Wrong {
    let name = slug(&bad.given);
    let message = format!("{} {} is not allowed: {}", bad.what, quoted(&bad.given), bad.rule);
    let suggestion =
        if name.is_empty() { "call it something like `api`".to_owned() } else { format!("call it `{name}`") };
    Wrong::new("bad-name", message, suggestion)
}

impl Kind for ComponentKind {
    type Value = ComponentName;
    const NAME: &'static str = "ComponentName";
    fn read(text: &str) -> Result<ComponentName, Wrong> {
        ComponentName::new(text).map_err(|bad| bad_name(&bad))
    }
    fn schema() -> Value {
        name_schema()
    }
}

impl Kind for EnvironmentKind {
    type Value = EnvironmentName;
    const NAME: &'static str = "EnvironmentName";
    fn read(text: &str) -> Result<EnvironmentName, Wrong> {
        EnvironmentName::new(text).map_err(|bad| bad_name(&bad))
    }
    fn schema() -> Value {
        name_schema()
    }
}

impl Kind for TenantKind {
    type Value = TenantName;
    const NAME: &'static str = "TenantName";
    fn read(text: &str) -> Result<TenantName, Wrong> {
        TenantName::new(text).map_err(|bad| bad_name(&bad))
    }
    fn schema() -> Value {
        name_schema()
    }
}

impl Kind for TeamKind {
    type Value = TeamName;
    const NAME: &'static str = "TeamName";
    fn read(text: &str) -> Result<TeamName, Wrong> {
        TeamName::new(text).map_err(|bad| bad_name(&bad))
    }
    fn schema() -> Value {
        name_schema()
    }
}

impl Kind for FlagKeyKind {
    type Value = FlagKey;
    const NAME: &'static str = "FlagKey";
    fn read(text: &str) -> Result<FlagKey, Wrong> {
        FlagKey::new(text).map_err(|bad| bad_name(&bad))
    }
    fn schema() -> Value {
        json!({ "type": "string", "minLength": 1 })
    }
}

impl Kind for SecretKind {
    type Value = SecretName;
    const NAME: &'static str = "SecretName";
    fn read(text: &str) -> Result<SecretName, Wrong> {
        SecretName::new(text).map_err(|bad| {
            let message = format!("{} is no name for a secret: {}", quoted(text), bad.rule);
            Wrong::new("bad-variable", message, "call it like the environment variable: `DB_PASSWORD`")
        })
    }
    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,127}$" })
    }
}

impl Kind for ProjectKind {
    type Value = String;
    const NAME: &'static str = "ProjectName";
    fn read(text: &str) -> Result<String, Wrong> {
        match ComponentName::new(text) {
            Ok(name) => Ok(name.into()),
            Err(bad) => Err(bad_name(&BadName { what: "project name", ..bad })),
        }
    }
    fn schema() -> Value {
        name_schema()
    }
}

impl Kind for TextKind {
    type Value = String;
    const NAME: &'static str = "Text";
    fn read(text: &str) -> Result<String, Wrong> {
        if text.contains('\0') {
            return Err(Wrong::new("bad-text", "a text here cannot hold a NUL character", "remove it"));
        }
        Ok(text.to_owned())
    }
    fn schema() -> Value {
        json!({ "type": ["string", "number", "boolean"] })
    }
}

impl Kind for TitleKind {
    type Value = String;
    const NAME: &'static str = "Title";
    fn read(text: &str) -> Result<String, Wrong> {
        const TITLE_CHARS_MAX: usize = 100;
        let plain = !text.trim().is_empty() && text.chars().count() <= TITLE_CHARS_MAX;
        if plain && !text.chars().any(char::is_control) {
            return Ok(text.to_owned());
        }
        Err(Wrong::new(
            "bad-text",
            format!("{} is no title", quoted(text)),
            "write one line of 1 to 100 characters, like `Main Release Pipeline`",
        ))
    }
    fn schema() -> Value {
        json!({ "type": "string", "minLength": 1, "maxLength": 100 })
    }
}

impl Kind for PathKind {
    type Value = String;
    const NAME: &'static str = "UrlPath";
    fn read(text: &str) -> Result<String, Wrong> {
        const PATH_BYTES_MAX: usize = 1_024;
        let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'?' && byte != b'#';
        if text.starts_with('/') && text.len() <= PATH_BYTES_MAX && text.bytes().all(plain) {
            return Ok(text.to_owned());
        }
        let suggestion = if text.bytes().all(plain) && !text.is_empty() && !text.starts_with('/') {
            format!("write `/{text}`")
        } else {
            "write a path like `/healthz`, without blanks, `?` and `#`".to_owned()
        };
        Err(Wrong::new("bad-path", format!("{} is no path", quoted(text)), suggestion))
    }
    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^/[^?# ]*$", "maxLength": 1024 })
    }
}

impl Kind for HostKind {
    type Value = String;
    const NAME: &'static str = "HostName";
    fn read(text: &str) -> Result<String, Wrong> {
        const HOST_BYTES_MAX: usize = 253;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let good = |name: &str| !name.is_empty() && name.len() <= HOST_BYTES_MAX && name.chars().all(plain);
        if good(text.strip_prefix("*.").unwrap_or(text)) {
            return Ok(text.to_ascii_lowercase());
        }
        let without_scheme = text.split_once("://").map_or(text, |(_, rest)| rest);
        let bare = without_scheme.split(['/', ':']).next().unwrap_or("");
        let suggestion =
            if good(bare) { format!("write `{bare}`") } else { "write one like `shop.example`".to_owned() };
        let message = format!("{} is no host name: it takes no scheme, port or path", quoted(text));
        Err(Wrong::new("bad-host", message, suggestion))
    }
    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^(\\*\\.)?[A-Za-z0-9._-]+$", "maxLength": 253 })
    }
}

impl Kind for ListenKind {
    type Value = SocketAddr;
    const NAME: &'static str = "ListenAddress";
    fn read(text: &str) -> Result<SocketAddr, Wrong> {
        let bad = |why: &str, suggestion: String| {
            Wrong::new("bad-listen-address", format!("{} {why}", quoted(text)), suggestion)
        };
        if let Ok(address) = text.parse::<SocketAddr>() {
            return match address.port() {
                0 => Err(bad("has no fixed port", format!("write a port, like `{}:8080`", address.ip()))),
                _ => Ok(address),
            };
        }
        let port = text.rsplit(':').next().and_then(|port| port.parse::<u16>().ok()).filter(|port| *port > 0);
        let suggestion = format!("write `127.0.0.1:{}`", port.unwrap_or(8_080));
        Err(bad("is no address to listen on: it takes an IP address and a port", suggestion))
    }
    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^.+:[0-9]+$", "examples": ["127.0.0.1:8080"] })
    }
}

/// RFC 9110 section 5.6.2, which RFC 6265 takes for cookie names.
pub fn is_token(name: &str) -> bool {
    const TOKEN_BYTES_MAX: usize = 128;
    let mark = |byte: u8| b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty()
        && name.len() <= TOKEN_BYTES_MAX
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || mark(byte))
}

impl Kind for CookieKind {
    type Value = String;
    const NAME: &'static str = "CookieName";
    fn read(text: &str) -> Result<String, Wrong> {
        if is_token(text) {
            return Ok(text.to_owned());
        }
        Err(Wrong::new(
            "bad-name",
            format!("{} is no cookie name", quoted(text)),
            "write one like `tidegate`",
        ))
    }
    fn schema() -> Value {
        json!({ "type": "string", "minLength": 1, "maxLength": 128 })
    }
}

impl Kind for ThresholdKind {
    type Value = String;
    const NAME: &'static str = "Threshold";
    fn read(text: &str) -> Result<String, Wrong> {
        Ok(text.to_owned())
    }
    fn schema() -> Value {
        json!({ "type": ["number", "string"], "examples": [0.05, "5%", "500ms"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_names() {
        let long = "x".repeat(60);
        for (text, expect) in
            [("My Shop!", "my-shop"), ("2api", "api"), ("a__b", "a-b"), ("é", ""), ("-", "")]
        {
            assert_eq!(slug(text), expect, "{text}");
        }
        assert!(ComponentName::new(slug(&long)).is_ok());
        assert!(ComponentName::new(slug(&format!("{}-b", "x".repeat(39)))).is_ok());
    }

    #[test]
    fn addresses() {
        assert!(ListenKind::read("127.0.0.1:8080").is_ok());
        assert!(ListenKind::read("[::1]:8080").is_ok());
        for (text, expect) in [
            ("8080", "write `127.0.0.1:8080`"),
            (":9000", "write `127.0.0.1:9000`"),
            ("localhost:9000", "write `127.0.0.1:9000`"),
            ("127.0.0.1", "write `127.0.0.1:8080`"),
            ("127.0.0.1:0", "write a port, like `127.0.0.1:8080`"),
            ("", "write `127.0.0.1:8080`"),
        ] {
            assert_eq!(ListenKind::read(text).unwrap_err().suggestion, expect, "{text}");
        }
    }

    #[test]
    fn hosts_and_paths() {
        for good in ["shop.example", "*.shop.example", "localhost"] {
            assert!(HostKind::read(good).is_ok(), "{good}");
        }
        assert_eq!(
            HostKind::read("http://shop.example:80/x").unwrap_err().suggestion,
            "write `shop.example`"
        );
        assert!(HostKind::read("*").is_err());
        assert_eq!(PathKind::read("healthz").unwrap_err().suggestion, "write `/healthz`");
        assert!(PathKind::read("/a?b").is_err());
        assert!(PathKind::read("/a b").is_err());
    }
}
