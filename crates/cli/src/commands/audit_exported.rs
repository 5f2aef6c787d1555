//! An export of the log, checked: each leaf from its line, the head of the tree from all of them.
//!
//! Invariant: nothing but the file, checkpoints and their key is needed; a line of any length takes bounded memory. Not
//! here: making one (`audit_log`).

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use serde::Serialize;
use tidegate_api::{ChainState, EXPORT_FORMAT, ExportBegin, ExportedContent, ExportedEvent};
use tidegate_store::audit::{
    Audit, Chain, Checkpoint, Facts, Hash, OriginFact, Seal, Segment, Tree, compare, hex, unhex,
};

use crate::failure::Failure;

const LINE_BYTES_MAX: u64 = 64 << 20;

/// What was found in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    pub project: String,
    /// Events before the first one in it.
    pub after: u64,
    /// Those that are good.
    pub events: u64,
    /// Of those, the ones of which only the leaf is there.
    pub withheld: u64,
    pub forgotten_origins: u64,
    /// Of the tree over all events up to the last good one.
    pub head: String,
    pub chain: ChainState,
    pub first_bad_position: Option<u64>,
    pub why: Option<String>,
    /// Signed heads of the sizes that it goes through, which agree with it.
    pub checkpoints: u64,
    /// Up to here every event is what was signed.
    pub proven_until: Option<u64>,
}

/// What a file holds, and how it compares.
pub fn verify(path: &Path, checkpoints: &[Checkpoint]) -> Result<Found, Failure> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut lines = Lines { path, from: BufReader::new(file), line: Vec::new() };
    let begin = lines.begin()?;
    let peaks: Option<Vec<Hash>> = begin.peaks.iter().map(|peak| unhex(peak)).collect();
    let tree = peaks.and_then(|peaks| Tree::from_stored(begin.after, &peaks.concat()));
    let tree = tree.ok_or_else(|| malformed(path, "its peaks are not those of a tree of that size"))?;
    let mut reading = Reading {
        segment: Segment::after(tree).noting(checkpoints.iter().map(|checkpoint| checkpoint.size)),
        withheld: 0,
        forgotten_origins: 0,
    };
    let mut bad = None;
    while bad.is_none()
        && let Some(line) = lines.next()?
    {
        bad = reading.take(line).err();
    }
    if bad.is_none() && reading.segment.size() < begin.until {
        bad = Some(format!("it is missing: the export goes on to event {}", begin.until));
    }
    Ok(reading.found(begin, bad, checkpoints))
}

struct Reading {
    segment: Segment,
    withheld: u64,
    forgotten_origins: u64,
}

impl Reading {
    fn take(&mut self, line: &[u8]) -> Result<(), String> {
        let told: ExportedEvent =
            serde_json::from_slice(line).map_err(|why| format!("its line cannot be read: {why}"))?;
        let leaf: Hash = unhex(&told.leaf).ok_or("its leaf is no SHA-256")?;
        let Some(event) = &told.event else {
            self.segment.push(told.position, &leaf, None)?;
            self.withheld += 1;
            return Ok(());
        };
        let seal = seal(event)?;
        let origin = OriginFact::of(event.origin.as_deref(), seal.as_ref())?;
        self.segment.push(told.position, &leaf, Some(&facts(told.position, event, origin)))?;
        self.forgotten_origins += u64::from(matches!(origin, OriginFact::Forgotten(_)));
        Ok(())
    }

    fn found(self, begin: ExportBegin, bad: Option<String>, checkpoints: &[Checkpoint]) -> Found {
        let (size, head) = (self.segment.size(), self.segment.head());
        let chain = match bad {
            Some(why) => Chain::Broken { first_bad_position: size + 1, why },
            None => Chain::Ok,
        };
        let within = begin.after..=size;
        let within: Vec<Checkpoint> =
            checkpoints.iter().filter(|checkpoint| within.contains(&checkpoint.size)).cloned().collect();
        let audit =
            compare(Audit { events: size, forgotten_origins: 0, head, chain }, self.segment.heads(), &within);
        let (chain, first_bad_position, why) = match audit.chain {
            Chain::Ok => (ChainState::Ok, None, None),
            Chain::Broken { first_bad_position, why } => {
                (ChainState::Broken, Some(first_bad_position.max(begin.after + 1)), Some(why))
            }
        };
        let agree = chain == ChainState::Ok;
        Found {
            project: begin.project,
            after: begin.after,
            events: size - begin.after,
            withheld: self.withheld,
            forgotten_origins: self.forgotten_origins,
            head: hex(&head),
            chain,
            first_bad_position,
            why,
            checkpoints: if agree { within.len() as u64 } else { 0 },
            proven_until: within.iter().map(|checkpoint| checkpoint.size).max().filter(|_| agree),
        }
    }
}

