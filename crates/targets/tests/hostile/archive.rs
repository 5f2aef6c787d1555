//! Tar archives written byte by byte, so that they can say what no tool would write.
//!
//! Invariant: the checksum of each header is right; everything else is as asked. Deliberately not here: verdicts.
//! Format: POSIX.1-2001 ustar and pax, and GNU tar's `L` and `K` records.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

pub const FILE: u8 = b'0';
pub const HARD_LINK: u8 = b'1';
pub const LINK: u8 = b'2';
pub const DIRECTORY: u8 = b'5';

/// One entry, with a header that may lie.
#[derive(Debug, Clone)]
pub struct Entry {
    pub kind: u8,
    pub name: Vec<u8>,
    pub target: Vec<u8>,
    pub mode: u32,
    pub data: Vec<u8>,
    /// Said in the header, instead of the data's own size.
    pub size: Option<u64>,
}

impl Entry {
    pub fn new(kind: u8, name: impl AsRef<[u8]>) -> Self {
        let name = name.as_ref().to_vec();
        Self { kind, name, target: Vec::new(), mode: 0o644, data: Vec::new(), size: None }
    }
    pub fn file(name: impl AsRef<[u8]>) -> Self {
        Self { data: b"content".to_vec(), ..Self::new(FILE, name) }
    }
    pub fn link(name: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        Self { target: target.as_ref().to_vec(), ..Self::new(LINK, name) }
    }
    pub fn with_mode(self, mode: u32) -> Self {
        Self { mode, ..self }
    }
    pub fn of_kind(self, kind: u8) -> Self {
        Self { kind, ..self }
    }
}

/// How a name is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    Header,
    Gnu,
    Pax,
}

pub const CARRIERS: [Carrier; 3] = [Carrier::Header, Carrier::Gnu, Carrier::Pax];

pub fn tar(entries: &[(Carrier, Entry)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (carrier, entry) in entries {
        let fits = entry.name.len() <= 100 && entry.target.len() <= 100;
        match carrier {
            Carrier::Header if fits => {}
            Carrier::Pax => {
                let mut records = pax("path", &entry.name);
                if !entry.target.is_empty() {
                    records.extend(pax("linkpath", &entry.target));
                }
                record(&mut bytes, &Entry { data: records, ..Entry::new(b'x', "pax") });
            }
            Carrier::Header | Carrier::Gnu => {
                record(&mut bytes, &long(b'L', &entry.name));
                if !entry.target.is_empty() {
                    record(&mut bytes, &long(b'K', &entry.target));
                }
            }
        }
        record(&mut bytes, entry);
    }
    bytes.resize(bytes.len() + 1_024, 0);
    bytes
}

fn long(kind: u8, name: &[u8]) -> Entry {
    Entry { data: [name, b"\0"].concat(), ..Entry::new(kind, "././@LongLink") }
}

/// `27 path=some/name\n`, where the number counts itself.
pub fn pax(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    [format!("{length} {key}=").as_bytes(), value, b"\n"].concat()
}

/// A header and its data, padded.
pub fn record(bytes: &mut Vec<u8>, entry: &Entry) {
    let mut header = [0_u8; 512];
    let put =
        |header: &mut [u8; 512], at: usize, value: &[u8]| header[at..at + value.len()].copy_from_slice(value);
    put(&mut header, 0, &entry.name[..entry.name.len().min(100)]);
    put(&mut header, 100, format!("{:07o}\0", entry.mode).as_bytes());
    put(&mut header, 108, b"0000000\0");
    put(&mut header, 116, b"0000000\0");
    let size = entry.size.unwrap_or(entry.data.len() as u64);
    if size < 1 << 33 {
        put(&mut header, 124, format!("{size:011o}\0").as_bytes());
    } else {
        put(&mut header, 124, &[0x80, 0, 0, 0]);
        put(&mut header, 128, &size.to_be_bytes());
    }
    put(&mut header, 136, b"00000000000\0");
    header[156] = entry.kind;
    put(&mut header, 157, &entry.target[..entry.target.len().min(100)]);
    put(&mut header, 257, b"ustar\x0000");
    put(&mut header, 148, b"        ");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    put(&mut header, 148, format!("{sum:06o}\0 ").as_bytes());
    bytes.extend_from_slice(&header);
    bytes.extend_from_slice(&entry.data);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}
