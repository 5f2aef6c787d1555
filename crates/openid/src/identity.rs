//! Who the provider says somebody is, as far as it matters here.
//!
//! Invariant: an address counts only when the provider says that it was verified, or is trusted with that; of the groups
//! there, only those that have a name here come along. Deliberately not here: who that is here (the server).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::settings::ProviderSettings;
use crate::token::Claims;

const GROUPS_MAX: usize = 2_000;
const DISPLAY_CHARS_MAX: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub issuer: String,
    /// Never given to anybody else there.
    pub subject: String,
    /// Verified, in lower case.
    pub email: Option<String>,
    /// What they could be called here: the claim that the settings name.
    pub name: Option<String>,
    pub display: Option<String>,
    /// By their names here, out of all that the provider decides on; none where it is not asked for groups.
    pub groups: Option<(BTreeSet<String>, BTreeSet<String>)>,
}

impl Identity {
    pub(crate) fn read(claims: &Claims, settings: &ProviderSettings) -> Self {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let email = text("email").filter(|_| settings.trust_email || is_verified(claims));
        let email = email.map(|email| email.to_lowercase()).filter(|email| is_address(email));
        let name = if settings.name_claim == "email" { email.clone() } else { text(&settings.name_claim) };
        Self {
            issuer: settings.issuer.clone(),
            subject: text("sub").unwrap_or_default(),
            email,
            name: name.map(|name| name.to_lowercase()),
            display: text("name").map(|name| one_line(&name)).filter(|name| !name.is_empty()),
            groups: settings.groups.as_ref().map(|(claim, map)| groups(claims, claim, map)),
        }
    }

    /// Whether the verified address is of one of these domains; of any where there are none.
    pub fn is_of(&self, domains: &BTreeSet<String>) -> bool {
        let domain = self.email.as_deref().and_then(|email| email.rsplit_once('@')).map(|(_, domain)| domain);
        domains.is_empty() || domain.is_some_and(|domain| domains.contains(domain))
    }
}

/// Whether what the settings need stands in these claims, so that nothing more has to be asked for.
pub(crate) fn is_whole(claims: &Claims, settings: &ProviderSettings) -> bool {
    let finds_by_address = settings.match_email || settings.create;
    let address = !finds_by_address || claims.contains_key("email");
    let name = !settings.create || claims.contains_key(&settings.name_claim);
    let groups = settings.groups.as_ref().is_none_or(|(claim, _)| look(claims, claim).is_some());
    address && name && groups
}

/// Some write it as a text.
fn is_verified(claims: &Claims) -> bool {
    match claims.get("email_verified") {
        Some(Value::Bool(is)) => *is,
        Some(Value::String(text)) => text == "true",
        _ => false,
    }
}

fn is_address(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic()) && text.len() <= 254;
    plain && text.matches('@').count() == 1 && !text.starts_with('@') && !text.ends_with('@')
}

fn one_line(text: &str) -> String {
    let plain = text.chars().filter(|letter| !letter.is_control());
    plain.take(DISPLAY_CHARS_MAX).collect::<String>().trim().to_owned()
}

/// Those they are in, and all that the provider decides on.
fn groups(
    claims: &Claims,
    claim: &str,
    map: &BTreeMap<String, String>,
) -> (BTreeSet<String>, BTreeSet<String>) {
    let one = |value: &Value| value.as_str().and_then(|name| map.get(name)).cloned();
    let found = match look(claims, claim) {
        Some(Value::Array(all)) => all.iter().take(GROUPS_MAX).filter_map(one).collect(),
        Some(value) => one(value).into_iter().collect(),
        None => BTreeSet::new(),
    };
    (found, map.values().cloned().collect())
}

