//! The sample shop as a configuration and three releases, all of them this very program.
//!
//! Invariant: what is made parses and needs nothing but this program; ports are free when they are chosen. Deliberately not
//! here: the shop itself (the program's hidden verbs), applying and creating (`routes::sample`).

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use serde_json::json;
use tidegate_domain::catalog::Catalog;
use tidegate_domain::name::ProjectName;

use crate::program::Program;

pub(crate) const FILE_NAME: &str = "tidegate.yaml";
const TEMPLATE: &str = include_str!("tidegate.yaml");
const ENVIRONMENTS: [&str; 3] = ["development", "staging", "production"];
/// What the first project's configuration calls it; another one is called by its own name.
const FIRST_PROJECT: &str = "shop";

/// A version of the shop.
pub(crate) struct Version {
    pub name: &'static str,
    /// Those with an artifact of their own.
    pub components: &'static [&'static str],
    /// Those that are nothing but their command.
    pub commands: &'static [&'static str],
    pub note: &'static str,
    fail_share: f64,
}

/// In the order in which they are promoted.
pub(crate) const VERSIONS: [Version; 3] = [
    Version {
        name: "1.0.0",
        components: &["api", "web"],
        commands: &["visitors"],
        note: "The first version of the shop, with its visitors",
        fail_share: 0.0,
    },
    Version {
        name: "1.1.0",
        components: &["api"],
        commands: &[],
        note: "A healthy one: by canary into production",
        fail_share: 0.0,
    },
    Version {
        name: "1.2.0",
        components: &["api"],
        commands: &[],
        note: "Fails 5 % of its requests: production takes it back by itself",
        fail_share: 0.05,
    },
];

impl Version {
    /// Writes what this version releases: how it behaves.
    pub fn write(&self, directory: &Path) -> io::Result<PathBuf> {
        let directory = directory.join(self.name);
        std::fs::create_dir_all(&directory)?;
        let behaviour = json!({
            "version": self.name,
            "latency_ms_median": 6,
            "latency_ms_p99": 30,
            "fail_share": self.fail_share,
        });
        std::fs::write(directory.join("behaviour.json"), format!("{behaviour}\n"))?;
        Ok(directory)
    }
}

/// The configuration; `program` runs the shop.
pub(crate) fn configuration(project: &ProjectName, program: &Program, ports: [u16; 3]) -> Option<String> {
    let words = program.words()?;
    let run = |verb: &[&str]| {
        let all: Vec<&str> = words.iter().map(String::as_str).chain(verb.iter().copied()).collect();
        // A list in JSON is one in YAML.
        json!(all).to_string()
    };
    let project = if project.is_first() { FIRST_PROJECT } else { project.as_str() };
    let mut values = BTreeMap::from([
        ("project", project.to_owned()),
        ("api", run(&["sample-shop", "api"])),
        ("web", run(&["sample-shop", "web"])),
        ("visitors", run(&["sample-visitors"])),
    ]);
    values.extend(ENVIRONMENTS.into_iter().zip(ports.map(|port| port.to_string())));
    Some(filled(&values))
}

/// In one pass: what a path holds is never taken for one of the places.
fn filled(values: &BTreeMap<&str, String>) -> String {
    let mut pieces = TEMPLATE.split("{{");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once("}}").unwrap_or(("", piece));
        text.push_str(values.get(name).map_or("", String::as_str));
        text.push_str(rest);
    }
    text
}

/// Whether it is a configuration of this shop, as far as it says so itself.
pub(crate) fn is_sample(catalog: &Catalog) -> bool {
    let own = TEMPLATE.lines().next();
    catalog.source.as_ref().is_some_and(|source| source.text.lines().next() == own)
}

/// Where the shop answers in production.
pub(crate) fn shop(catalog: &Catalog) -> Option<String> {
    let production = catalog.environments.iter().find(|spec| spec.name.as_str() == ENVIRONMENTS[2])?;
    let web = production.placements.iter().find(|(component, _)| component.as_str() == "web")?;
    web.1.route.as_ref().map(|route| format!("http://{}", route.listen))
}

/// All are held until the last is known, so that they differ.
pub(crate) fn free_ports() -> io::Result<[u16; 3]> {
    let mut held = Vec::new();
    let mut ports = [0; 3];
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_parses_whatever_the_program_is_called() {
        for path in ["/usr/bin/tidegate", "/home/ann lee/it's \"here\"/{{web}}/ti\\de: #gate"] {
            let program = Program::new(path, vec!["-m".into(), "release_management".into()]);
            for project in ["default", "bank"] {
                let project: ProjectName = project.parse().unwrap();
                let text = configuration(&project, &program, [8081, 8082, 8083]).unwrap();
                let manifest = tidegate_manifest::parse(FILE_NAME, &text)
                    .unwrap_or_else(|wrong| panic!("{}\n{text}", wrong.render(false)));
                let catalog = manifest.catalog;
                assert!(is_sample(&catalog), "{text}");
                assert_eq!(shop(&catalog).as_deref(), Some("http://127.0.0.1:8083"));
                let api = catalog.components.values().find(|spec| spec.name.as_str() == "api").unwrap();
                assert_eq!(api.run, [path, "-m", "release_management", "sample-shop", "api"]);
            }
        }
    }

    #[test]
    fn ports_differ_and_versions_say_how_they_behave() {
        let ports = free_ports().unwrap();
        assert!(ports[0] != ports[1] && ports[1] != ports[2] && ports[0] != ports[2] && !ports.contains(&0));
        let folder = tempfile::tempdir().unwrap();
        for version in &VERSIONS {
            let text = std::fs::read_to_string(version.write(folder.path()).unwrap().join("behaviour.json"));
            let behaviour: serde_json::Value = serde_json::from_str(&text.unwrap()).unwrap();
            assert_eq!(behaviour["version"], version.name);
        }
    }
}
