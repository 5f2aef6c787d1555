//! Notes of releases, between the API and what is kept.
//!
//! Invariant: both ways name every section and every reader, so that a new one is not forgotten here.

use tidegate_api::{
    NoteAudience, NoteSection, NoteWords, ReleaseNote, ReleaseNotes, ToldReleaseNote, WriteReleaseNote,
};
use tidegate_domain::name::Version;
use tidegate_notes::kept::{Given, Kept, Line, Words};
use tidegate_notes::{Audience, Section};

pub(crate) fn release_notes(version: &Version, kept: &Kept) -> ReleaseNotes {
    ReleaseNotes {
        release: version.to_string(),
        notes: kept.lines.iter().map(note).collect(),
        left_out: kept.left_out.iter().cloned().collect(),
    }
}

fn note(line: &Line) -> ReleaseNote {
    ReleaseNote {
        id: line.id.clone(),
        words: words(&line.words),
        issues: line.issues.clone(),
        pull_requests: line.pull_requests.clone(),
        commit: line.commit.clone(),
        source: line.source.as_ref().filter(|source| **source != line.words).map(words),
        waits: line.meanwhile,
    }
}

fn words(words: &Words) -> NoteWords {
    NoteWords {
        section: section(words.section),
        scope: words.scope.clone(),
        text: words.text.clone(),
        details: words.details.clone(),
        audiences: words.audiences.iter().copied().map(audience).collect(),
    }
}

pub(crate) fn note_given(given: WriteReleaseNote) -> Given {
    Given { id: given.id, words: words_read(given.words), settled: given.settled }
}

pub(crate) fn note_told(told: ToldReleaseNote) -> Line {
    let ToldReleaseNote { id, words, issues, pull_requests, commit } = told;
    let words = words_read(words);
    Line { id, source: Some(words.clone()), words, issues, pull_requests, commit, meanwhile: false }
}

fn words_read(words: NoteWords) -> Words {
    let NoteWords { section, scope, text, details, audiences } = words;
    let section = section_read(section);
    let usual = || section.audiences().iter().copied().collect();
    let audiences = match audiences.as_slice() {
        [] => usual(),
        given => given.iter().copied().map(note_audience_read).collect(),
    };
    Words { section, scope, text, details, audiences }
}

fn section(section: Section) -> NoteSection {
    match section {
        Section::Breaking => NoteSection::Breaking,
        Section::Features => NoteSection::Features,
        Section::Improvements => NoteSection::Improvements,
        Section::Fixes => NoteSection::Fixes,
        Section::Performance => NoteSection::Performance,
        Section::KnownIssues => NoteSection::KnownIssues,
        Section::Upgrade => NoteSection::Upgrade,
        Section::Rollback => NoteSection::Rollback,
        Section::Other => NoteSection::Other,
    }
}

fn section_read(section: NoteSection) -> Section {
    match section {
        NoteSection::Breaking => Section::Breaking,
        NoteSection::Features => Section::Features,
        NoteSection::Improvements => Section::Improvements,
        NoteSection::Fixes => Section::Fixes,
        NoteSection::Performance => Section::Performance,
        NoteSection::KnownIssues => Section::KnownIssues,
        NoteSection::Upgrade => Section::Upgrade,
        NoteSection::Rollback => Section::Rollback,
        NoteSection::Other => Section::Other,
    }
}

fn audience(audience: Audience) -> NoteAudience {
    match audience {
        Audience::Users => NoteAudience::Users,
        Audience::Operators => NoteAudience::Operators,
        Audience::Support => NoteAudience::Support,
    }
}

pub(crate) fn note_audience_read(audience: NoteAudience) -> Audience {
    match audience {
        NoteAudience::Users => Audience::Users,
        NoteAudience::Operators => Audience::Operators,
        NoteAudience::Support => Audience::Support,
    }
}
