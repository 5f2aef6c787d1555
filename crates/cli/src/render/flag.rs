//! Feature flags: what they are, how they stand, who gets what. Not here: JSON of definitions, which stays as it is.

use tidegate_api::{
    Flag, FlagChange, FlagEnvironment, FlagEvaluation, FlagExposure, FlagKey, FlagKeyKind, FlagKind,
    FlagNotImported, FlagProposal, FlagsImported,
};

use super::number;
use super::piece::{self, Row};
use super::table::Table;
use crate::commands::flag_refs::{Found, Reference};
use crate::paint::{Paint, Tone};

/// Of one list that people read.
const SHOWN_MAX: usize = 200;

/// `all`: nothing was left out that was not asked for.
pub fn list((flags, all): (&[Flag], bool), paint: Paint, width: Option<usize>) -> String {
    if flags.is_empty() {
        let hint = if all {
            "No flags. Make one: `tidegate flag create KEY --env ENVIRONMENT`."
        } else {
            "None of the flags is so. See them all: `tidegate flag list`."
        };
        return piece::text(&[Row::new().plain(hint)], paint);
    }
    let mut table = Table::new(&["flag", "kind", "owner", "stands", "changed", ""]);
    for flag in flags {
        let (tone, remark) = match (&flag.stale, flag.waiting) {
            (Some(stale), _) => (Tone::Quiet, stale.clone()),
            (None, 0) => (Tone::Plain, String::new()),
            (None, waiting) => {
                (Tone::Strong, format!("{} to approve", number::counted(waiting as u64, "change")))
            }
        };
        table.row(vec![
            (Tone::Strong, flag.key.clone()),
            (Tone::Plain, kind(flag.kind).to_owned()),
            (Tone::Plain, flag.owner.clone().unwrap_or_else(|| "-".to_owned())),
            (Tone::Plain, stands(flag)),
            (Tone::Plain, number::time(flag.changed_ms)),
            (tone, remark),
        ]);
    }
    piece::text(&table.rows(width), paint)
}

/// `staging on, production off`
fn stands(flag: &Flag) -> String {
    if flag.archived {
        return "archived".to_owned();
    }
    let each = flag.environments.iter().map(|one| format!("{} {}", one.environment, word(one.on)));
    let all: Vec<String> = each.collect();
    if all.is_empty() { "nowhere".to_owned() } else { all.join(", ") }
}

pub fn one(flag: &Flag, paint: Paint) -> String {
    let mut head = Row::new().add(Tone::Strong, &flag.key).plain(format!("  {}", kind(flag.kind)));
    if let Some(owner) = &flag.owner {
        head = head.plain(format!(", owned by {owner}"));
    }
    if flag.archived {
        head = head.add(Tone::Quiet, "  archived");
    }
    let mut rows = vec![head];
    rows.extend(flag.description.as_ref().map(|text| Row::new().plain(text)));
    if let Some(release) = &flag.release {
        rows.push(Row::new().plain(format!("belongs to release {release}")));
    }
    if let Some(by) = flag.remove_by_ms {
        rows.push(Row::new().plain(format!("to be removed by {}", number::time(by))));
    }
    rows.extend(flag.stale.as_ref().map(|why| Row::new().add(Tone::Quiet, format!("stale: {why}"))));
    if flag.environments.is_empty() {
        let hint = format!("It stands nowhere yet: `tidegate flag set {} --env ENVIRONMENT FILE`.", flag.key);
        rows.push(Row::new().plain(hint));
    }
    for environment in &flag.environments {
        rows.extend(place(environment));
    }
    for proposal in flag.proposals.iter().flatten() {
        rows.push(waiting(proposal));
        rows.extend(
            proposal.reason.as_ref().map(|reason| Row::new().plain(format!("  \u{201c}{reason}\u{201d}"))),
        );
        rows.extend(proposal.definition.iter().flat_map(definition));
    }
    piece::text(&rows, paint)
}