fn facts<'a>(position: u64, event: &'a ExportedContent, origin: OriginFact<'a>) -> Facts<'a> {
    Facts {
        position,
        stream: &event.stream,
        version: event.version,
        kind: &event.kind,
        body: &event.body,
        actor: &event.actor,
        wall_ms: event.wall_ms,
        steady_ms: event.steady_ms,
        origin,
    }
}

fn seal(event: &ExportedContent) -> Result<Option<Seal>, &'static str> {
    match (&event.origin_salt, &event.origin_hash) {
        (None, None) => Ok(None),
        (Some(salt), None) => {
            unhex(salt).map(|salt| Some(Seal::Salt(salt))).ok_or("the salt of its origin is not 16 bytes")
        }
        (None, Some(hash)) => {
            unhex(hash).map(|hash| Some(Seal::Hash(hash))).ok_or("the hash of its origin is not 32 bytes")
        }
        (Some(_), Some(_)) => Err("its origin has a salt and a hash"),
    }
}

struct Lines<'a> {
    path: &'a Path,
    from: BufReader<File>,
    line: Vec<u8>,
}

impl Lines<'_> {
    /// None at the end.
    fn next(&mut self) -> Result<Option<&[u8]>, Failure> {
        self.line.clear();
        let read = (&mut self.from).take(LINE_BYTES_MAX).read_until(b'\n', &mut self.line);
        let read = read.map_err(|error| unreadable(self.path, &error))?;
        if read as u64 == LINE_BYTES_MAX {
            return Err(malformed(self.path, "one of its lines is longer than any event"));
        }
        Ok((read > 0).then_some(self.line.as_slice()))
    }

    fn begin(&mut self) -> Result<ExportBegin, Failure> {
        let path = self.path;
        let line = self.next()?.ok_or_else(|| malformed(path, "it is empty"))?;
        let begin: ExportBegin =
            serde_json::from_slice(line).map_err(|why| malformed(path, &format!("its first line: {why}")))?;
        if begin.format != EXPORT_FORMAT {
            return Err(malformed(path, "it is of a form that this tidegate does not know"));
        }
        // No log is ever that long; it keeps every sum below the limits of numbers.
        if begin.until < begin.after || begin.until > u64::MAX / 2 {
            return Err(malformed(path, "it ends before it begins, or nowhere"));
        }
        Ok(begin)
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::fault("file-unreadable", format!("cannot read {}", path.display()))
        .help("check that it exists and may be read")
        .caused_by(error)
}

fn malformed(path: &Path, why: &str) -> Failure {
    Failure::refused("export-malformed", format!("{} is no export of a log: {why}", path.display()))
        .help("name a file that `tidegate audit export` wrote, unchanged")
}

#[cfg(test)]
mod tests {
    use tidegate_store::audit::NoteKey;

    use super::*;

    const EVENTS: u64 = 9;

    fn event(position: u64) -> ExportedEvent {
        let (origin, origin_salt, origin_hash) = match position % 3 {
            0 => (None, None, None),
            1 => (Some("127.0.0.1 cli".to_owned()), Some("07".repeat(16)), None),
            _ => (None, None, Some("0a".repeat(32))),
        };
        let content = ExportedContent {
            stream: "catalog".to_owned(),
            version: position,
            kind: "catalog.applied".to_owned(),
            body: "{}".to_owned(),
            actor: "ann".to_owned(),
            wall_ms: 1,
            steady_ms: 2,
            origin,
            origin_salt,
            origin_hash,
        };
        let seal = seal(&content).unwrap();
        let origin = OriginFact::of(content.origin.as_deref(), seal.as_ref()).unwrap();
        let leaf = hex(&facts(position, &content, origin).leaf(&mut Vec::new()));
        ExportedEvent { position, leaf, event: Some(content) }
    }

    fn tree(size: u64) -> Tree {
        let mut tree = Tree::default();
        (1..=size).for_each(|position| tree.push(unhex(&event(position).leaf).unwrap()));
        tree
    }

