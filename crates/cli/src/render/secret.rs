//! Secrets: that they are there. Not here: any value; none comes this far.

use tidegate_api::{Page, Secret, SecretsRotated};

use super::number;
use super::piece::{self, Row};
use super::table::Table;
use crate::paint::{Paint, Tone};

pub fn list(by_environment: &[(String, Page<Secret>)], paint: Paint, width: Option<usize>) -> String {
    if by_environment.iter().all(|(_, page)| page.items.is_empty()) {
        let hint = "No secrets. Name them under `secrets:` in tidegate.yaml, and set each: `tidegate secret set NAME --env ENVIRONMENT`.";
        return piece::text(&[Row::new().plain(hint)], paint);
    }
    let mut table = Table::new(&["environment", "secret", "revision", "fingerprint", "set", "by", ""]);
    for (environment, page) in by_environment {
        for secret in &page.items {
            let (tone, remark) = match (secret.revision, secret.asked_for) {
                (None, _) => (Tone::Bad, "missing"),
                (Some(_), false) => (Tone::Quiet, "nothing asks for it"),
                (Some(_), true) => (Tone::Plain, ""),
            };
            let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
            table.row(vec![
                (Tone::Plain, environment.clone()),
                (Tone::Strong, secret.name.clone()),
                (Tone::Plain, or_none(secret.revision.map(|revision| revision.to_string()))),
                (Tone::Plain, or_none(secret.fingerprint.clone())),
                (Tone::Plain, or_none(secret.set_ms.map(number::time))),
                (Tone::Plain, or_none(secret.set_by.clone())),
                (tone, remark.to_owned()),
            ]);
        }
    }
    piece::text(&table.rows(width), paint)
}

pub fn set(secret: &Secret, environment: &str, paint: Paint) -> String {
    let revision = secret.revision.unwrap_or_default();
    let fingerprint = secret.fingerprint.as_deref().unwrap_or("none");
    let mut rows = vec![
        Row::new()
            .add(Tone::Strong, &secret.name)
            .plain(format!(" of {environment} is set (revision {revision}, fingerprint {fingerprint}).")),
    ];
    rows.push(Row::new().plain(if secret.asked_for {
        "Instances that start from now on get it; those that run keep what they have.".to_owned()
    } else {
        format!("Nothing asks for it yet: name it under `secrets:` of {environment} in tidegate.yaml.")
    }));
    piece::text(&rows, paint)
}

pub fn rotated(rotated: &SecretsRotated) -> String {
    let told = format!("{} sealed under the new key.\n", number::counted(rotated.secrets as u64, "secret"));
    if rotated.old_lines_stay {
        return format!("{told}The old lines of the key's file may be removed now.\n");
    }
    format!("{told}The old key is gone; keep a copy of the new one apart from backups.\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::STARTED_MS;

    #[test]
    fn secrets_are_told_without_their_values() {
        let secret = Secret {
            name: "DB_PASSWORD".to_owned(),
            asked_for: true,
            revision: Some(2),
            fingerprint: Some("0f3a5c7e9b1d".to_owned()),
            set_by: Some("ann".to_owned()),
            set_ms: Some(STARTED_MS),
        };
        let missing = Secret {
            name: "MAIL_TOKEN".to_owned(),
            revision: None,
            fingerprint: None,
            set_by: None,
            set_ms: None,
            ..secret.clone()
        };
        let spare = Secret { name: "OLD_TOKEN".to_owned(), asked_for: false, ..secret.clone() };
        let page = Page { items: vec![secret.clone(), missing, spare], next: None };
        insta::assert_snapshot!(
            "secret-list",
            list(&[("production".to_owned(), page)], Paint::default(), Some(100))
        );
        insta::assert_snapshot!("secret-set", set(&secret, "production", Paint::default()));
        assert_eq!(
            rotated(&SecretsRotated { secrets: 1, old_lines_stay: true }),
            "1 secret sealed under the new key.\nThe old lines of the key's file may be removed now.\n"
        );
    }
}
