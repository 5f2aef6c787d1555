//! The grammar of thresholds: what is read, what is refused and with which words, and that writing is reading's inverse.

use proptest::prelude::*;
use tidegate_evidence::Severity;
use tidegate_evidence::threshold::{Clause, Comparison, Quantity, Threshold, Written};

#[test]
fn what_people_write_is_read_and_written_in_one_form() {
    let table = [
        ("no critical", "no critical"),
        ("No Critical findings", "no critical"),
        ("no high or above", "no high or above"),
        ("no serious or worse", "no high or above"),
        ("at most 3 medium", "at most 3 medium"),
        ("at most 3 moderate issues", "at most 3 medium"),
        ("at most 0 low", "no low"),
        ("no findings", "no findings"),
        ("no info or above", "no findings"),
        ("score >= 0.9", "score >= 0.9"),
        ("score≥0.90", "score >= 0.9"),
        ("p95 < 300 ms", "p95 < 300 ms"),
        ("p95<300ms", "p95 < 300 ms"),
        ("p95 < 0.3 s", "p95 < 0.3 s"),
        ("error_rate <= 1%", "error_rate <= 1%"),
        ("error_rate <= 1 percent", "error_rate <= 1%"),
        ("http_reqs.rate > 50/s", "http_reqs.rate > 50/s"),
        ("bundle < 2 MiB", "bundle < 2 MiB"),
        ("all passed", "all passed"),
        ("all tests passed", "all passed"),
        ("no critical and at most 2 high", "no critical, at most 2 high"),
        ("no critical, all passed, and score > 0.5", "no critical, all passed, score > 0.5"),
        ("\"http_req_duration{kind:buy}.p95\" < 1 s", "\"http_req_duration{kind:buy}.p95\" < 1 s"),
        ("\"all\" < 3", "\"all\" < 3"),
        (
            "only licences MIT 0BSD Apache-2.0 and no critical",
            "only licences MIT 0BSD Apache-2.0, no critical",
        ),
        ("only licenses \"GPL-2.0-only WITH X\"", "only licences \"GPL-2.0-only WITH X\""),
    ];
    for (text, expect) in table {
        let threshold: Threshold = text.parse().unwrap_or_else(|bad| panic!("{text}: {bad}"));
        assert_eq!(threshold.to_string(), expect, "{text}");
    }
}

#[test]
fn what_cannot_be_read_says_where_and_what_instead() {
    let table = [
        ("no critcal", 4, "`critcal` is no severity", "did you mean `critical`?"),
        ("critical", 1, "`critical` begins no clause", "write `no critical` or `at most 3 critical`"),
        ("noo critical", 1, "`noo` begins no clause", "did you mean `no`?"),
        ("no high or", 11, "`above` is missing after `or`", "write `high or above`"),
        (
            "no unknown",
            4,
            "`unknown` is no bound",
            "leave it out: what is unknown always closes, and can only be waived",
        ),
        ("no failures", 4, "`failures` is no severity", "write `all passed`"),
        (
            "at most three high",
            9,
            "a count is missing after `at most`",
            "write for example `at most 3 medium`",
        ),
        ("at most 1.5 high", 9, "a count is missing after `at most`", "write for example `at most 3 medium`"),
        ("all green", 5, "`passed` is missing after `all`", "write `all passed`"),
        ("p95 < fast", 7, "a number is missing", "write for example `p95 < 300 ms`"),
        ("p95 < 300 mz", 11, "`mz` is no unit", "write %, ns, us, ms, s, min, B, kB, MB, KiB, MiB or /s"),
        ("p95 300", 5, "a comparison is missing after `p95`", "write for example `p95 <= 1%`"),
        ("score => 0.9", 7, "`=>` is no comparison", "write `>=`"),
        ("score = 1", 7, "`=` is no comparison", "compare with <, <=, > or >="),
        (
            "no critical no high",
            13,
            "`no` follows a whole clause",
            "write `and` or a comma between two clauses",
        ),
        ("no critical,", 13, "a clause is missing", "write for example `no critical` or `p95 < 300 ms`"),
        ("", 1, "a clause is missing", "write for example `no critical` or `p95 < 300 ms`"),
        (
            "< 3",
            1,
            "`<` begins no clause",
            "begin with `no`, `at most`, `all passed`, `only licences` or a measure's name",
        ),
        ("\"p95 < 3", 1, "a quoted name does not end", "close it with `\"`"),
        ("p95 < 3 ms;", 11, "`;` means nothing here", "put a name with such characters in quotes"),
        ("p95 < 1.2.3", 7, "`1.2.3` is no number", "write it as 300 or 0.9"),
        ("p95 < 12345678901234567890", 7, "the number has too many digits", "write at most 15"),
        (
            "only MIT",
            6,
            "`licences` is missing after `only`",
            "write for example `only licences MIT Apache-2.0`",
        ),
    ];
    for (text, position, what, suggestion) in table {
        let bad = text.parse::<Threshold>().unwrap_err();
        assert_eq!((bad.position, bad.what.as_str(), bad.help()), (position, what, suggestion), "{text}");
        assert_eq!(bad.code(), "threshold-malformed");
    }
    assert!("no critical, ".repeat(40).parse::<Threshold>().is_err());
    assert!("x".repeat(10_000).parse::<Threshold>().is_err());
}

