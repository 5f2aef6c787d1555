//! The logs of instances: what was written last, and what is written from now on.
//!
//! Invariant: whatever a service writes, reading takes bounded memory and a log takes bounded space. Deliberately not
//! here: what the lines mean.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use tidegate_domain::secret::Redactor;

use super::layout::rotated;

pub(crate) const LOG_BYTES_MAX: u64 = 16 << 20;
/// Of one line that is shown; what is longer is cut.
pub(crate) const LINE_BYTES_MAX: usize = 16 << 10;
/// Read from the end of a log, whatever number of lines is asked for.
const TAIL_BYTES_MAX: u64 = 4 << 20;
const LAST_LINE_CHARS_MAX: usize = 200;

/// Keeps one older part beside a log that grew too long. The service goes on writing to the same open file, so its
/// content is copied away and the file is cut; lines written between the two are lost.
pub(crate) async fn rotate(log: PathBuf) {
    let rotating = tokio::task::spawn_blocking(move || {
        let outcome = rotate_now(&log, LOG_BYTES_MAX);
        if let Err(error) = outcome {
            tracing::warn!(log = %log.display(), %error, "a log could not be rotated");
        }
    });
    let _finished = rotating.await;
}

fn rotate_now(log: &Path, bytes_max: u64) -> io::Result<()> {
    let size = fs::metadata(log)?.len();
    if size <= bytes_max {
        return Ok(());
    }
    let copied = fs::copy(log, rotated(log));
    if copied.is_err() {
        // Most likely the disk is full: half a copy helps nobody.
        let _removed = fs::remove_file(rotated(log));
        if size <= bytes_max.saturating_mul(2) {
            return copied.map(drop);
        }
    }
    File::options().write(true).open(log)?.set_len(0)
}

/// The last lines of a log and, where it was just cut, of the part before.
pub(crate) fn tail(log: &Path, lines_max: usize, redactor: &Redactor) -> io::Result<Vec<String>> {
    let mut bytes = read_end(log, TAIL_BYTES_MAX)?;
    let line_count = bytes.split(|byte| *byte == b'\n').count() - 1;
    if line_count < lines_max && (bytes.len() as u64) < TAIL_BYTES_MAX {
        let mut older = read_end(&rotated(log), TAIL_BYTES_MAX - bytes.len() as u64)?;
        older.append(&mut bytes);
        bytes = older;
    }
    let mut text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    // Of a first line whose beginning was not read, the rest of a secret could be left.
    if bytes.len() as u64 >= TAIL_BYTES_MAX && !redactor.is_empty() {
        let begins = text.iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| end + 1);
        text = &text[begins..];
    }
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let newest = text.rsplit(|byte| *byte == b'\n').take(lines_max);
    let mut lines: Vec<String> = newest.map(|line| shown(line, redactor)).collect();
    lines.reverse();
    Ok(lines)
}

/// One line as text, without secrets, then cut where it is too long. What stands behind the cut is looked at too: a secret
/// that it cuts in two is found.
pub(crate) fn shown(line: &[u8], redactor: &Redactor) -> String {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = redactor.redact(&line[..line.len().min(LINE_BYTES_MAX + redactor.longest())]);
    String::from_utf8_lossy(&line[..line.len().min(LINE_BYTES_MAX)]).into_owned()
}

/// The last line with something in it, fit to stand in a sentence.
pub(crate) fn last_line(log: &Path, redactor: &Redactor) -> Option<String> {
    const BYTES_MAX: usize = 4 << 10;
    let read = BYTES_MAX + redactor.longest();
    let bytes = redactor.redact(&read_end(log, read as u64).ok()?);
    // The first bytes may be the rest of a secret that was not read whole.
    let unsure = if bytes.len() > BYTES_MAX { redactor.longest().min(bytes.len() - BYTES_MAX) } else { 0 };
    let bytes = &bytes[unsure..];
    let line = bytes.rsplit(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).find(|line| !line.is_empty())?;
    let text = String::from_utf8_lossy(line);
    let mut short: String =
        text.chars().filter(|sign| !sign.is_control()).take(LAST_LINE_CHARS_MAX).collect();
    if text.chars().nth(LAST_LINE_CHARS_MAX).is_some() {
        short.push('…');
    }
    Some(short)
}

/// Empty where the file is not there.
fn read_end(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened?,
    };
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(bytes_max)))?;
    let mut bytes = Vec::new();
    file.take(bytes_max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_is_cut_and_its_older_part_kept_and_read() {
        let plain = Redactor::default();
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("0.log");
        fs::write(&log, "one\ntwo\nthree\n").unwrap();
        rotate_now(&log, 1_000).unwrap();
        assert!(!rotated(&log).exists());
        rotate_now(&log, 5).unwrap();
        assert_eq!(fs::metadata(&log).unwrap().len(), 0);
        fs::write(&log, "four\nfive").unwrap();
        assert_eq!(tail(&log, 3, &plain).unwrap(), ["three", "four", "five"]);
        assert_eq!(tail(&log, 1, &plain).unwrap(), ["five"]);
        assert_eq!(tail(&log, 100, &plain).unwrap().len(), 5);
        assert!(tail(&folder.path().join("none"), 5, &plain).unwrap().is_empty());
    }

    #[test]
    fn the_last_line_is_short_and_printable() {
        let plain = Redactor::default();
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("0.log");
        assert_eq!(last_line(&log, &plain), None);
        fs::write(&log, "first\n\u{1b}[31mboom\u{7}\r\n\n  \n").unwrap();
        assert_eq!(last_line(&log, &plain).unwrap(), "[31mboom");
        fs::write(&log, "x".repeat(9_000)).unwrap();
        assert_eq!(last_line(&log, &plain).unwrap().chars().count(), LAST_LINE_CHARS_MAX + 1);
    }

    #[test]
    fn a_secret_is_in_no_line_however_it_is_cut() {
        const SECRET: &str = "hunter2hunter2";
        let redactor = Redactor::new([SECRET]);
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("0.log");
        let check = |text: &str| {
            fs::write(&log, text).unwrap();
            let lines = tail(&log, 10, &redactor).unwrap().into_iter().chain(last_line(&log, &redactor));
            for line in lines {
                assert!(!line.contains("hunter"), "{} of {}", line.len(), text.len());
            }
        };
        check(&format!("pw={SECRET}\n"));
        for cut in 0..=SECRET.len() {
            // The cut of a long line, of the last line, and of what is read from the end.
            check(&format!("{}{SECRET}{}\n", "x".repeat(LINE_BYTES_MAX - cut), "y".repeat(100)));
            check(&format!("{}{SECRET}{}\n", "x".repeat(10_000), "y".repeat((4 << 10) - cut)));
            check(&format!("x{SECRET}{}\nlast\n", "y".repeat(TAIL_BYTES_MAX as usize - 6 - cut)));
        }
    }
}
