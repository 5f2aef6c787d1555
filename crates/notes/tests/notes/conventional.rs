//! Messages by the specification's own examples, and by what people write instead.
//!
//! Invariant: what is refused says why.

use proptest::prelude::*;
use tidegate_notes::conventional::{Message, NotConventional, fixup};

fn parse(text: &str) -> Message {
    Message::parse(text).unwrap_or_else(|why| panic!("{text:?} {why}"))
}

#[test]
fn the_examples_of_the_specification() {
    let told = parse(
        "feat: allow provided config object to extend other configs\n\nBREAKING CHANGE: `extends` key in config file is now used for extending other config files",
    );
    assert!(told.is_breaking);
    assert_eq!(told.kind, "feat");
    assert_eq!(
        told.breaking().unwrap(),
        "`extends` key in config file is now used for extending other config files"
    );
    let told = parse("feat!: send an email to the customer when a product is shipped");
    assert!(told.is_breaking && told.scope.is_none() && told.breaking().is_none());
    let told = parse("feat(api)!: send an email to the customer when a product is shipped");
    assert!(told.is_breaking);
    assert_eq!(told.scope.as_deref(), Some("api"));
    assert!(parse("chore!: drop support for Node 6\n\nBREAKING CHANGE: use JavaScript features not available in Node 6.").is_breaking);
    let told = parse("docs: correct spelling of CHANGELOG");
    assert_eq!((told.kind.as_str(), told.is_breaking, told.body.as_str()), ("docs", false, ""));
    assert_eq!(parse("feat(lang): add Polish language").scope.as_deref(), Some("lang"));
    let told = parse(
        "fix: prevent racing of requests\n\nIntroduce a request id and a reference to latest request. Dismiss\nincoming responses other than from latest request.\n\nRemove timeouts which were used to mitigate the racing issue but are\nobsolete now.\n\nReviewed-by: Z\nRefs: #123\n",
    );
    assert!(told.body.ends_with("obsolete now."));
    assert_eq!(told.footer("reviewed-BY"), Some("Z"));
    assert_eq!(told.footer("refs"), Some("#123"));
    assert_eq!(
        parse("revert: let us never again speak of the noodle incident\n\nRefs: 676104e, a215868")
            .footer("Refs"),
        Some("676104e, a215868")
    );
}

#[test]
fn footers_have_values_of_several_lines_and_signs_of_their_own() {
    let told = parse(
        "fix: a\n\nbody: this is a sentence\n\nAnd more of it.\n\nCloses #3\nNote: one\ntwo\n\nBREAKING-CHANGE: first\n\nsecond\nAcked-by: B",
    );
    assert_eq!(told.body, "body: this is a sentence\n\nAnd more of it.");
    assert_eq!(told.footer("closes"), Some("#3"));
    assert_eq!(told.footer("note"), Some("one\ntwo"));
    assert_eq!(told.breaking(), Some("first\n\nsecond"));
    assert_eq!(told.footer("acked-by"), Some("B"));
}

#[test]
fn a_breaking_change_is_found_where_an_empty_line_is_missing() {
    assert!(parse("fix: a\n\nsome text\nBREAKING CHANGE: b").is_breaking);
    // In small letters it is a word like any other, as the specification says.
    assert!(!parse("fix: a\n\nbreaking change: b").is_breaking);
    assert!(!parse("fix: a\n\nthis is no BREAKING CHANGE: b").is_breaking);
}

#[test]
fn letters_ends_and_blanks_do_not_matter() {
    let told = parse("\nFEAT( Cart ): Count lines  \r\n\r\nbody\r\n\r\nRefs: #1\r\n");
    assert_eq!(
        (told.kind.as_str(), told.scope.as_deref(), told.description.as_str()),
        ("feat", Some("Cart"), "Count lines")
    );
    assert_eq!((told.body.as_str(), told.footer("refs")), ("body", Some("#1")));
}

#[test]
fn what_is_no_conventional_commit_is_told_why() {
    use NotConventional::*;
    for (text, why) in [
        ("", Empty),
        ("\n\n", Empty),
        ("Fix the cart", NoType),
        ("Merge branch 'a' (see: b)", BadType),
        ("fix the: cart", BadType),
        (": cart", NoType),
        ("fix(): cart", BadScope),
        ("fix(a: cart", BadScope),
        ("fix(a)b: cart", NoType),
        ("fix:cart", NoBlank),
        ("fix:", NoDescription),
        ("fix: ", NoDescription),
        ("fix: cart\nbody", NoEmptyLine),
        ("fix (a): cart", BadType),
    ] {
        assert_eq!(Message::parse(text), Err(why), "{text:?}");
    }
}

#[test]
fn fixups_name_what_they_belong_to() {
    assert_eq!(fixup("fixup! feat: a"), Some("feat: a"));
    assert_eq!(fixup("squash! fixup! feat: a"), Some("feat: a"));
    assert_eq!(fixup("amend!feat: a"), Some("feat: a"));
    assert_eq!(fixup("feat: a"), None);
}

proptest! {
    #[test]
    fn any_text_has_an_answer(text in "\\PC{0,200}") {
        let _ = Message::parse(&text);
    }

    #[test]
    fn what_is_written_by_the_rules_is_read_back(
        kind in "[a-z]{1,8}", scope in proptest::option::of("[a-z-]{1,8}"), bang: bool, text in "[a-z][a-z ]{0,30}[a-z]",
    ) {
        let inner = scope.as_ref().map(|scope| format!("({scope})")).unwrap_or_default();
        let sign = if bang { "!" } else { "" };
        let told = Message::parse(&format!("{kind}{inner}{sign}: {text}\n\nRefs: #1")).unwrap();
        prop_assert_eq!((told.kind, told.scope, told.is_breaking, told.description), (kind, scope, bang, text));
    }
}