fn place(at: &FlagEnvironment) -> Vec<Row> {
    let tone = if at.on { Tone::Good } else { Tone::Bad };
    let by = match &at.approved_by {
        Some(second) => format!("{} and {second}", at.changed_by),
        None => at.changed_by.clone(),
    };
    let head = Row::new()
        .add(Tone::Strong, &at.environment)
        .plain("  ")
        .add(tone, word(at.on))
        .plain(format!("  edition {} by {by}, {}", at.edition, number::time(at.changed_ms)));
    let mut rows = vec![head];
    rows.extend(at.reason.as_ref().map(|reason| Row::new().plain(format!("  \u{201c}{reason}\u{201d}"))));
    let given: Vec<String> = at
        .served
        .iter()
        .map(|served| format!("`{}` {}×", served.variant, number::grouped(served.count)))
        .collect();
    rows.push(Row::new().plain(match at.evaluated_ms {
        None => "  never asked for".to_owned(),
        Some(last) => format!("  last asked for {}: {}", number::time(last), given.join(", ")),
    }));
    rows.extend(at.warnings.iter().map(|warning| {
        let path = if warning.path.is_empty() { "/" } else { &warning.path };
        Row::new().plain("  ").add(Tone::Warning, format!("{path}: {}", warning.why))
    }));
    rows.extend(at.definition.iter().flat_map(definition));
    rows
}

fn definition(definition: &serde_json::Value) -> Vec<Row> {
    let text = serde_json::to_string_pretty(definition).unwrap_or_default();
    text.lines().map(|line| Row::new().plain(format!("  {line}"))).collect()
}

fn waiting(change: &FlagProposal) -> Row {
    let what = match (change.on, change.edition) {
        (Some(on), _) => format!("switch it {}", word(on)),
        (None, Some(edition)) => format!("go back to edition {edition}"),
        (None, None) => "a new definition".to_owned(),
    };
    let row = Row::new()
        .add(Tone::Strong, format!("change {}", change.id))
        .plain(format!(" for {}: {what}, proposed by {}", change.environment, change.by));
    if change.stale { row.add(Tone::Quiet, " (stale: withdraw it and propose it anew)") } else { row }
}

pub fn history(changes: &[FlagChange], paint: Paint) -> String {
    let mut rows = Vec::new();
    for change in changes {
        let what = change.kind.strip_prefix("flag.").unwrap_or(&change.kind);
        let mut head = Row::new()
            .plain(format!("{}  ", number::time(change.at_ms)))
            .add(Tone::Strong, what)
            .plain(format!(" by {}", change.by));
        if let Some(second) = &change.approved_by {
            head = head.plain(format!(" and {second}"));
        }
        if let Some(environment) = &change.environment {
            head = head.plain(format!(" in {environment}"));
        }
        if let Some(edition) = change.edition {
            head = head.plain(format!(", edition {edition}"));
        }
        if let Some(proposal) = change.proposal {
            head = head.plain(format!(", change {proposal}"));
        }
        rows.push(head);
        rows.extend(
            change.reason.as_ref().map(|reason| Row::new().plain(format!("  \u{201c}{reason}\u{201d}"))),
        );
        for one in &change.differences {
            let told = |value: &Option<serde_json::Value>| {
                value.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string)
            };
            let path = if one.path.is_empty() { "/" } else { &one.path };
            rows.push(Row::new().plain(format!("  {path}: {} → {}", told(&one.before), told(&one.after))));
        }
    }
    piece::text(&rows, paint)
}

/// Of each step how often each variant was given, and its share.
pub fn exposure(told: &FlagExposure, paint: Paint) -> String {
    if told.variants.is_empty() {
        let from = number::time(told.from_ms);
        let hint = format!("No program was given it since {from}: trying it counts nowhere.");
        return piece::text(&[Row::new().plain(hint)], paint);
    }
    let mut heads = vec!["until"];
    heads.extend(told.variants.iter().map(String::as_str));
    let mut table = Table::new(&heads);
    for point in &told.points {
        let sum: u64 = point.given.iter().sum();
        let cell = |given: &u64| match sum {
            0 => (Tone::Quiet, "-".to_owned()),
            _ => (Tone::Plain, format!("{given} ({})", number::percent(*given as f64 / sum as f64))),
        };
        let mut cells = vec![(Tone::Plain, number::time(point.at_ms))];
        cells.extend(point.given.iter().map(cell));
        table.row(cells);
    }
    piece::text(&table.rows(None), paint)
}

