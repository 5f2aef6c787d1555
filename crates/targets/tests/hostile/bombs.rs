//! Archives that are small until they are unpacked.
//!
//! Invariant: each is refused before it has cost much memory or disk. Deliberately not here: escapes.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tidegate_targets::Limits;

use crate::archive::{Carrier, DIRECTORY, Entry, FILE, gzip, record, tar};
use crate::yard::Yard;

const MIB: usize = 1 << 20;

/// The most memory this process has had, in KiB (proc(5), `VmHWM`).
fn memory_peak_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A gzip of a tar with one file of this many zeros.
fn zeros_in_gzip(bytes: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let mut header = Vec::new();
    record(&mut header, &Entry { size: Some(bytes as u64), ..Entry::new(FILE, "zeros") });
    encoder.write_all(&header).unwrap();
    let zeros = vec![0; MIB];
    for _ in 0..bytes / MIB {
        encoder.write_all(&zeros).unwrap();
    }
    encoder.finish().unwrap()
}

/// A zstd frame of blocks that each repeat one byte (RFC 8878, 3.1.1.2), after a tar header.
fn zeros_in_zstd(bytes: usize, window_descriptor: u8) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, window_descriptor];
    let mut header = Vec::new();
    record(&mut header, &Entry { size: Some(bytes as u64), ..Entry::new(FILE, "zeros") });
    let block = |last: u32, kind: u32, size: u32| (last | kind << 1 | size << 3).to_le_bytes()[..3].to_vec();
    frame.extend(block(0, 0, header.len() as u32));
    frame.extend(&header);
    let count = bytes / (128 << 10);
    for number in 0..count {
        frame.extend(block(u32::from(number + 1 == count), 1, 128 << 10));
        frame.push(0);
    }
    frame
}

fn refused(archive: &[u8], code: &str, why: &str) {
    let before = memory_peak_kib();
    let fault = Yard::new().admit(archive).unwrap_err();
    assert_eq!(fault.code, code, "{fault}");
    assert!(fault.message.contains(why), "{fault}");
    let grown = memory_peak_kib().saturating_sub(before);
    assert!(grown < 64 << 10, "{why}: {grown} KiB more");
}

#[test]
fn zeros_are_refused_by_their_ratio() {
    refused(&zeros_in_gzip(64 * MIB), "artifact-too-big", "more than 100 times its size");
    refused(&zeros_in_zstd(1_024 * MIB, 0x38), "artifact-too-big", "more than 100 times its size");
}

#[test]
fn a_frame_that_asks_for_much_memory_is_refused() {
    // 2^(10 + 21) bytes, then a single segment that claims as much.
    refused(&zeros_in_zstd(MIB, 21 << 3), "artifact-damaged", "asks for a window");
    let mut single = vec![0x28, 0xb5, 0x2f, 0xfd, 0xe0];
    single.extend((1_u64 << 40).to_le_bytes());
    single.extend([1, 0, 0]);
    refused(&single, "artifact-damaged", "asks for a window");
}

/// One block of 4 KB whose sequences each repeat 131 074 bytes (RFC 8878, 3.1.1.3.2), which would make 262 MB.
#[test]
fn a_block_that_becomes_larger_than_a_block_is_refused() {
    const SEQUENCES: usize = 2_000;
    let mut content = vec![0b0000_1000, b'a'];
    content.extend([128 + (SEQUENCES >> 8) as u8, SEQUENCES as u8]);
    // One symbol for all: no literals, the offset before last, the longest match with 16 more bits.
    content.extend([0b0101_0100, 0, 0, 52]);
    content.extend(vec![0xff; SEQUENCES * 2]);
    content.push(1);
    let mut header = Vec::new();
    record(&mut header, &Entry { size: Some(262_148_000), ..Entry::new(FILE, "zeros") });
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
    for (last, kind, block) in [(0, 0, header), (1, 2, content)] {
        frame.extend(&(last | kind << 1 | (block.len() as u32) << 3).to_le_bytes()[..3]);
        frame.extend(block);
    }
    refused(&frame, "artifact-damaged", "larger than its format allows");
}

#[test]
fn names_do_not_fill_the_memory() {
    let long = Entry { data: vec![b'n'; 8 * MIB], ..Entry::new(b'L', "long") };
    let pax = Entry { data: vec![b'n'; 8 * MIB], ..Entry::new(b'x', "pax") };
    let global = Entry { data: vec![b'n'; 8 * MIB], ..Entry::new(b'g', "pax") };
    for entry in [long, pax, global] {
        let archive = tar(&[(Carrier::Header, entry), (Carrier::Header, Entry::file("x"))]);
        refused(&gzip(&archive), "artifact-too-big", "a header of 8388608 bytes");
    }
    let described: Vec<_> = (0..50)
        .map(|_| (Carrier::Header, Entry { data: b"x".to_vec(), ..Entry::new(b'L', "long") }))
        .collect();
    refused(&gzip(&tar(&described)), "artifact-damaged", "headers that describe no entry");
}

#[test]
fn the_number_and_the_names_of_entries_are_bounded() {
    let limits =
        || Limits { entries_max: 1_000, names_bytes_max: 200_000, ratio_max: 100_000, ..Limits::default() };
    let refused = |entries: Vec<Entry>, why: &str| {
        let entries: Vec<_> = entries.into_iter().map(|entry| (Carrier::Header, entry)).collect();
        let fault = Yard::with_limits(limits()).admit(&gzip(&tar(&entries))).unwrap_err();
        assert_eq!(fault.code, "artifact-too-big", "{fault}");
        assert!(fault.message.contains(why), "{fault}");
    };
    refused(
        (0..1_001).map(|number| Entry::new(FILE, format!("f{number}"))).collect(),
        "more than 1000 entries",
    );
    let deep = |number: usize| Entry::new(DIRECTORY, format!("{number}/{}", "d/".repeat(40)));
    refused((0..30).map(deep).collect(), "more than 1000 entries");
    let long = |number: usize| Entry::new(FILE, format!("{number}-{}", "n".repeat(240)));
    refused((0..900).map(long).collect(), "names of more than 200000 bytes");
}

#[test]
fn the_size_of_the_tree_and_of_the_archive_is_bounded() {
    let entries = [0, 1, 2].map(|number| {
        let data: Vec<u8> = (0_u32..40_000).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        (Carrier::Header, Entry { data, ..Entry::new(FILE, number.to_string()) })
    });
    let archive = gzip(&tar(&entries));
    for (limits, why) in [
        (Limits { tree_bytes_max: 100_000, ..Limits::default() }, "unpacks to more than 100000 bytes"),
        (Limits { archive_bytes_max: 1_000, ..Limits::default() }, "is larger than 1000 bytes"),
    ] {
        let fault = Yard::with_limits(limits).admit(&archive).unwrap_err();
        assert_eq!(fault.code, "artifact-too-big");
        assert!(fault.message.contains(why), "{fault}");
    }
    assert!(Yard::new().admit(&archive).is_ok());
}
