//! The file that keys are kept in: one on each line, the newest first.
//!
//! Invariant: only our user can read it, and it is replaced whole. A file that the operator names is only ever read.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tidegate_ports::Fault;
use zeroize::Zeroizing;

use crate::keyring::{KEY_BYTES, MasterKey, hex};

const WORD: &str = "tidegate-secrets-key-1";
const HEAD: &str = "# Keys for the secrets of this Tidegate, the newest first. Keep a copy apart from backups of the data:\n\
                    # without it no secret can be read, and with both every one can.\n";
const KEYS_MAX: usize = 100;

#[derive(Debug, Clone)]
pub struct KeyFile {
    path: PathBuf,
    /// Whether it is ours to write.
    own: bool,
}

/// What group and world may do with a file.
const OTHERS: u32 = 0o077;

impl KeyFile {
    /// Made with a first key where it is not there.
    pub fn own(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), own: true }
    }

    /// Somebody else's, who puts a new key on its first line to change keys.
    pub fn given(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), own: false }
    }

    pub fn is_own(&self) -> bool {
        self.own
    }

    pub fn read(&self) -> Result<Vec<MasterKey>, Fault> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.own => {
                let keys = vec![MasterKey::random()?];
                self.write(&keys)?;
                return Ok(keys);
            }
            Err(error) => return Err(self.fault("cannot be read").caused_by(error)),
        };
        self.check_mode()?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let keys: Option<Vec<MasterKey>> = lines.take(KEYS_MAX + 1).map(key).collect();
        keys.filter(|keys| (1..=KEYS_MAX).contains(&keys.len()))
            .ok_or_else(|| self.fault("holds no keys in the form that Tidegate writes"))
    }

    /// Ours only. On disk before it is used, or a crash would take secrets with it.
    pub fn write(&self, keys: &[MasterKey]) -> Result<(), Fault> {
        let mut text = Zeroizing::new(String::from(HEAD));
        for key in keys {
            let digits = Zeroizing::new(hex(key.bytes()));
            text.extend([WORD, " ", &digits, "\n"]);
        }
        let staged = self.path.with_extension("key.new");
        let written = (|| {
            let mut file =
                fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&staged)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&staged, &self.path)?;
            fs::File::open(self.path.parent().unwrap_or(Path::new("/")))?.sync_all()
        })();
        written.map_err(|error| self.fault("cannot be written").caused_by(error))
    }

    fn check_mode(&self) -> Result<(), Fault> {
        let mode = fs::metadata(&self.path).map_err(|error| self.fault("cannot be read").caused_by(error))?;
        let others = mode.permissions().mode() & OTHERS;
        if others == 0 {
            return Ok(());
        }
        let path = self.path.display();
        Err(self.fault("can be read by others").with_help(format!("`chmod 600 {path}`, and start again; if others may have read it, change the secrets themselves, too")))
    }

    fn fault(&self, what: &str) -> Fault {
        let path = self.path.display();
        Fault::hold("secrets-key-unusable", format!("the file {path} with the keys for secrets {what}"))
            .with_help("each line is `tidegate-secrets-key-1` and 64 hexadecimal digits; put the right file back, and start again")
    }
}

fn key(line: &str) -> Option<MasterKey> {
    let digits = line.strip_prefix(WORD)?.trim();
    if digits.len() != 2 * KEY_BYTES || !digits.is_ascii() {
        return None;
    }
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(MasterKey::from_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_ours_is_made_once_and_for_us_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::own(folder.path().join("secrets.key"));
        let first = file.read().unwrap();
        assert_eq!(first[0].bytes(), file.read().unwrap()[0].bytes());
        let mode = fs::metadata(folder.path().join("secrets.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn files_that_cannot_be_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k");
        let given = KeyFile::given(&path);
        assert_eq!(given.read().err().unwrap().code, "secrets-key-unusable", "it is not there");
        let write = |text: &str, mode: u32| {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        };
        let good = format!("# mine\n{WORD} {}\n", "0a".repeat(KEY_BYTES));
        write(&good, 0o600);
        assert_eq!(given.read().unwrap().len(), 1);
        write(&good, 0o644);
        assert!(given.read().err().unwrap().to_string().contains("by others"));
        for bad in ["", "# nothing\n", "hello\n", &good.replace("0a", "0g"), &good.replace("0a0a", "0a")] {
            write(bad, 0o600);
            assert!(given.read().is_err(), "{bad}");
        }
    }
}
