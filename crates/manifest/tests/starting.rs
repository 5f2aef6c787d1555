//! The first file of a project: it parses, whatever the project and the program are called.

use proptest::prelude::*;
use tidegate_manifest::{Starter, StarterProbe, parse, starter};

#[test]
fn the_starter_becomes_this_catalog() {
    let text = starter("shop");
    insta::assert_snapshot!("starter", text);
    let manifest = parse("tidegate.yaml", &text).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    assert_eq!(manifest.project, "shop");
    let catalog = tidegate_domain::catalog::Catalog { source: None, ..manifest.catalog };
    insta::assert_json_snapshot!("starter_catalog", catalog);
}

#[test]
fn a_program_that_is_there_already() {
    let run = ["/usr/bin/my_server.bin", "--greeting", "it's \"here\"", "--port", "$PORT"].map(str::to_owned);
    let file = Starter {
        readiness: StarterProbe::Http("/status".into()),
        ..Starter::for_program("My Project", &run)
    };
    let manifest =
        parse("tidegate.yaml", &file.text()).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    assert_eq!(manifest.project, "my-project");
    let (name, component) = manifest.catalog.components.iter().next().unwrap();
    assert_eq!(name.as_str(), "my-server");
    let line = r#"exec /usr/bin/my_server.bin --greeting 'it'\''s "here"' --port "$PORT""#;
    assert_eq!(component.run, ["sh", "-c", line]);
}

#[test]
fn nothing_known_still_makes_a_file() {
    let file = Starter { readiness: StarterProbe::Http("no path".into()), ..Starter::for_program("", &[]) };
    let manifest = parse("tidegate.yaml", &file.text()).unwrap();
    assert_eq!(manifest.project, "my-project");
    assert!(parse("tidegate.yaml", &Starter { first_port: u16::MAX, ..file.clone() }.text()).is_ok());
    assert!(parse("tidegate.yaml", &Starter { first_port: 0, ..file }.text()).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_program_makes_a_file_that_starts_it(
        project in any::<String>(),
        run in prop::collection::vec("[^\u{0}$]{1,20}", 1..5),
        path in any::<String>(),
    ) {
        let file = Starter { readiness: StarterProbe::Http(path), ..Starter::for_program(&project, &run) };
        let manifest = match parse("tidegate.yaml", &file.text()) {
            Ok(manifest) => manifest,
            Err(wrong) => return Err(TestCaseError::fail(wrong.render(false))),
        };
        let component = manifest.catalog.components.values().next().unwrap();
        prop_assert_eq!(&component.run, &run);
    }
}