    fn checkpoint(size: u64) -> Checkpoint {
        let key = NoteKey::from_seed(&[7; 32]);
        Checkpoint { origin: key.public().to_string(), size, root: tree(size).root() }
    }

    struct File {
        begin: ExportBegin,
        events: Vec<ExportedEvent>,
    }

    fn file(after: u64) -> File {
        let peaks = tree(after).peaks().iter().map(|peak| hex(peak)).collect();
        let (format, project) = (EXPORT_FORMAT.to_owned(), "default".to_owned());
        let begin = ExportBegin { format, project, after, until: EVENTS, peaks };
        File { begin, events: (after + 1..=EVENTS).map(event).collect() }
    }

    impl File {
        fn verify(&self, checkpoints: &[Checkpoint]) -> Found {
            let mut text = serde_json::to_string(&self.begin).unwrap() + "\n";
            for event in &self.events {
                text += &(serde_json::to_string(event).unwrap() + "\n");
            }
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text).unwrap();
            verify(file.path(), checkpoints).unwrap()
        }
        fn content(&mut self, index: usize) -> &mut ExportedContent {
            self.events[index].event.as_mut().unwrap()
        }
    }

    #[test]
    fn an_export_proves_itself_and_a_part_of_one_does() {
        for after in 0..EVENTS {
            let mut file = file(after);
            file.events[0].event = None;
            let found = file.verify(&[checkpoint(1), checkpoint(6), checkpoint(40)]);
            assert_eq!((found.chain, found.why.clone()), (ChainState::Ok, None), "{found:?}");
            assert_eq!((found.events, found.withheld), (EVENTS - after, 1));
            assert_eq!(found.head, hex(&tree(EVENTS).root()));
            let proven = [1, 6].into_iter().filter(|size| *size >= after);
            assert_eq!(
                (found.checkpoints, found.proven_until),
                (proven.clone().count() as u64, proven.max())
            );
        }
    }

    #[test]
    fn whatever_was_changed_is_found() {
        fn check(after: u64, change: impl Fn(&mut File), expect: u64) {
            let mut file = file(after);
            change(&mut file);
            let found = file.verify(&[checkpoint(EVENTS)]);
            assert_eq!((found.first_bad_position, found.checkpoints), (Some(expect), 0), "{found:?}");
        }
        check(0, |file| file.content(1).actor = "mallory".to_owned(), 2);
        check(3, |file| file.content(2).body = "{ }".to_owned(), 6);
        check(0, |file| file.content(0).origin = None, 1);
        check(0, |file| file.content(0).origin_salt = Some("zz".to_owned()), 1);
        check(0, |file| file.content(1).origin_hash = Some("0b".repeat(32)), 2);
        check(0, |file| drop(file.events.remove(4)), 5);
        check(0, |file| drop(file.events.pop()), EVENTS);
        check(3, |file| file.events.swap(0, 1), 4);
        check(0, |file| file.events[6].leaf = "00".repeat(32), 7);
        // What fits together in itself and is not what was signed.
        check(
            0,
            |file| file.events[5] = ExportedEvent { leaf: "00".repeat(32), position: 6, event: None },
            1,
        );
        check(5, |file| file.begin.peaks[1] = "00".repeat(32), 6);
    }

    #[test]
    fn what_is_no_export_is_refused() {
        let long = format!("{{\"format\":\"{}\"}}", "x".repeat(100));
        let begin = |format: &str, after: u64, until: u64, peaks: &str| {
            format!(
                r#"{{"format":"{format}","project":"p","after":{after},"until":{until},"peaks":[{peaks}]}}"#
            )
        };
        for text in [
            "",
            "\n",
            "null",
            "{}",
            &long,
            &begin("tidegate-audit-9", 0, 0, ""),
            &begin(EXPORT_FORMAT, 3, 2, ""),
            &begin(EXPORT_FORMAT, 1, 2, ""),
            &begin(EXPORT_FORMAT, 1, 2, "\"zz\""),
            &begin(EXPORT_FORMAT, u64::MAX, u64::MAX, ""),
        ] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text).unwrap();
            let Err(Failure::Said(saying)) = verify(file.path(), &[]) else { panic!("{text}") };
            assert_eq!(saying.code, "export-malformed", "{text}");
        }
    }
}