/// A claim by its name, which may have dots itself, or by the way to it: `realm_access.roles`.
fn look<'a>(claims: &'a Claims, name: &str) -> Option<&'a Value> {
    if let Some(value) = claims.get(name) {
        return Some(value);
    }
    let mut parts = name.split('.');
    let first = claims.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.get(part))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::settings::Settings;

    fn settings(more: &str) -> ProviderSettings {
        let text = format!(
            "[[provider]]\nname = \"corp\"\nissuer = \"https://sso.example.com\"\nclient_id = \"tidegate\"\n{more}"
        );
        Settings::read(&text, Path::new(".")).unwrap().providers.remove(0)
    }

    fn read(claims: &Value, more: &str) -> Identity {
        Identity::read(claims.as_object().unwrap(), &settings(more))
    }

    #[test]
    fn an_address_counts_when_it_was_verified() {
        let check = |claims: Value, more: &str, expect: Option<&str>| {
            let identity = read(&claims, more);
            assert_eq!(identity.email.as_deref(), expect, "{claims} {more}");
            assert_eq!(identity.name.as_deref(), expect, "{claims} {more}");
        };
        check(json!({"email": "Ann@Example.com", "email_verified": true}), "", Some("ann@example.com"));
        check(json!({"email": "ann@example.com", "email_verified": "true"}), "", Some("ann@example.com"));
        check(json!({"email": "ann@example.com", "email_verified": false}), "", None);
        check(json!({"email": "ann@example.com", "email_verified": 1}), "", None);
        check(json!({"email": "ann@example.com"}), "", None);
        check(json!({"email": "ann@example.com"}), "trust_email = true", Some("ann@example.com"));
        for bad in ["ann", "@example.com", "ann@", "a@b@c", "ann @example.com", "änn@example.com"] {
            check(json!({"email": bad, "email_verified": true}), "", None);
        }
    }

    #[test]
    fn a_domain_is_the_whole_of_it() {
        let of = |email: &str| read(&json!({"email": email, "email_verified": true}), "");
        let domains = BTreeSet::from(["example.com".to_owned()]);
        assert!(of("ann@example.com").is_of(&domains) && of("ann@else.org").is_of(&BTreeSet::new()));
        for other in ["ann@evil-example.com", "ann@example.com.evil.org", "ann@sub.example.com", ""] {
            assert!(!of(other).is_of(&domains), "{other}");
        }
    }

    #[test]
    fn only_groups_with_a_name_here_come_along() {
        let map = "group_claim = \"groups\"\n[provider.groups]\n\"release managers\" = \"ops\"\n\"/qa\" = \"testers\"\n";
        let check = |claims: Value, expect: &[&str]| {
            let (found, all) = read(&claims, map).groups.unwrap();
            assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expect, "{claims}");
            assert_eq!(all.len(), 2);
        };
        check(json!({"groups": ["release managers", "admins"]}), &["ops"]);
        check(json!({"groups": ["/qa", "release managers", 7, null]}), &["ops", "testers"]);
        check(json!({"groups": "/qa"}), &["testers"]);
        check(json!({"groups": {}}), &[]);
        check(json!({}), &[]);
        assert_eq!(read(&json!({"groups": ["/qa"]}), "").groups, None);
    }

    #[test]
    fn a_claim_may_lie_deeper_or_have_dots_in_its_name() {
        let deep = json!({"realm_access": {"roles": ["a"]}, "https://corp.example/groups": ["b"]});
        let claims = deep.as_object().unwrap();
        assert_eq!(look(claims, "realm_access.roles"), Some(&json!(["a"])));
        assert_eq!(look(claims, "https://corp.example/groups"), Some(&json!(["b"])));
        assert_eq!(look(claims, "realm_access.nothing"), None);
    }

    #[test]
    fn what_is_shown_is_one_short_line() {
        let shown = read(&json!({"name": format!("Ann\n{}", "x".repeat(500))}), "").display.unwrap();
        assert!(shown.starts_with("Annx") && shown.chars().count() == DISPLAY_CHARS_MAX);
        assert_eq!(read(&json!({"name": " "}), "").display, None);
    }
}
