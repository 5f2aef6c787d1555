//! People, groups and tokens.
//!
//! Invariant: what somebody may do is said with where. Not here: secrets.

use tidegate_api::{Grant, Group, Person, PersonKind, Token, Whoami};

use super::piece::{self, Row};
use super::table::Table;
use super::{number, spelt};
use crate::paint::{Paint, Tone};

pub fn list(people: &[Person], paint: Paint, width: Option<usize>) -> String {
    if people.is_empty() {
        let hint = "Nobody yet. `tidegate user create NAME --admin` makes the first administrator.";
        return piece::text(&[Row::new().plain(hint)], paint);
    }
    let mut table = Table::new(&["name", "is", "may", "groups"]);
    for person in people {
        let (tone, is) = state(person);
        table.row(vec![
            (Tone::Strong, person.name.clone()),
            (tone, is.to_owned()),
            (Tone::Plain, held(&person.effective)),
            (Tone::Plain, person.groups.join(", ")),
        ]);
    }
    piece::text(&table.rows(width), paint)
}

pub fn one(person: &Person, paint: Paint) -> String {
    let (tone, is) = state(person);
    let mut rows = vec![
        Row::new()
            .add(Tone::Strong, &person.name)
            .plain(format!(" ({})", person.display))
            .plain(", ")
            .add(tone, is),
        Row::new().add(Tone::Quiet, "  may      ").plain(held(&person.effective)),
    ];
    let mut told = |what: &str, text: String| {
        if !text.is_empty() {
            rows.push(Row::new().add(Tone::Quiet, format!("  {what:<9}")).plain(text));
        }
    };
    told("groups", person.groups.join(", "));
    told("signs in", signs_in(person));
    told("disabled", person.disabled.clone().unwrap_or_default());
    piece::text(&rows, paint)
}

fn signs_in(person: &Person) -> String {
    let password = person.has_password.then(|| "with a password".to_owned());
    let providers = person.links.iter().map(|link| format!("through {} as {}", link.issuer, link.subject));
    password.into_iter().chain(providers).collect::<Vec<_>>().join(", ")
}

pub fn whoami(whoami: &Whoami, paint: Paint) -> String {
    if whoami.open {
        let text = format!(
            "{}, taken at your word: there is nobody yet, so everybody on this machine may do everything.",
            if whoami.name.is_empty() { "somebody" } else { &whoami.name }
        );
        return piece::text(&[Row::new().plain(text)], paint);
    }
    let mut rows = vec![
        Row::new().add(Tone::Strong, &whoami.name).plain(format!(" ({}), by {}", whoami.display, whoami.how)),
        Row::new().add(Tone::Quiet, "  may      ").plain(held(&whoami.grants)),
    ];
    if !whoami.groups.is_empty() {
        rows.push(Row::new().add(Tone::Quiet, "  groups   ").plain(whoami.groups.join(", ")));
    }
    piece::text(&rows, paint)
}

pub fn groups(groups: &[Group], paint: Paint, width: Option<usize>) -> String {
    if groups.is_empty() {
        let hint = "No groups. Give one a role with `tidegate group grant GROUP --role ROLE`.";
        return piece::text(&[Row::new().plain(hint)], paint);
    }
    let mut table = Table::new(&["group", "may", "people"]);
    for group in groups {
        table.row(vec![
            (Tone::Strong, group.name.clone()),
            (Tone::Plain, held(&group.grants)),
            (Tone::Plain, group.people.join(", ")),
        ]);
    }
    piece::text(&table.rows(width), paint)
}

pub fn tokens(tokens: &[Token], paint: Paint, width: Option<usize>) -> String {
    if tokens.is_empty() {
        let hint = "No tokens. Make one with `tidegate token create`.";
        return piece::text(&[Row::new().plain(hint)], paint);
    }
    let mut table = Table::new(&["id", "for", "may", "ends", "last used"]);
    for token in tokens {
        let (tone, ends) = match (token.valid, token.revoked) {
            (true, _) => (Tone::Plain, number::time(token.expires_ms)),
            (false, true) => (Tone::Quiet, "revoked".to_owned()),
            (false, false) => (Tone::Quiet, "over".to_owned()),
        };
        let may = token.scope.as_deref().map_or_else(|| "all of its owner".to_owned(), held);
        let used = token.last_used_ms.map_or_else(|| "never".to_owned(), number::time);
        table.row(vec![
            (Tone::Strong, token.id.clone()),
            (Tone::Plain, token.label.clone()),
            (Tone::Plain, may),
            (tone, ends),
            (Tone::Plain, used),
        ]);
    }
    piece::text(&table.rows(width), paint)
}

fn state(person: &Person) -> (Tone, &'static str) {
    match (&person.disabled, person.kind) {
        (Some(_), _) => (Tone::Warning, "disabled"),
        (None, PersonKind::Person) => (Tone::Plain, "a person"),
        (None, PersonKind::Service) => (Tone::Plain, "a service"),
    }
}

/// `developer, approver in production`
fn held(grants: &[Grant]) -> String {
    if grants.is_empty() {
        return "nothing".to_owned();
    }
    grants.iter().map(words).collect::<Vec<_>>().join(", ")
}

fn words(grant: &Grant) -> String {
    let role = spelt(&grant.role);
    let environment = grant.environment.as_deref().map(|name| format!(" in {name}")).unwrap_or_default();
    let project = grant.project.as_deref().map(|name| format!(" of {name}")).unwrap_or_default();
    format!("{role}{environment}{project}")
}

#[cfg(test)]
mod tests {
    use tidegate_api::{Link, Role};

    use super::*;

    fn ann() -> Person {
        let grant = |role, environment: Option<&str>| Grant {
            role,
            project: None,
            environment: environment.map(str::to_owned),
        };
        Person {
            name: "ann".to_owned(),
            kind: PersonKind::Person,
            display: "Ann Lee".to_owned(),
            grants: vec![grant(Role::Developer, None)],
            groups: vec!["ops".to_owned()],
            effective: vec![grant(Role::Developer, None), grant(Role::Approver, Some("production"))],
            has_password: true,
            providers: vec!["https://id.example.org".to_owned()],
            links: vec![Link {
                issuer: "https://id.example.org".to_owned(),
                subject: "248289761001".to_owned(),
            }],
            disabled: None,
            added_ms: 0,
            changed_ms: 0,
        }
    }

    #[test]
    fn people_are_told_with_what_they_may() {
        let gone = Person {
            name: "bob".to_owned(),
            disabled: Some("left".to_owned()),
            effective: Vec::new(),
            ..ann()
        };
        let paint = Paint { colour: false };
        let told = [
            list(&[ann(), gone.clone()], paint, None),
            one(&ann(), paint),
            one(&gone, paint),
            list(&[], paint, None),
        ];
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn tokens_are_told_without_their_text() {
        let token = |valid, revoked, scope| Token {
            id: "0f1e2d3c4b5a6978".to_owned(),
            person: "ci".to_owned(),
            label: "build".to_owned(),
            scope,
            issued_ms: 0,
            expires_ms: 1_795_000_000_000,
            revoked,
            valid,
            last_used_ms: valid.then_some(1_794_000_000_000),
        };
        let scope =
            Some(vec![Grant { role: Role::Viewer, project: Some("shop".to_owned()), environment: None }]);
        let all = [token(true, false, scope), token(false, true, None), token(false, false, None)];
        insta::assert_snapshot!(tokens(&all, Paint { colour: false }, None));
    }
}
