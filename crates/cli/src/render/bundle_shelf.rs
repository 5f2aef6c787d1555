//! Bundles of a server as text for people. Not here: bundles in files (`bundle`).

use tidegate_api::{Bundle, BundleKey, BundleKind, BundleShown, Page};

use super::number;
use super::piece::{self, Row};
use super::table::Table;
use crate::paint::{Paint, Tone};

pub fn list(page: &Page<Bundle>, paint: Paint, width: Option<usize>) -> String {
    if page.items.is_empty() {
        return "No bundles. Bring one: `tidegate bundle upload FILE`.\n".to_owned();
    }
    let mut table = Table::new(&["bundle", "version", "bytes", "uploaded", "by", "signed by", "digest"]);
    for bundle in &page.items {
        table.row(vec![
            (Tone::Strong, bundle.name.clone()),
            (Tone::Plain, bundle.version.clone()),
            (Tone::Plain, number::grouped(bundle.bytes)),
            (Tone::Plain, number::time(bundle.uploaded_ms)),
            (Tone::Plain, bundle.uploaded_by.clone()),
            (Tone::Plain, signers(bundle).join(", ")),
            (Tone::Quiet, bundle.digest.clone()),
        ]);
    }
    piece::text(&table.rows(width), paint)
}

pub fn kept(bundle: &Bundle, paint: Paint) -> String {
    piece::text(&head(bundle), paint)
}

pub fn one(shown: &BundleShown, paint: Paint) -> String {
    let mut rows = head(&shown.bundle);
    for file in &shown.files {
        let kind = match file.kind {
            Some(BundleKind::Binary) => "binary",
            Some(BundleKind::Config) => "config",
            Some(BundleKind::Document) => "document",
            Some(BundleKind::Migration) => "migration",
            Some(BundleKind::Mobile) => "mobile",
            None => "",
        };
        rows.push(Row::new().plain(format!("  {kind:<9} {:>12}  {}", file.bytes, file.path)));
    }
    rows.extend(shown.statements.iter().map(|kind| Row::new().plain(format!("  states {kind}"))));
    piece::text(&rows, paint)
}

pub fn keys(page: &Page<BundleKey>, paint: Paint, width: Option<usize>) -> String {
    if page.items.is_empty() {
        let hint =
            "No trusted keys, so no bundle is taken. Trust one: `tidegate bundle trust NAME FILE.pub`.\n";
        return hint.to_owned();
    }
    let mut table = Table::new(&["key", "trusted", "by", "id"]);
    for key in &page.items {
        table.row(vec![
            (Tone::Strong, key.name.clone()),
            (Tone::Plain, number::time(key.trusted_ms)),
            (Tone::Plain, key.trusted_by.clone()),
            (Tone::Quiet, key.id.clone()),
        ]);
    }
    piece::text(&table.rows(width), paint)
}

fn head(bundle: &Bundle) -> Vec<Row> {
    let mut rows = vec![
        Row::new().add(Tone::Strong, format!("{} {}", bundle.name, bundle.version)),
        Row::new().plain(&bundle.digest),
        Row::new().plain(format!("signed by {}", signers(bundle).join(", "))),
        Row::new().plain(format!("uploaded {} by {}", number::time(bundle.uploaded_ms), bundle.uploaded_by)),
    ];
    if !bundle.releases.is_empty() {
        rows.push(Row::new().plain(format!("released as {}", bundle.releases.join(", "))));
    }
    rows
}

fn signers(bundle: &Bundle) -> Vec<String> {
    let called = |signer: &tidegate_api::BundleSigner| match &signer.name {
        Some(name) => name.clone(),
        None => format!("{} (not trusted any more)", signer.id),
    };
    bundle.signers.iter().map(called).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_api::{BundleFile, BundleRole, BundleSigner};

    fn bundle() -> Bundle {
        let known = BundleSigner { id: "aa".repeat(32), name: Some("build".to_owned()) };
        Bundle {
            digest: format!("sha256:{}", "01".repeat(32)),
            name: "shop".to_owned(),
            version: "2.1.0".to_owned(),
            bytes: 1_234_567,
            signers: vec![known, BundleSigner { id: "bb".repeat(32), name: None }],
            uploaded_by: "ann".to_owned(),
            uploaded_ms: 1_700_000_000_000,
            releases: vec!["2.1.0".to_owned()],
        }
    }

    #[test]
    fn bundles_and_keys() {
        let file = BundleFile {
            path: "bin/api".to_owned(),
            sha256: "02".repeat(32),
            bytes: 1_000_000,
            media_type: "application/octet-stream".to_owned(),
            role: BundleRole::Artifact,
            artifact: Some("api".to_owned()),
            kind: Some(BundleKind::Binary),
            purl: None,
        };
        let statements = vec!["https://slsa.dev/provenance/v1".to_owned()];
        let shown = BundleShown { bundle: bundle(), files: vec![file], statements };
        let key = BundleKey {
            name: "build".to_owned(),
            id: "aa".repeat(32),
            pem: String::new(),
            trusted_by: "ann".to_owned(),
            trusted_ms: 1_700_000_000_000,
        };
        let paint = Paint::default();
        let listed = list(&Page { items: vec![bundle()], next: None }, paint, None);
        let signers = format!("build, {} (not trusted any more)", "bb".repeat(32));
        assert!(listed.starts_with("BUNDLE") && listed.contains(&signers), "{listed}");
        assert!(list(&Page { items: Vec::new(), next: None }, paint, None).starts_with("No bundles."));
        let told = one(&shown, paint);
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines[0], "shop 2.1.0");
        assert_eq!(lines[2], format!("signed by {signers}"));
        assert_eq!(lines[4], "released as 2.1.0");
        assert_eq!(lines[5], "  binary         1000000  bin/api");
        assert_eq!(lines[6], "  states https://slsa.dev/provenance/v1");
        let trusted = keys(&Page { items: vec![key], next: None }, paint, None);
        assert!(trusted.contains(&"aa".repeat(32)) && trusted.contains("ann"), "{trusted}");
        assert!(keys(&Page { items: Vec::new(), next: None }, paint, None).starts_with("No trusted keys"));
    }
}
