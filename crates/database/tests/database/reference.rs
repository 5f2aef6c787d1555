//! The reference of the rules says what the rules say.

use std::fmt::Write as _;
use std::path::Path;

use tidegate_database::Severity;
use tidegate_database::lint::{Effect, RULES, Rule};

const HEAD: &str = "# Rules for database changes

What `tidegate database check` finds in migrations ([guide](../guides/database-changes.md)). `breaks` is looked for in files of
the phase expand alone: a contraction takes away on purpose. A finding keeps a file from being run until it is mended, or
allowed by a comment before its statement, where the rule can be allowed:

```sql
-- tidegate: allow index-blocks-writes because the table has ten rows
CREATE INDEX people_mail ON people (mail);
```

The list is made from the program; a rule that is not allowable says so, and `told` keeps nothing from running. Statements
that are none of the kinds that are known to be harmless are unknown, never passed over.
";

fn row(rule: &Rule) -> String {
    let mut notes = Vec::new();
    if rule.severity == Severity::Tell {
        notes.push("told");
    }
    if !rule.is_allowable {
        notes.push("not allowable");
    }
    let happens = match rule.in_sqlite {
        Some((happens, _)) => format!("{}; in SQLite: {happens}", rule.happens),
        None => rule.happens.to_owned(),
    };
    let instead = match rule.in_sqlite {
        Some((_, instead)) => format!("{}; in SQLite: {instead}", rule.instead),
        None => rule.instead.to_owned(),
    };
    format!("| `{}` | {happens} | {instead} | {} |\n", rule.code, notes.join(", "))
}

#[test]
fn the_reference_is_made_of_the_rules() {
    let mut page = HEAD.to_owned();
    for (effect, title) in [
        (Effect::Lock, "Long locks"),
        (Effect::Breaks, "What breaks the running version"),
        (Effect::Form, "What cannot be run"),
        (Effect::Unknown, "What cannot be judged"),
    ] {
        let _infallible =
            write!(page, "\n## {title}\n\n| rule | what happens | instead | |\n|---|---|---|---|\n");
        RULES.iter().filter(|rule| rule.effect == effect).for_each(|rule| page.push_str(&row(rule)));
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/database-rules.md");
    if std::env::var_os("TIDEGATE_WRITE_DOCS").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    assert!(std::fs::read_to_string(&file).unwrap_or_default() == page, "run it with TIDEGATE_WRITE_DOCS=1");
}
