//! Files are cut where the database ends a statement, and nowhere else.

use proptest::prelude::*;
use tidegate_database::Dialect;
use tidegate_database::statement::statements;

fn texts(text: &str, dialect: Dialect) -> Vec<String> {
    statements(text, dialect).0.into_iter().map(|statement| statement.text).collect()
}

#[test]
fn semicolons_within_something_end_nothing() {
    let text = "SELECT ';' , \"a;b\" /* ; /* ; */ */ ; -- ;\nSELECT $x$ ; $$ ; $x$;;SELECT E'\\';' ; SELECT a$b$c, 1;";
    assert_eq!(
        texts(text, Dialect::Postgres),
        [
            "SELECT ';' , \"a;b\" /* ; /* ; */ */",
            "SELECT $x$ ; $$ ; $x$",
            "SELECT E'\\';'",
            "SELECT a$b$c, 1"
        ]
    );
    let text = "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; DELETE FROM d; END; \
        SELECT [a;b], `c;d`";
    let found = texts(text, Dialect::Sqlite);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].ends_with("END"));
}

#[test]
fn a_place_is_a_line_and_a_column() {
    let (found, behind) =
        statements("-- one\n  SELECT 1;\n/* two */ SELECT\n  é, x;\n-- end", Dialect::Postgres);
    assert_eq!((found[0].at.line, found[0].at.column), (2, 3));
    assert_eq!((found[1].at.line, found[1].at.column), (3, 11));
    // The `x` is the thirteenth character.
    let place = found[1].place_of(13);
    assert_eq!((place.line, place.column), (4, 6));
    assert_eq!((found[0].comments.len(), behind.len()), (1, 1));
}

#[test]
fn what_does_not_end_is_marked() {
    for text in [
        "SELECT 'a",
        "SELECT \"a",
        "SELECT $$ a",
        "SELECT 1 /* a",
        "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1;",
    ] {
        let (found, _) = statements(text, Dialect::Postgres);
        assert!(found.last().unwrap().open.is_some(), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_cut_without_loss(text in "[-a-z ;'\"$/*\n\\[\\]`é]{0,80}", is_sqlite: bool) {
        let dialect = if is_sqlite { Dialect::Sqlite } else { Dialect::Postgres };
        let (found, behind) = statements(&text, dialect);
        let mut rest = text.as_str();
        for statement in &found {
            let at = rest.find(&statement.text);
            prop_assert!(at.is_some(), "{:?} is not in {:?}", statement.text, rest);
            rest = &rest[at.unwrap() + statement.text.len()..];
        }
        let kept: usize = found.iter().map(|one| one.text.len()).sum();
        let comments: usize = found.iter().flat_map(|one| &one.comments).chain(&behind).map(|one| one.text.len()).sum();
        let visible = text.chars().filter(|letter| !letter.is_whitespace() && *letter != ';').count();
        prop_assert!(kept + comments >= visible, "{found:?}");
    }
}

#[test]
fn a_comment_before_a_semicolon_alone_belongs_to_no_statement() {
    let (found, loose) = statements("/*/**/*/;SELECT 1", Dialect::Postgres);
    assert_eq!((found.len(), found[0].comments.len(), loose.len()), (1, 0, 1));
}
