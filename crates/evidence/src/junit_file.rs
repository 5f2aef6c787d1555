//! JUnit XML, written: for outcomes that Tidegate saw itself, so that they are read, kept and judged like any other report.
//!
//! Invariant: what is written is well-formed whatever the outputs hold, and is read back with the same counts. Not here: reading it.

use std::fmt::Write as _;

/// One test that was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JunitCase {
    pub name: String,
    pub outcome: JunitOutcome,
    pub took_ms: u64,
    pub output: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JunitOutcome {
    Passed,
    /// With why.
    Failed(String),
    /// It could not be run.
    Errored(String),
}

/// A report of one suite.
pub fn junit_file(suite: &str, cases: &[JunitCase]) -> String {
    let count = |wanted: fn(&JunitOutcome) -> bool| cases.iter().filter(|case| wanted(&case.outcome)).count();
    let failed = count(|outcome| matches!(outcome, JunitOutcome::Failed(_)));
    let errored = count(|outcome| matches!(outcome, JunitOutcome::Errored(_)));
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    let total = cases.len();
    let name = escaped(suite);
    let _infallible = writeln!(
        xml,
        "<testsuite name=\"{name}\" tests=\"{total}\" failures=\"{failed}\" errors=\"{errored}\">"
    );
    for case in cases {
        let (name, seconds) = (escaped(&case.name), case.took_ms / 1_000);
        let millis = case.took_ms % 1_000;
        let _infallible = write!(xml, "<testcase name=\"{name}\" time=\"{seconds}.{millis:03}\">");
        match &case.outcome {
            JunitOutcome::Passed => {}
            JunitOutcome::Failed(why) => {
                let _infallible = write!(xml, "<failure message=\"{}\"/>", escaped(why));
            }
            JunitOutcome::Errored(why) => {
                let _infallible = write!(xml, "<error message=\"{}\"/>", escaped(why));
            }
        }
        if !case.output.is_empty() {
            let _infallible = write!(xml, "<system-out>{}</system-out>", escaped(&case.output));
        }
        xml.push_str("</testcase>\n");
    }
    xml.push_str("</testsuite>\n</testsuites>\n");
    xml
}

/// For an attribute or a text; what XML cannot hold becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A line break in an attribute would be read as a blank.
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {
                out.push(char::REPLACEMENT_CHARACTER);
            }
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Format, Limits, parse};

    proptest! {
        #[test]
        fn it_is_read_back_with_its_counts(
            suite in "[^\u{0}]{1,20}",
            cases in prop::collection::vec((any::<String>(), 0..3_u8, any::<String>()), 1..5),
        ) {
            let one = |(name, outcome, output): &(String, u8, String)| JunitCase {
                name: name.clone(),
                outcome: match outcome {
                    0 => JunitOutcome::Passed,
                    1 => JunitOutcome::Failed(output.clone()),
                    _ => JunitOutcome::Errored(output.clone()),
                },
                took_ms: 1_234,
                output: output.clone(),
            };
            let written: Vec<JunitCase> = cases.iter().map(one).collect();
            let xml = junit_file(&suite, &written);
            let report = parse(Format::JUnit, xml.as_bytes(), Limits::default()).unwrap();
            let all = report.tests.unwrap().all;
            let failed = cases.iter().filter(|case| case.1 == 1).count() as u64;
            let errored = cases.iter().filter(|case| case.1 > 1).count() as u64;
            prop_assert_eq!((all.total, all.failed, all.errored), (cases.len() as u64, failed, errored));
        }
    }

    #[test]
    fn the_suite_keeps_its_name() {
        let case = JunitCase {
            name: "products, before traffic".to_owned(),
            outcome: JunitOutcome::Failed("saw \"<none>\"".to_owned()),
            took_ms: 12,
            output: "line\nline ]]> \u{1}".to_owned(),
        };
        let xml = junit_file("staging/api", &[case]);
        let report = parse(Format::JUnit, xml.as_bytes(), Limits::default()).unwrap();
        assert_eq!(report.tests.unwrap().suites[0].name, "staging/api");
        assert_eq!(report.findings[0].title, "saw \"<none>\"");
    }
}