fn quantity() -> impl Strategy<Value = Quantity> {
    let number = prop_oneof![
        (0_u64..1_000_000_000).prop_map(|n| n as f64),
        (0_u32..1_000_000).prop_map(|n| f64::from(n) / 1000.0)
    ];
    (number, prop::sample::select(Written::ALL.to_vec()))
        .prop_map(|(value, written)| Quantity { value, written })
}

fn clause() -> impl Strategy<Value = Clause> {
    let severity = prop::sample::select(Severity::RATED.to_vec());
    let comparison = prop::sample::select(vec![
        Comparison::Less,
        Comparison::AtMost,
        Comparison::More,
        Comparison::AtLeast,
    ]);
    // Whatever a tool may call a measure: all printable characters but the quote itself.
    let name =
        prop_oneof!["[a-z_][a-z0-9_.]{0,20}", "[ !#-~]{1,20}", "(no|at|all|only|and|or|AND|1ms|300|0BSD)"];
    let licence = prop_oneof!["[A-Za-z0-9.+-]{1,12}", "[A-Z]{3} WITH [a-z]{3}"];
    prop_oneof![
        (0_u64..1000, severity, any::<bool>()).prop_map(|(count, severity, or_above)| Clause::AtMost {
            count,
            severity,
            or_above
        }),
        Just(Clause::AllPassed),
        (name, comparison, quantity()).prop_map(|(name, comparison, than)| Clause::Measure {
            name,
            comparison,
            than
        }),
        prop::collection::vec(licence, 1..5).prop_map(Clause::OnlyLicences),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(clauses in prop::collection::vec(clause(), 1..6)) {
        let text = clauses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
        let threshold: Threshold = text.parse().map_err(|bad| TestCaseError::fail(format!("{text}: {bad}")))?;
        prop_assert_eq!(threshold.clauses(), clauses.as_slice(), "{}", text);
        let again: Threshold = threshold.to_string().parse().unwrap();
        prop_assert_eq!(again, threshold);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,60}") {
        let _ = text.parse::<Threshold>();
    }

    #[test]
    fn no_words_of_the_grammar_make_the_reader_panic(
        words in prop::collection::vec(
            prop::sample::select(vec!["no", "at", "most", "3", "high", "or", "above", "and", ",", "<", "1%", "all", "passed", "p95", "\"", "only", "licences", "µ"]),
            0..12,
        ),
    ) {
        let _ = words.join(" ").parse::<Threshold>();
    }
}
