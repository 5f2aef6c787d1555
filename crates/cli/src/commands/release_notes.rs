//! `tidegate release notes`, and `tidegate notes --keep`: the notes that a release keeps.
//!
//! Invariant: what is kept is what the server says it is; nothing is merged here. Not here: telling notes from git (`notes`).

use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidegate_api::{
    NoteWords, ReleaseNote, ReleaseNotes, RenewReleaseNotesRequest, ToldReleaseNote, WriteReleaseNotesRequest,
};
use tidegate_notes::{Audience, Entry};

use super::notes::Readers;
use super::{Answer, Context, input};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render;

/// Show the notes that a release keeps, or write them
///
/// `tidegate notes --release VERSION --keep` sends them from git.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The release
    version: String,
    /// Only what these readers care for
    #[arg(long)]
    audience: Option<Readers>,
    /// How to write them; --json shows all of them with their ids
    #[arg(long, default_value = "text")]
    format: Format,
    /// Write them, whole: JSON as --json shows it; - reads stdin
    #[arg(long, value_name = "FILE", conflicts_with = "audience")]
    write: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Markdown,
}

const BYTES_MAX: u64 = 4 << 20;

pub async fn run(args: &Args, context: &Context) -> Answer {
    if let Some(file) = &args.write {
        return write(args, file, context).await;
    }
    let client = context.connect()?.client;
    if context.out.json {
        context.out.document(&client.release_notes(&args.version).await?)?;
        return Ok(Ending::Done);
    }
    let format = match args.format {
        Format::Text => "text",
        Format::Markdown => "markdown",
    };
    let audience = args.audience.map(|readers| Audience::from(readers).key());
    context.out.text(&client.release_notes_text(&args.version, (format, audience)).await?)?;
    Ok(Ending::Done)
}

async fn write(args: &Args, file: &std::path::Path, context: &Context) -> Answer {
    let bytes = input::read(file, BYTES_MAX).map_err(|why| input::unreadable(file, &why))?;
    let unfit = |why: serde_json::Error| {
        Failure::usage("file-unreadable", format!("{} holds no notes: {why}", file.display())).help(
            "write `{\"notes\": [{\"id\": …, \"words\": {\"section\": \"fixes\", \"text\": …}}]}`, or what --json shows",
        )
    };
    // What is shown may be sent as it is: what belongs to the source alone is passed over.
    let shown = serde_json::from_slice::<ReleaseNotes>(&bytes)
        .map(|shown| WriteReleaseNotesRequest { notes: shown.notes.into_iter().map(given).collect() });
    let request = match shown {
        Ok(request) => request,
        Err(_) => serde_json::from_slice(&bytes).map_err(unfit)?,
    };
    let connection = context.connect()?;
    let version = &args.version;
    let notes =
        connection.once(async |client, key| client.write_release_notes(version, &request, key).await).await?;
    context.out.show(&notes, render::notes::kept)?;
    Ok(Ending::Done)
}

fn given(note: ReleaseNote) -> tidegate_api::WriteReleaseNote {
    tidegate_api::WriteReleaseNote { id: Some(note.id), words: note.words, settled: false }
}

/// Sends what git tells now; the server keeps what people changed.
pub async fn keep(version: &str, entries: Vec<Entry>, context: &Context) -> Answer {
    let notes = entries.into_iter().map(told).collect::<Result<_, _>>()?;
    let request = RenewReleaseNotesRequest { notes };
    let connection = context.connect()?;
    let renewed =
        connection.once(async |client, key| client.renew_release_notes(version, &request, key).await).await?;
    context.out.show(&renewed, render::notes::renewed)?;
    Ok(Ending::Done)
}

fn told(entry: Entry) -> Result<ToldReleaseNote, Failure> {
    let Entry { id, section, scope, text, details, audiences, issues, pull_requests, commit, .. } = entry;
    let section = same(&section)?;
    let audiences = audiences.iter().map(same).collect::<Result<_, _>>()?;
    let words = NoteWords { section, scope, text, details, audiences };
    Ok(ToldReleaseNote { id, words, issues, pull_requests, commit })
}

/// A section or readers, which have the same words here and in the API.
fn same<T: DeserializeOwned>(word: &impl Serialize) -> Result<T, Failure> {
    let told = serde_json::to_value(word).and_then(serde_json::from_value);
    told.map_err(|why| Failure::usage("members-unfit", format!("the API has no such word: {why}")))
}

#[cfg(test)]
mod tests {
    use tidegate_api::{NoteAudience, NoteSection};
    use tidegate_notes::{Audience, Section};

    use super::*;

    #[test]
    fn every_section_and_every_reader_has_its_word_in_the_api() {
        let sections: Vec<NoteSection> = Section::ALL.iter().map(|section| same(section).unwrap()).collect();
        assert_eq!(sections.first(), Some(&NoteSection::Breaking));
        let readers: Vec<NoteAudience> = Audience::ALL.iter().map(|readers| same(readers).unwrap()).collect();
        assert_eq!(readers, [NoteAudience::Users, NoteAudience::Operators, NoteAudience::Support]);
    }
}
