//! Makes a bundle from a recipe and the files that it names.
//!
//! Invariant: the same recipe and files give the same bytes, wherever and whenever. Not here: signing (`bundle`).

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use tidegate_evidence::{Category, Limits};

use crate::archive;
use crate::bom;
use crate::bundle::replace;
use crate::digest::Digest;
use crate::manifest::{Artifact, FORMAT, Manifest, Member, Role};
use crate::path::MemberPath;
use crate::recipe::{Part, Recipe};
use crate::refusal::{Refusal, disk};
use crate::seal::Seal;
use crate::statement::{self, Predicate, Tested};

/// Of notes, a bill of materials or a report.
const PAPER_BYTES_MAX: u64 = 64 << 20;

/// Where the bytes of a file come from.
enum Origin {
    File(PathBuf),
    Bytes(Vec<u8>),
}

/// Puts the bundle of a recipe at `to`; its files stand below `folder`.
pub fn make(recipe: &Recipe, folder: &Path, to: &Path) -> Result<(Manifest, Digest), Refusal> {
    let mut found: Vec<(Member, Origin)> = Vec::new();
    for part in &recipe.artifacts {
        found.push(artifact(part, folder)?);
    }
    let called = (recipe.name.as_str(), recipe.version.as_str());
    let boms = boms(recipe, folder, &found)?;
    found.push(paper(&recipe.notes, folder, Role::Notes, "text/markdown")?);
    found.extend(boms);
    let mut predicates = vec![statement::provenance(&recipe.provenance, called)];
    for report in &recipe.tests {
        let (member, origin) = paper(report, folder, Role::TestReport, "application/octet-stream")?;
        predicates.push(tested(&member, &origin)?);
        found.push((member, origin));
    }
    predicates.extend(recipe.decisions.iter().map(|decision| statement::summary(decision, called)));
    found.sort_by(|one, next| one.0.path.cmp(&next.0.path));
    let (files, origins): (Vec<Member>, Vec<Origin>) = found.into_iter().unzip();
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        name: recipe.name.clone(),
        version: recipe.version.clone(),
        created: recipe.created.clone(),
        files,
        statements: predicates.iter().map(Predicate::stated).collect::<Result<_, _>>()?,
    };
    let digest = write(&manifest, &origins, &predicates, to)?;
    Ok((manifest, digest))
}

fn write(
    manifest: &Manifest,
    origins: &[Origin],
    predicates: &[Predicate],
    to: &Path,
) -> Result<Digest, Refusal> {
    // The ratio is only known afterwards; the rest before anything is written.
    manifest.check(u64::MAX)?;
    let mut digest = None;
    replace(to, |file| {
        let mut staged = tempfile::tempfile_in(
            to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")),
        )
        .map_err(disk(to, "written"))?;
        let mut next = origins.iter();
        // Contents are asked for in the order of the manifest, but for those that are empty.
        let mut places = manifest.files.iter();
        let open = |member: &Member| loop {
            let (Some(place), Some(origin)) = (places.next(), next.next()) else {
                return Err(Refusal::MemberMissing(member.path.to_string()));
            };
            if place.path == member.path {
                return reader(origin);
            }
        };
        archive::write(manifest, open, io::BufWriter::new(&mut staged))?;
        staged.rewind().map_err(disk(to, "written"))?;
        let (sum, bytes) = Digest::of_rest(&mut staged).map_err(disk(to, "written"))?;
        manifest.check(bytes)?;
        let statements: Vec<_> = predicates.iter().map(|predicate| predicate.about(sum, manifest)).collect();
        Seal::of(&statements)?.write(&mut *file)?.map_err(disk(to, "written"))?;
        staged.rewind().and_then(|()| io::copy(&mut staged, file)).map_err(disk(to, "written"))?;
        digest = Some(sum);
        Ok(())
    })?;
    digest.ok_or_else(|| Refusal::Malformed("nothing was written".to_owned()))
}

fn reader(origin: &Origin) -> Result<Box<dyn io::Read + '_>, Refusal> {
    match origin {
        Origin::File(path) => Ok(Box::new(File::open(path).map_err(disk(path, "read"))?)),
        Origin::Bytes(bytes) => Ok(Box::new(&bytes[..])),
    }
}

fn artifact(part: &Part, folder: &Path) -> Result<(Member, Origin), Refusal> {
    let (usual_folder, usual_type) = part.kind.usual();
    let place = match &part.place {
        Some(place) => MemberPath::new(place)?,
        None => MemberPath::new(&format!("{usual_folder}/{}", file_name(&part.path)?))?,
    };
    let path = folder.join(&part.path);
    let (sha256, size) = digest_of(&path)?;
    let artifact = Artifact { name: part.name.clone(), purl: part.purl.clone(), kind: part.kind };
    let media_type = part.media_type.clone().unwrap_or_else(|| usual_type.to_owned());
    let member =
        Member { path: place, sha256, size, media_type, role: Role::Artifact, artifact: Some(artifact) };
    Ok((member, Origin::File(path)))
}

