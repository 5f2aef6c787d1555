//! Dependencies point one way, and the pure crates reach nothing that acts.
//!
//! Invariant: read from `cargo metadata`, so what is checked is what is built.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

/// Each crate of the house, and the others it may name.
const MAY_USE: &[(&str, &[&str])] = &[
    ("analysis", &[]),
    ("bundle", &["evidence"]),
    ("calendar", &[]),
    ("evidence", &[]),
    ("expression", &[]),
    ("flags", &[]),
    ("sdk", &["flags"]),
    ("identity", &[]),
    ("history", &[]),
    ("measures", &[]),
    ("notes", &["plan"]),
    ("database", &[]),
    ("migrator", &["database"]),
    ("plan", &[]),
    ("domain", &["analysis", "calendar", "evidence", "flags", "plan"]),
    ("ports", &["domain", "analysis"]),
    (
        "engine",
        &["ports", "domain", "analysis", "calendar", "evidence", "expression", "notes", "plan", "measures"],
    ),
    ("secrets", &["ports", "domain"]),
    ("store", &["ports", "domain"]),
    ("targets", &["ports", "domain"]),
    ("gateway", &[]),
    ("traces", &[]),
    ("traffic", &["ports", "domain", "gateway", "traces"]),
    ("connectors", &["ports", "domain", "traces"]),
    ("openid", &["connectors"]),
    ("appstores", &["connectors"]),
    ("manifest", &["domain", "analysis", "evidence", "expression"]),
    ("api", &[]),
    ("client", &["api"]),
    ("updates", &["bundle"]),
    ("web", &[]),
    (
        "server",
        &[
            "api",
            "bundle",
            "connectors",
            "engine",
            "ports",
            "domain",
            "analysis",
            "calendar",
            "evidence",
            "flags",
            "identity",
            "manifest",
            "measures",
            "notes",
            "openid",
            "plan",
            "sdk",
            "secrets",
            "store",
            "targets",
            "traces",
            "traffic",
            "gateway",
            "web",
        ],
    ),
    (
        "cli",
        &[
            "api",
            "bundle",
            "client",
            "server",
            "gateway",
            "manifest",
            "analysis",
            "store",
            "evidence",
            "openid",
            "traces",
            "history",
            "notes",
            "updates",
            "database",
            "migrator",
            "appstores",
        ],
    ),
    ("sim", &["engine", "ports", "domain", "analysis", "store"]),
    (
        "bench",
        &[
            "engine", "ports", "domain", "analysis", "evidence", "manifest", "measures", "store", "gateway",
            "client", "api", "server",
        ],
    ),
    ("python", &["cli", "flags", "sdk", "server"]),
    ("xtask", &[]),
    ("e2e", &["api", "client"]),
];

/// Crates that decide: whatever these reach must not act, ask the time, or draw lots.
const PURE: &[&str] = &[
    "analysis",
    "bundle",
    "calendar",
    "database",
    "evidence",
    "expression",
    "flags",
    "identity",
    "measures",
    "notes",
    "plan",
    "domain",
];
const ENGINE: &str = "engine";
const ACTS: &[&str] =
    &["tokio", "rusqlite", "reqwest", "hyper", "rand", "axum", "async-std", "tokio-postgres"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Deserialize)]
struct EdgeKind {
    kind: Option<String>,
}

pub fn broken(root: &Path) -> io::Result<Vec<String>> {
    let metadata = metadata(root)?;
    let mut found = directions(&metadata);
    found.extend(impure(&metadata));
    Ok(found)
}

fn metadata(root: &Path) -> io::Result<Metadata> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let told = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root)
        .output()?;
    if !told.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&told.stderr).into_owned()));
    }
    serde_json::from_slice(&told.stdout).map_err(io::Error::other)
}

fn house(name: &str) -> Option<&str> {
    name.strip_prefix("tidegate-")
}

fn directions(metadata: &Metadata) -> Vec<String> {
    let rules: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut found = Vec::new();
    for package in metadata.packages.iter().filter(|package| metadata.workspace_members.contains(&package.id))
    {
        let Some(name) = house(&package.name) else { continue };
        let Some(allowed) = rules.get(name) else {
            found.push(format!("crate {name}: say in tidy/dependencies.rs what it may use"));
            continue;
        };
        let used = package.dependencies.iter().filter(|used| used.kind.is_none());
        for used in used.filter_map(|used| house(&used.name)).filter(|used| !allowed.contains(used)) {
            found.push(format!("crate {name} may not use {used}"));
        }
    }
    found
}

fn impure(metadata: &Metadata) -> Vec<String> {
    let names: BTreeMap<&str, &str> =
        metadata.packages.iter().map(|package| (package.id.as_str(), package.name.as_str())).collect();
    let nodes: BTreeMap<&str, &Node> =
        metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let mut found = Vec::new();
    for pure in PURE.iter().chain([&ENGINE]) {
        let start = names.iter().find(|(_, name)| house(name) == Some(*pure)).map(|(id, _)| *id);
        let reached = start.map(|start| reach(&nodes, start)).unwrap_or_default();
        let acting = reached.iter().filter_map(|id| names.get(id)).filter(|name| ACTS.contains(name));
        found.extend(acting.map(|name| format!("crate {pure} reaches {name}, which acts")));
    }
    found
}

/// Everything that a package is built on, tests and build scripts left out.
fn reach<'a>(nodes: &BTreeMap<&'a str, &'a Node>, start: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![start];
    while let Some(node) = open.pop().and_then(|id| nodes.get(id)) {
        let normal = |edge: &&Edge| edge.dep_kinds.iter().any(|kind| kind.kind.is_none());
        for edge in node.deps.iter().filter(normal) {
            if reached.insert(edge.pkg.as_str()) {
                open.push(edge.pkg.as_str());
            }
        }
    }
    reached
}
