//! The notes of a release: told from their source, edited by people, and kept beside the log.
//!
//! Invariant: what is kept is what the log says by its digest; an edition that changes nothing is no event. Deliberately not here: what
//! becomes of them when they are told again (`tidegate-notes`).

use tidegate_domain::id::StreamId;
use tidegate_domain::name::Version;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::{NotesRecord, Release, ReleaseCommand, ReleaseRefusal};
use tidegate_notes::kept::{BYTES_MAX, Kept};
use tidegate_plan::document::Problem;
use tidegate_ports::{Fault, Note};

use crate::Engine;
use crate::command::{Answer, ForNotes, NotesWish};
use crate::draft::{Draft, Error};
use crate::gates::hex_digest;

impl Engine {
    /// None where there is no such release; empty where nothing is kept of it.
    pub async fn notes_of(&self, version: &Version) -> Result<Option<Kept>, Fault> {
        let loaded = self.cache.load(&StreamId::Release(version.clone())).await?;
        match loaded.state.release() {
            Some(release) => self.kept_notes(release).await.map(Some),
            None => Ok(None),
        }
    }

    pub(crate) async fn for_notes(&self, draft: &mut Draft<'_>, wish: &ForNotes) -> Result<Answer, Error> {
        let version = &wish.release;
        let stream = StreamId::Release(version.clone());
        let release = draft.state(&stream).await?.release().cloned();
        let release =
            release.ok_or_else(|| Refusal::from(ReleaseRefusal::Unknown { version: version.clone() }))?;
        let before = self.kept_notes(&release).await?;
        let (kept, renewed) = match &wish.wish {
            NotesWish::Renew(lines) => (before.renewed(lines.clone()).0, true),
            NotesWish::Write(given) => {
                let written = before.written(given.clone());
                let unfit = |problems: Vec<tidegate_notes::kept::Problem>| {
                    let told = problems.into_iter().map(|it| (it.path, it.says));
                    refused(version, told.collect())
                };
                (written.map_err(unfit)?, false)
            }
        };
        let bytes = serde_json::to_vec(&kept)
            .map_err(|why| Fault::hold("notes-unwritable", "notes could not be kept").caused_by(why))?;
        if bytes.len() > BYTES_MAX {
            let says = format!("{} bytes of notes are more than {BYTES_MAX}", bytes.len());
            return Err(refused(version, vec![("/lines".to_owned(), says)]).into());
        }
        let notes = NotesRecord {
            digest: hex_digest(&bytes),
            lines: kept.lines.len() as u64,
            waiting: kept.lines.iter().filter(|line| line.meanwhile).count() as u64,
            renewed,
        };
        if release.kept_notes.as_ref().is_some_and(|known| known.digest == notes.digest) {
            return Ok(Answer::Done);
        }
        let name = note(&notes.digest);
        draft.release(version, ReleaseCommand::WriteNotes { notes }).await?;
        let before = release.kept_notes.map(|known| note(&known.digest));
        draft.notes.extend(before.map(|name| Note { stream: stream.clone(), name, body: None }));
        draft.notes.push(Note { stream, name, body: Some(bytes) });
        Ok(Answer::Done)
    }

    async fn kept_notes(&self, release: &Release) -> Result<Kept, Fault> {
        let Some(record) = &release.kept_notes else { return Ok(Kept::default()) };
        let stream = StreamId::Release(release.version.clone());
        let bytes = self.store.note(&stream, &note(&record.digest)).await?;
        let whole = bytes.filter(|bytes| hex_digest(bytes) == record.digest);
        let read = whole.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        read.ok_or_else(|| {
            Fault::retry("notes-changed", format!("the notes of {} are not those of the log", release.version))
                .with_help("ask again: somebody may have written others meanwhile; if it stays so, what is kept beside the log was changed, and a backup has it")
        })
    }
}

/// As each edition is kept, so that a reader never meets another than the log told it of.
fn note(digest: &str) -> String {
    format!("notes/{digest}")
}

fn refused(version: &Version, problems: Vec<(String, String)>) -> Refusal {
    let problem = |(path, says)| Problem { path, code: "notes-unfit", says };
    let problems = problems.into_iter().map(problem).collect();
    ReleaseRefusal::NotesUnfit { version: version.clone(), problems }.into()
}