fn digest_of(path: &Path) -> Result<(Digest, u64), Refusal> {
    let file = File::open(path).map_err(disk(path, "read"))?;
    if !file.metadata().map_err(disk(path, "read"))?.is_file() {
        let path = path.display().to_string();
        return Err(Refusal::MemberKind { path, what: "no file" });
    }
    Digest::of_rest(file).map_err(disk(path, "read"))
}

fn file_name(path: &str) -> Result<&str, Refusal> {
    let name = Path::new(path).file_name().and_then(|name| name.to_str());
    name.ok_or_else(|| Refusal::Manifest(format!("`{path}` names no file")))
}

/// A small file that goes along, read once so that what is judged is what is packed.
fn paper(name: &str, folder: &Path, role: Role, media_type: &str) -> Result<(Member, Origin), Refusal> {
    let path = folder.join(name);
    let mut bytes = Vec::new();
    let file = File::open(&path).map_err(disk(&path, "read"))?;
    file.take(PAPER_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(disk(&path, "read"))?;
    if bytes.len() as u64 > PAPER_BYTES_MAX {
        return Err(Refusal::TooLarge(format!("`{name}` has more than {PAPER_BYTES_MAX} bytes")));
    }
    let place = match role {
        Role::Notes => MemberPath::new("notes.md")?,
        Role::Bom => MemberPath::new(&format!("bom/{}", file_name(name)?))?,
        Role::TestReport | Role::Artifact => MemberPath::new(&format!("tests/{}", file_name(name)?))?,
    };
    Ok(member(place, bytes, role, media_type))
}

fn member(path: MemberPath, bytes: Vec<u8>, role: Role, media_type: &str) -> (Member, Origin) {
    let (sha256, size) = (Digest::of(&bytes), bytes.len() as u64);
    let media_type = media_type.to_owned();
    (Member { path, sha256, size, media_type, role, artifact: None }, Origin::Bytes(bytes))
}

fn boms(
    recipe: &Recipe,
    folder: &Path,
    found: &[(Member, Origin)],
) -> Result<Vec<(Member, Origin)>, Refusal> {
    if recipe.boms.is_empty() {
        let parts = found.iter().zip(&recipe.artifacts);
        let mut licensed: Vec<(&Member, &[String])> =
            parts.map(|((member, _), part)| (member, &part.licences[..])).collect();
        licensed.sort_by_key(|(member, _)| &member.path);
        let bytes = bom::worked_out((&recipe.name, &recipe.version), recipe.created.as_deref(), &licensed)?;
        let path = MemberPath::new("bom/bundle.cdx.json")?;
        return Ok(vec![member(path, bytes, Role::Bom, bom::MEDIA_TYPE)]);
    }
    let read = |name: &String| {
        let (member, origin) = paper(name, folder, Role::Bom, bom::MEDIA_TYPE)?;
        let report = report(&member, &origin)?;
        if report.format != tidegate_evidence::Format::CycloneDx {
            return Err(Refusal::Manifest(format!("boms: `{name}` is no bill of materials in CycloneDX")));
        }
        Ok((member, origin))
    };
    recipe.boms.iter().map(read).collect()
}

fn report(member: &Member, origin: &Origin) -> Result<tidegate_evidence::Report, Refusal> {
    let Origin::Bytes(bytes) = origin else {
        return Err(Refusal::Manifest(format!("`{}` is not read", member.path)));
    };
    tidegate_evidence::read(bytes, member.path.as_str(), Limits::default())
        .map_err(|why| Refusal::Manifest(format!("`{}`: {why}", member.path)))
}

fn tested(member: &Member, origin: &Origin) -> Result<Predicate, Refusal> {
    let report = report(member, origin)?;
    let Some(tests) = report.tests else {
        return Err(Refusal::Manifest(format!("tests: `{}` tells of no tests", member.path)));
    };
    let failures = report.findings.iter().filter(|finding| finding.category == Category::Test);
    Ok(statement::test_result(&Tested {
        report: member.path.to_string(),
        sha256: Some(member.sha256),
        passed: tests.all.passed(),
        skipped: tests.all.skipped,
        failed: tests.all.failed.saturating_add(tests.all.errored),
        failed_tests: failures.map(|finding| finding.id.clone()).collect(),
    }))
}
