//! Notes of releases, between the API and what is kept.
//!
//! Invariant: sections and readers have the same words here and there; a test holds that of each.

use tidegate_api::{NoteWords, ReleaseNote, ReleaseNotes, ToldReleaseNote, WriteReleaseNote};
use tidegate_domain::name::Version;
use tidegate_notes::Section;
use tidegate_notes::kept::{Given, Kept, Line, Words};
use tidegate_ports::Fault;

use super::retold;

pub(crate) fn release_notes(version: &Version, kept: &Kept) -> Result<ReleaseNotes, Fault> {
    Ok(ReleaseNotes {
        release: version.to_string(),
        notes: kept.lines.iter().map(note).collect::<Result<_, Fault>>()?,
        left_out: kept.left_out.iter().cloned().collect(),
    })
}

fn note(line: &Line) -> Result<ReleaseNote, Fault> {
    let source = line.source.as_ref().filter(|source| **source != line.words);
    Ok(ReleaseNote {
        id: line.id.clone(),
        words: words(&line.words)?,
        issues: line.issues.clone(),
        pull_requests: line.pull_requests.clone(),
        commit: line.commit.clone(),
        source: source.map(words).transpose()?,
        waits: line.meanwhile,
    })
}

fn words(words: &Words) -> Result<NoteWords, Fault> {
    Ok(NoteWords {
        section: retold(&words.section)?,
        scope: words.scope.clone(),
        text: words.text.clone(),
        details: words.details.clone(),
        audiences: words.audiences.iter().map(retold).collect::<Result<_, Fault>>()?,
    })
}

pub(crate) fn note_given(given: WriteReleaseNote) -> Result<Given, Fault> {
    Ok(Given { id: given.id, words: words_read(given.words)?, settled: given.settled })
}

pub(crate) fn note_told(told: ToldReleaseNote) -> Result<Line, Fault> {
    let ToldReleaseNote { id, words, issues, pull_requests, commit } = told;
    let words = words_read(words)?;
    Ok(Line { id, source: Some(words.clone()), words, issues, pull_requests, commit, meanwhile: false })
}

fn words_read(words: NoteWords) -> Result<Words, Fault> {
    let NoteWords { section, scope, text, details, audiences } = words;
    let section: Section = retold(&section)?;
    let audiences = match audiences.as_slice() {
        [] => section.audiences().iter().copied().collect(),
        given => given.iter().map(retold).collect::<Result<_, Fault>>()?,
    };
    Ok(Words { section, scope, text, details, audiences })
}

#[cfg(test)]
mod tests {
    use tidegate_api::{NoteAudience, NoteSection};
    use tidegate_notes::Audience;

    use super::*;

    #[test]
    fn every_section_and_every_reader_has_the_same_word_here_and_there() {
        for section in Section::ALL {
            let told: NoteSection = retold(&section).unwrap();
            assert_eq!(retold::<Section>(&told).unwrap(), section);
        }
        for readers in Audience::ALL {
            let told: NoteAudience = retold(&readers).unwrap();
            assert_eq!(retold::<Audience>(&told).unwrap(), readers);
        }
    }
}
