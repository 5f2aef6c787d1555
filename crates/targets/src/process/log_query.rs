//! `tidegate logs`: which log files there are, their last lines, and new lines as they come.
//!
//! Invariant: nobody who reads slowly holds up anything but their own lines. Deliberately not here: files and bytes
//! (`logs`).

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tidegate_domain::id::SlotId;
use tidegate_domain::name::Version;
use tidegate_domain::secret::Redactor;
use tidegate_ports::{Fault, SecretSource};
use tokio::sync::mpsc;

use super::layout::{self, Layout};
use super::logs::{LINE_BYTES_MAX, shown, tail};
use super::{ProcessTarget, resume};
use crate::outside::io_fault;

const LINES_MAX: usize = 10_000;
const LOOK_EVERY: Duration = Duration::from_millis(250);
const QUEUE_LINES_MAX: usize = 1_024;
/// Read from one log between two looks at the others.
const READ_BYTES_MAX: u64 = 1 << 20;

/// Which logs, and how much of them.
#[derive(Debug, Clone)]
pub struct LogQuery {
    pub slot: SlotId,
    /// All versions where absent.
    pub version: Option<Version>,
    /// All instances where absent.
    pub ordinal: Option<u32>,
    /// The last lines of each instance; at most 10 000.
    pub lines: usize,
    /// Whether new lines are wanted, too.
    pub follow: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    pub version: Version,
    pub ordinal: u32,
    /// `api-1.2.0-0`
    pub instance: String,
    pub path: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    pub instance: String,
    pub text: String,
}

pub struct Logs {
    /// By version and ordinal, each log in its order.
    pub lines: Vec<LogLine>,
    /// New lines, until it is dropped.
    pub follow: Option<mpsc::Receiver<LogLine>>,
}

impl ProcessTarget {
    /// The log files of a slot, also of versions that are gone.
    pub fn log_files(&self, query: &LogQuery) -> Result<Vec<LogFile>, Fault> {
        log_files(&self.inner.layout, query)
    }

    /// The last lines, and the following ones if they are asked for. Nothing is lost between the two.
    pub async fn logs(&self, query: &LogQuery) -> Result<Logs, Fault> {
        let secrets = Arc::clone(&self.inner.common.secrets);
        let redactor = secrets.redactor(&query.slot.environment).await?;
        let (layout, query) = (self.inner.layout.clone(), query.clone());
        let reading = tokio::task::spawn_blocking(move || read(&layout, &query, redactor));
        let (lines, follower) =
            reading.await.map_err(|error| io_fault("read the logs", io::Error::other(error)))??;
        Ok(Logs { lines, follow: follower.map(|follower| follow(follower, secrets)) })
    }
}

fn read(
    layout: &Layout,
    query: &LogQuery,
    redactor: Arc<Redactor>,
) -> Result<(Vec<LogLine>, Option<Follower>), Fault> {
    let files = log_files(layout, query)?;
    let mut follower =
        Follower { layout: layout.clone(), query: query.clone(), files: BTreeMap::new(), redactor };
    let mut lines = Vec::new();
    for file in files {
        let failed = |error| io_fault(&format!("read the log {}", file.path.display()), error);
        let end = std::fs::metadata(&file.path).map_err(failed)?.len();
        let texts = tail(&file.path, query.lines.min(LINES_MAX), &follower.redactor).map_err(failed)?;
        lines.extend(texts.into_iter().map(|text| LogLine { instance: file.instance.clone(), text }));
        follower
            .files
            .insert(file.path, Followed { instance: file.instance, offset: end, half_line: Vec::new() });
    }
    Ok((lines, query.follow.then_some(follower)))
}

fn log_files(layout: &Layout, query: &LogQuery) -> Result<Vec<LogFile>, Fault> {
    let mut found = Vec::new();
    for (version, folder) in resume::folders(&layout.versions(&query.slot))? {
        let Ok(version) = Version::new(version) else { continue };
        if query.version.as_ref().is_some_and(|wanted| *wanted != version) {
            continue;
        }
        found.extend(logs_in(&folder, &query.slot, &version)?);
    }
    found.retain(|file| query.ordinal.is_none_or(|wanted| wanted == file.ordinal));
    found.sort_by(|a, b| (&a.version, a.ordinal).cmp(&(&b.version, b.ordinal)));
    Ok(found)
}

fn logs_in(folder: &Path, slot: &SlotId, version: &Version) -> Result<Vec<LogFile>, Fault> {
    let entries =
        std::fs::read_dir(folder).map_err(|error| io_fault(&format!("list {}", folder.display()), error))?;
    let log = |entry: std::fs::DirEntry| {
        let ordinal = layout::ordinal(entry.file_name().to_str()?, "log")?;
        let instance = super::cell::name(slot, version, ordinal);
        Some(LogFile { version: version.clone(), ordinal, instance, path: entry.path() })
    };
    Ok(entries.flatten().filter_map(log).collect())
}

struct Followed {
    instance: String,
    offset: u64,
    half_line: Vec<u8>,
}

struct Follower {
    layout: Layout,
    query: LogQuery,
    files: BTreeMap<PathBuf, Followed>,
    redactor: Arc<Redactor>,
}

fn follow(mut follower: Follower, secrets: Arc<dyn SecretSource>) -> mpsc::Receiver<LogLine> {
    let (sender, receiver) = mpsc::channel(QUEUE_LINES_MAX);
    tokio::spawn(async move {
        while !sender.is_closed() {
            // An instance may have been given a new secret since. Rather no line than one that nobody looked through.
            match secrets.redactor(&follower.query.slot.environment).await {
                Ok(redactor) => follower.redactor = redactor,
                Err(_) => return,
            }
            let looking = tokio::task::spawn_blocking(move || {
                let lines = follower.look();
                (follower, lines)
            });
            let Ok((back, lines)) = looking.await else { return };
            follower = back;
            for line in lines {
                if sender.send(line).await.is_err() {
                    return;
                }
            }
            tokio::select! {
                () = sender.closed() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    });
    receiver
}

impl Follower {
    /// What came since the last look, also in logs that are new.
    fn look(&mut self) -> Vec<LogLine> {
        for file in log_files(&self.layout, &self.query).unwrap_or_default() {
            let new = || Followed { instance: file.instance, offset: 0, half_line: Vec::new() };
            self.files.entry(file.path).or_insert_with(new);
        }
        let mut lines = Vec::new();
        for (path, followed) in &mut self.files {
            if let Err(error) = followed.read(path, &mut lines, &self.redactor) {
                tracing::debug!(path = %path.display(), %error, "a followed log could not be read");
            }
        }
        lines
    }
}

impl Followed {
    fn read(&mut self, path: &Path, lines: &mut Vec<LogLine>, redactor: &Redactor) -> io::Result<()> {
        let mut file = std::fs::File::open(path)?;
        if file.metadata()?.len() < self.offset {
            self.offset = 0;
            self.half_line.clear();
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        self.offset += file.take(READ_BYTES_MAX).read_to_end(&mut bytes)? as u64;
        let mut rest = bytes.as_slice();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.half_line.extend_from_slice(&rest[..end]);
            rest = &rest[end + 1..];
            lines.push(LogLine { instance: self.instance.clone(), text: shown(&self.half_line, redactor) });
            self.half_line.clear();
        }
        let room = (LINE_BYTES_MAX + redactor.longest()).saturating_sub(self.half_line.len());
        self.half_line.extend_from_slice(&rest[..rest.len().min(room)]);
        Ok(())
    }
}
