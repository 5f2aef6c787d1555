//! A release of a bundle: its programs are the artifacts, its notes and reports come along.
//!
//! Invariant: each artifact is bound to the bundle's digest, and was read out of it whole when the release was made.
//! Deliberately not here: making the release (`routes::releases`).

use std::collections::BTreeMap;
use std::sync::Arc;

use http::StatusCode;
use tidegate_bundle::manifest::{Kind, Manifest, Role};
use tidegate_bundle::{Digest, Refusal};
use tidegate_domain::bundles::{BundlesCommand, decide};
use tidegate_domain::component::{Artifact, Source};
use tidegate_domain::name::{ComponentName, Version};
use tidegate_domain::refusal::Refusal as Refused;
use tidegate_domain::release::EVIDENCE_MAX;
use tidegate_engine::{Command, NewEvidence};
use tidegate_evidence::{Limits, Report};

use super::{damaged, text};
use crate::app::App;
use crate::asked::Asked;
use crate::bring;
use crate::extract::name;
use crate::problem::Trouble;
use crate::routes::evidence::report_id;

/// Lines of notes that a release takes over.
const NOTES_MAX: usize = 1_000;
const NOTE_CHARS_MAX: usize = 1_000;

/// What goes along with the programs.
pub(crate) struct Papers {
    notes: Vec<String>,
    reports: Vec<(String, Report)>,
}

/// By component: each program of the bundle is the component of its name.
pub(crate) async fn artifacts(
    app: &App,
    digest: Digest,
    version: &Version,
) -> Result<BTreeMap<ComponentName, Artifact>, Trouble> {
    let manifest = manifest(app, digest).await?;
    let catalog = app.engine.catalog().await?;
    let mut sources: BTreeMap<ComponentName, Source> = BTreeMap::new();
    for (member, artifact) in manifest.artifacts().filter(|(_, artifact)| artifact.kind == Kind::Binary) {
        let component: ComponentName = name(&artifact.name)?;
        catalog.component(&component).map_err(Refused::from)?;
        let source = Source::Bundled { bundle: text(digest), path: member.path.to_string() };
        if sources.insert(component, source).is_some() {
            let detail = format!("the bundle holds two programs called `{}`", artifact.name);
            return Err(Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, "component-twice", detail)
                .help("give each a name of its own in the bundle's manifest, and build it again"));
        }
    }
    let mut brought = BTreeMap::new();
    for (component, source) in sources {
        let digest = bring::bring(app, source.clone(), None).await?;
        brought.insert(component, Artifact { version: version.clone(), source, digest });
    }
    Ok(brought)
}

/// What the shelf holds under this digest, as long as it is what was taken.
pub(crate) async fn manifest(app: &App, digest: Digest) -> Result<Manifest, Trouble> {
    let state = app.engine.bundles().await?;
    let record = state.record(&text(digest)).map_err(Refused::from)?.clone();
    let shelf = app.bundles.shelf().clone();
    let reading = tokio::task::spawn_blocking(move || shelf.bundle(digest)?.manifest());
    let (manifest, found) = reading.await.map_err(|_| Trouble::bug())?.map_err(taken)?;
    if found.to_string() == record.manifest {
        return Ok(manifest);
    }
    Err(taken(Refusal::Changed { found: found.to_string(), signed: record.manifest }))
}

/// Its notes, and those of its reports and bills of materials that can be read here.
pub(crate) async fn papers(app: &App, digest: Digest, version: &Version) -> Result<Papers, Trouble> {
    let state = app.engine.bundles().await?;
    let wish = BundlesCommand::Release { digest: text(digest), release: version.clone() };
    decide(&state, wish).map_err(Refused::from)?;
    let shelf = app.bundles.shelf().clone();
    // The work goes on where nobody waits for it any more, and so does its place among the others.
    let one = Arc::clone(&app.readers).acquire_owned().await;
    let reading = tokio::task::spawn_blocking(move || {
        let _one = one;
        let mut papers = Papers { notes: Vec::new(), reports: Vec::new() };
        for (member, bytes) in shelf.bundle(digest)?.papers(digest)? {
            let path = member.path.as_str();
            match member.role {
                Role::Notes => papers.notes = notes(&String::from_utf8_lossy(&bytes)),
                Role::Bom | Role::TestReport => {
                    if let Ok(report) = tidegate_evidence::read(&bytes, path, Limits::default()) {
                        let report = Report { name: Some(path.to_owned()), ..report };
                        papers.reports.push((report_id(&bytes, [Some(path), None, None]), report));
                    }
                }
                Role::Artifact => {}
            }
        }
        if papers.reports.len() > EVIDENCE_MAX {
            let found = papers.reports.len();
            return Err(Refusal::TooLarge(format!("{found} reports, and a release takes {EVIDENCE_MAX}")));
        }
        Ok(papers)
    });
    reading.await.map_err(|_| Trouble::bug())?.map_err(taken)
}

/// What is wrong with one that was taken.
fn taken(refusal: Refusal) -> Trouble {
    if matches!(refusal, Refusal::TooLarge(_)) { super::trouble(refusal) } else { damaged(refusal).into() }
}

impl Papers {
    /// The caller's own, or the bundle's where they gave none.
    pub fn notes(&self, own: Vec<String>) -> Vec<String> {
        if own.is_empty() { self.notes.clone() } else { own }
    }

    /// Each is added once, however often.
    pub async fn add(self, app: &App, release: &Version, asked: &Asked<()>) -> Result<(), Trouble> {
        for (id, report) in self.reports {
            let command = NewEvidence { release: release.clone(), id, report };
            let command = asked.again(Command::AddEvidence(Box::new(command)));
            app.engine.submit(&command, app.clock.now()).await?;
        }
        Ok(())
    }
}

/// Notes in Markdown as the lines of a release: items and paragraphs, without headings.
fn notes(markdown: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in markdown.lines() {
        let plain = line.trim();
        let item = ["- ", "* ", "+ "].iter().find_map(|mark| plain.strip_prefix(mark));
        let item = item.or_else(|| numbered(plain));
        if plain.is_empty() || plain.starts_with('#') || ["-", "*", "+"].contains(&plain) {
            goes_on = false;
            continue;
        }
        match lines.last_mut().filter(|_| goes_on && item.is_none()) {
            Some(last) => {
                last.push(' ');
                last.push_str(plain);
            }
            None => lines.push(item.unwrap_or(plain).trim().to_owned()),
        }
        goes_on = true;
    }
    let short = |line: String| line.chars().take(NOTE_CHARS_MAX).collect();
    lines.into_iter().filter(|line| !line.is_empty()).take(NOTES_MAX).map(short).collect()
}

/// The rest of `1. this` and `2) that`.
fn numbered(line: &str) -> Option<&str> {
    let (number, rest) = line.split_once(['.', ')'])?;
    let is_number =
        !number.is_empty() && number.len() <= 9 && number.bytes().all(|byte| byte.is_ascii_digit());
    rest.strip_prefix(' ').filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_items_and_paragraphs() {
        let text = "# Shop 2.1.0\r\n\n## New\n- faster\n  checkout\n* smaller\n\nAsk\nus.\n\n- \n";
        assert_eq!(notes(text), ["faster checkout", "smaller", "Ask us."]);
        assert_eq!(
            notes("1. faster\n2) smaller\n  and lighter\n3.5 is next\n"),
            ["faster", "smaller and lighter 3.5 is next"]
        );
        assert_eq!(notes(""), Vec::<String>::new());
    }
}