pub fn imported(told: &FlagsImported, paint: Paint) -> String {
    let mut rows = Vec::new();
    let did = if told.dry_run { "would be " } else { "" };
    for (keys, word) in
        [(&told.created, "created"), (&told.changed, "changed"), (&told.unchanged, "unchanged")]
    {
        if !keys.is_empty() {
            let count = number::counted(keys.len() as u64, "flag");
            rows.push(Row::new().plain(format!("{count} {did}{word}")));
        }
    }
    let not = |one: &FlagNotImported, tone, word: &str| {
        let key = one.key.as_deref().unwrap_or("the document");
        Row::new()
            .add(tone, format!("{word} "))
            .add(Tone::Strong, key)
            .plain(format!(" at {}: {}", one.path, one.why))
    };
    rows.extend(told.refused.iter().take(SHOWN_MAX).map(|one| not(one, Tone::Bad, "refused")));
    rows.extend(told.advice.iter().take(SHOWN_MAX).map(|one| not(one, Tone::Quiet, "note")));
    if rows.is_empty() {
        rows.push(Row::new().plain("The document holds no flags."));
    }
    piece::text(&rows, paint)
}

pub fn tried(items: &[FlagEvaluation], paint: Paint, width: Option<usize>) -> String {
    if items.is_empty() {
        return piece::text(&[Row::new().plain("No flag stands there.")], paint);
    }
    let mut table = Table::new(&["flag", "variant", "value", "why"]);
    for item in items {
        let (tone, why) = match &item.error_code {
            Some(code) => (Tone::Bad, format!("{code}: {}", item.message.as_deref().unwrap_or_default())),
            None => (Tone::Plain, item.reason.clone()),
        };
        let value =
            item.value.as_ref().map_or_else(|| "the caller's default".to_owned(), ToString::to_string);
        table.row(vec![
            (Tone::Strong, item.key.clone()),
            (Tone::Plain, item.variant.clone().unwrap_or_else(|| "-".to_owned())),
            (Tone::Plain, value),
            (tone, why),
        ]);
    }
    piece::text(&table.rows(width), paint)
}

pub fn keys(keys: &[FlagKey], paint: Paint, width: Option<usize>) -> String {
    if keys.is_empty() {
        let hint = "No keys. Make one: `tidegate flag keys create --env ENVIRONMENT --kind server`.";
        return piece::text(&[Row::new().plain(hint)], paint);
    }
    let mut table = Table::new(&["id", "kind", "label", "by", "made", "used", ""]);
    for key in keys {
        let remark = if key.revoked {
            "revoked"
        } else if key.valid {
            ""
        } else {
            "at its end"
        };
        table.row(vec![
            (Tone::Strong, key.id.clone()),
            (Tone::Plain, key_kind(key.kind).to_owned()),
            (Tone::Plain, key.label.clone()),
            (Tone::Plain, key.issued_by.clone()),
            (Tone::Plain, number::time(key.issued_ms)),
            (Tone::Plain, key.last_used_ms.map_or_else(|| "-".to_owned(), number::time)),
            (Tone::Quiet, remark.to_owned()),
        ]);
    }
    piece::text(&table.rows(width), paint)
}

pub fn references(found: &Found, paint: Paint) -> String {
    let line = |one: &Reference| format!("{}:{}  ", one.file, one.line);
    let mut rows: Vec<Row> =
        found.references.iter().map(|one| Row::new().plain(line(one)).add(Tone::Strong, &one.key)).collect();
    for key in &found.unreferenced {
        rows.push(Row::new().add(Tone::Quiet, "no reference: ").add(Tone::Strong, key));
    }
    for one in &found.unknown {
        let row = Row::new().plain(line(one)).add(Tone::Bad, "no such flag: ").add(Tone::Strong, &one.key);
        rows.push(row);
    }
    let counted = number::counted(found.references.len() as u64, "reference");
    let files = number::counted(found.files as u64, "file");
    let more = if found.cut { ", and more was not looked at" } else { "" };
    rows.push(Row::new().plain(format!("{counted} in {files}{more}.")));
    piece::text(&rows, paint)
}

pub fn key_kind(kind: FlagKeyKind) -> &'static str {
    match kind {
        FlagKeyKind::Client => "client",
        FlagKeyKind::Server => "server",
    }
}

fn kind(kind: FlagKind) -> &'static str {
    match kind {
        FlagKind::Release => "release",
        FlagKind::Experiment => "experiment",
        FlagKind::Operations => "operations",
        FlagKind::Permission => "permission",
    }
}

