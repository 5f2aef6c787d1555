//! A configuration holds together, belongs to one project, and changes nothing when it changes nothing.

use super::*;
use crate::component::{Readiness, Stop};

fn component(name: &str, depends_on: &[&str]) -> (ComponentName, ComponentSpec) {
    let name: ComponentName = name.parse().unwrap();
    let spec = ComponentSpec {
        name: name.clone(),
        run: vec!["./server".into()],
        variables: BTreeMap::new(),
        readiness: Readiness::default(),
        stop: Stop::default(),
        depends_on: depends_on.iter().map(|name| name.parse().unwrap()).collect(),
        smoke: Vec::new(),
        database: crate::database::DatabaseSteps::default(),
    };
    (name, spec)
}

fn catalog(project: &str, components: &[(&str, &[&str])]) -> Catalog {
    let components = components.iter().map(|(name, needs)| component(name, needs)).collect();
    Catalog { project: project.into(), components, ..Catalog::default() }
}

fn apply(stands: &Catalog, given: Catalog) -> Result<Vec<CatalogEvent>, CatalogRefusal> {
    decide(stands, CatalogCommand::Apply(given))
}

#[test]
fn applying_what_stands_changes_nothing() {
    let shop = catalog("shop", &[("api", &[]), ("web", &["api"])]);
    assert_eq!(apply(&Catalog::default(), shop.clone()).unwrap().len(), 1);
    assert_eq!(apply(&shop, shop.clone()), Ok(Vec::new()));
}

#[test]
fn another_projects_file_is_refused() {
    let (shop, blog) = (catalog("shop", &[("api", &[])]), catalog("blog", &[]));
    assert!(matches!(apply(&shop, blog), Err(CatalogRefusal::OtherProject { .. })));
}

#[test]
fn circles_and_undefined_names_are_refused() {
    let circle = catalog("shop", &[("api", &["web"]), ("web", &["api"])]);
    assert!(matches!(apply(&Catalog::default(), circle), Err(CatalogRefusal::DependencyCycle { .. })));
    let undefined = catalog("shop", &[("api", &["cache"])]);
    assert!(matches!(apply(&Catalog::default(), undefined), Err(CatalogRefusal::UndefinedComponent { .. })));
}

#[test]
fn components_go_after_what_they_need() {
    let shop = catalog("shop", &[("api", &["cache"]), ("cache", &[]), ("web", &["api"])]);
    let names: Vec<ComponentName> =
        ["web", "cache", "api"].iter().map(|name| name.parse().unwrap()).collect();
    let ordered: Vec<String> = shop.in_dependency_order(&names).iter().map(ToString::to_string).collect();
    assert_eq!(ordered, ["cache", "api", "web"]);
}

#[test]
fn another_wording_of_the_same_is_no_change() {
    let source = |text: &str| Some(Source { file_name: "tidegate.yaml".into(), text: text.into() });
    let shop = Catalog { source: source("a"), ..catalog("shop", &[("api", &[])]) };
    assert_eq!(apply(&shop, Catalog { source: source("b"), ..shop.clone() }), Ok(Vec::new()));
    let other = Catalog { source: source("c"), ..catalog("shop", &[("web", &[])]) };
    let [CatalogEvent::Applied { catalog, changes }] = &apply(&shop, other).unwrap()[..] else { panic!() };
    assert_eq!(changes.len(), 2);
    assert_eq!(catalog.source, source("c"), "the text that made the change is kept");
}

#[test]
fn another_team_is_a_change_of_its_component_and_of_nothing_that_runs() {
    let before = catalog("shop", &[("api", &[]), ("web", &[])]);
    let teams = [("api".parse().unwrap(), "payments".parse().unwrap())];
    let after = Catalog { teams: teams.clone().into(), ..before.clone() };
    assert_eq!(changes(&before, &after), ["~ component api: team"]);
    assert_eq!(after.components, before.components);
    let lost = Catalog { teams: [("nowhere".parse().unwrap(), teams[0].1.clone())].into(), ..before.clone() };
    assert!(matches!(apply(&before, lost), Err(CatalogRefusal::UndefinedComponent { .. })));
}
