//! Notes that a release keeps: sent from their source, edited, sent again, read, and told in announcements.

use tidegate_client::api::{
    NoteAudience, NoteSection, NoteWords, Occasion, PreviewAnnouncementRequest, ReleaseNotes,
    RenewReleaseNotesRequest, ToldReleaseNote, WriteReleaseNote, WriteReleaseNotesRequest,
};

use crate::support::{World, key};

fn words(section: NoteSection, text: &str) -> NoteWords {
    NoteWords { section, scope: None, text: text.to_owned(), details: String::new(), audiences: Vec::new() }
}

fn told(id: &str, section: NoteSection, text: &str) -> ToldReleaseNote {
    let pull_requests = vec!["#7".to_owned()];
    ToldReleaseNote {
        id: id.to_owned(),
        words: words(section, text),
        issues: Vec::new(),
        pull_requests,
        commit: None,
    }
}

fn as_written(notes: &ReleaseNotes) -> Vec<WriteReleaseNote> {
    let one = |note: &tidegate_client::api::ReleaseNote| WriteReleaseNote {
        id: Some(note.id.clone()),
        words: note.words.clone(),
        settled: false,
    };
    notes.notes.iter().map(one).collect()
}

async fn changes(world: &World) -> String {
    let text =
        "{% for it in changes %}{{ it }};{% endfor %}{% for it in known_issues %}!{{ it }}{% endfor %}";
    let request = PreviewAnnouncementRequest {
        occasion: Occasion::Confirmation,
        release: Some("1.0.0".to_owned()),
        subject: Some("Out".to_owned()),
        text: Some(text.to_owned()),
    };
    world.client.preview_announcement(&request, &key()).await.unwrap().text
}

#[tokio::test]
async fn edits_survive_being_told_again_and_announcements_tell_them() {
    let world = World::applied().await;
    world.release("1.0.0").await;
    let client = &world.client;
    assert_eq!(client.release_notes("1.0.0").await.unwrap().notes, []);
    assert_eq!(changes(&world).await, "A note;");

    let source = vec![
        told("a1", NoteSection::Features, "Lend without a card"),
        told("b2", NoteSection::Fixes, "fix: nights are dark"),
        told("c3", NoteSection::Other, "chore: tidy up"),
    ];
    let request = RenewReleaseNotesRequest { notes: source.clone() };
    let renewed = client.renew_release_notes("1.0.0", &request, &key()).await.unwrap();
    assert_eq!(renewed.new, ["a1", "b2", "c3"]);
    assert_eq!(renewed.notes.notes[0].words.audiences, [NoteAudience::Users, NoteAudience::Support]);

    let mut wanted = as_written(&renewed.notes);
    wanted.remove(0);
    wanted[0].words.text = "Nights are dark again".to_owned();
    let known = words(NoteSection::KnownIssues, "Printing takes a minute");
    wanted.push(WriteReleaseNote { id: None, words: known, settled: false });
    let written = WriteReleaseNotesRequest { notes: wanted };
    let notes = client.write_release_notes("1.0.0", &written, &key()).await.unwrap();
    assert_eq!((notes.left_out, notes.notes[2].id.as_str()), (vec!["a1".to_owned()], "h.1"));

    let mut source = source;
    source[1].words.text = "fix: nights are dark and silent".to_owned();
    let request = RenewReleaseNotesRequest { notes: source };
    let renewed = client.renew_release_notes("1.0.0", &request, &key()).await.unwrap();
    assert_eq!((renewed.new.len(), renewed.waiting), (0, vec!["b2".to_owned()]));
    let waits = &renewed.notes.notes[0];
    assert_eq!((waits.waits, waits.words.text.as_str()), (true, "Nights are dark again"));
    assert_eq!(waits.source.as_ref().unwrap().text, "fix: nights are dark and silent");
    assert_eq!(changes(&world).await, "Nights are dark again (#7);!Printing takes a minute");

    let read = client.release_notes_text("1.0.0", ("markdown", Some("users"))).await.unwrap();
    assert_eq!(
        read,
        "## 1.0.0\n\n### Fixes\n\n- Nights are dark again (#7)\n\n### Known issues\n\n- Printing takes a minute\n"
    );

    // The same again is no news.
    let edition = || async { client.release("1.0.0").await.unwrap() };
    let before = edition().await;
    client.renew_release_notes("1.0.0", &request, &key()).await.unwrap();
    assert_eq!(edition().await, before);
}

#[tokio::test]
async fn what_cannot_be_meant_changes_nothing() {
    let world = World::applied().await;
    world.release("1.0.0").await;
    let client = &world.client;
    let write = |id: Option<&str>, text: &str| {
        let note = WriteReleaseNote {
            id: id.map(str::to_owned),
            words: words(NoteSection::Fixes, text),
            settled: false,
        };
        WriteReleaseNotesRequest { notes: vec![note] }
    };
    for (request, code) in
        [(write(Some("zz"), "x"), "notes-unfit"), (write(None, "two\nlines"), "notes-unfit")]
    {
        let refused = client.write_release_notes("1.0.0", &request, &key()).await.unwrap_err();
        assert!(refused.to_string().contains("/lines/0"), "{refused}");
        assert_eq!(refused.code(), code);
    }
    let nowhere = client.write_release_notes("9.9.9", &write(None, "x"), &key()).await.unwrap_err();
    assert_eq!(nowhere.code(), "unknown-release");
    assert_eq!(client.release_notes("1.0.0").await.unwrap().notes, []);
}