fn word(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidegate_api::{FlagDifference, FlagExposurePoint, FlagServed};

    use super::*;
    use crate::render::samples::STARTED_MS;

    fn flag() -> Flag {
        let environment = FlagEnvironment {
            environment: "production".to_owned(),
            edition: 3,
            on: true,
            definition: Some(json!({"state": "ENABLED", "variants": {"on": true}})),
            changed_by: "ann".to_owned(),
            approved_by: Some("bob".to_owned()),
            changed_ms: STARTED_MS,
            reason: Some("it is ready".to_owned()),
            evaluated_ms: Some(STARTED_MS),
            served: vec![FlagServed { variant: "on".to_owned(), count: 12_345, last_ms: STARTED_MS }],
            stale: None,
            rollout: None,
            warnings: Vec::new(),
        };
        let off = FlagEnvironment {
            environment: "staging".to_owned(),
            on: false,
            definition: None,
            approved_by: None,
            reason: None,
            evaluated_ms: None,
            served: Vec::new(),
            ..environment.clone()
        };
        let proposal = FlagProposal {
            id: 4,
            environment: "production".to_owned(),
            against: 2,
            stale: true,
            definition: None,
            on: Some(true),
            edition: None,
            by: "ann".to_owned(),
            at_ms: STARTED_MS,
            reason: None,
        };
        Flag {
            key: "new-checkout".to_owned(),
            kind: FlagKind::Release,
            owner: Some("Team Shop".to_owned()),
            description: Some("The new checkout".to_owned()),
            remove_by_ms: Some(STARTED_MS),
            release: None,
            archived: false,
            environments: vec![environment, off],
            proposals: Some(vec![proposal]),
            waiting: 1,
            stale: None,
            created_ms: STARTED_MS,
            changed_ms: STARTED_MS,
        }
    }

    #[test]
    fn flags_are_told_in_lists_and_alone() {
        let old = Flag {
            key: "old".to_owned(),
            owner: None,
            environments: Vec::new(),
            waiting: 0,
            stale: Some("nobody asked for it in 30 days".to_owned()),
            ..flag()
        };
        insta::assert_snapshot!("flag-list", list((&[flag(), old], true), Paint::default(), Some(120)));
        insta::assert_snapshot!("flag-one", one(&flag(), Paint::default()));
        assert!(list((&[], true), Paint::default(), None).contains("tidegate flag create"));
        assert!(list((&[], false), Paint::default(), None).contains("tidegate flag list"));
    }

    #[test]
    fn a_history_says_what_became_another() {
        let change = FlagChange {
            position: 7,
            kind: "flag.configured".to_owned(),
            by: "ann".to_owned(),
            approved_by: None,
            at_ms: STARTED_MS,
            reason: Some("ourselves first".to_owned()),
            environment: Some("staging".to_owned()),
            edition: Some(2),
            proposal: None,
            differences: vec![FlagDifference {
                path: "/defaultVariant".to_owned(),
                before: Some(json!("off")),
                after: Some(json!("on")),
            }],
        };
        insta::assert_snapshot!("flag-history", history(&[change], Paint::default()));
    }

    #[test]
    fn exposure_is_told_step_by_step_with_shares() {
        let point = |at: u64, given: &[u64]| FlagExposurePoint {
            at_ms: STARTED_MS + at * 3_600_000,
            given: given.to_vec(),
        };
        let told = FlagExposure {
            from_ms: STARTED_MS,
            until_ms: STARTED_MS + 3 * 3_600_000,
            step_ms: 3_600_000,
            variants: vec!["off".to_owned(), "on".to_owned()],
            points: vec![point(1, &[1_200, 0]), point(2, &[0, 0]), point(3, &[900, 300])],
        };
        insta::assert_snapshot!("flag-exposure", exposure(&told, Paint::default()));
        let nothing = FlagExposure { variants: Vec::new(), points: Vec::new(), ..told };
        assert!(exposure(&nothing, Paint::default()).contains("No program was given it since"));
    }

    #[test]
    fn an_import_says_what_became_of_each() {
        let refused = FlagNotImported {
            key: Some("broken".to_owned()),
            path: "/flags/broken/state".to_owned(),
            why: "a flag's state is \"ENABLED\" or \"DISABLED\"".to_owned(),
        };
        let told = FlagsImported {
            created: vec!["a".to_owned()],
            unchanged: vec!["b".to_owned(), "c".to_owned()],
            refused: vec![refused],
            dry_run: true,
            ..FlagsImported::default()
        };
        insta::assert_snapshot!("flag-imported", imported(&told, Paint::default()));
    }
}
