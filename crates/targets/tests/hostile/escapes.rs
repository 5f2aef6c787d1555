//! A table of archives that try to leave their place.
//!
//! Invariant: each is refused as a whole; the harmless entry before it is not kept. Deliberately not here: bombs.

use crate::archive::{CARRIERS, Carrier, DIRECTORY, Entry, FILE, HARD_LINK, LINK, gzip, tar, zstd};
use crate::yard::Yard;

/// The yard's store is three directories below the watched one, so five steps up are enough to leave it.
fn names(outside: &str) -> Vec<Vec<u8>> {
    let mut names: Vec<Vec<u8>> = [
        "../x",
        "../../x",
        "../../../../outside/victim",
        "../../../../../../../../../../outside/victim",
        "a/../../x",
        "a/b/../../../x",
        "./../x",
        "a/./../../x",
        "..",
        "../",
        "a/..",
        "a/../..",
        "/x",
        "//x",
        "/../x",
        "a//../../x",
        "x\0/y",
        "a\nb",
        "a\x1b[31mb",
        "a\u{7f}b",
    ]
    .iter()
    .map(|name| name.as_bytes().to_vec())
    .collect();
    names.push(format!("{outside}/victim").into_bytes());
    names.push(format!("{outside}/new").into_bytes());
    names.push(vec![0xff, 0xfe, b'x']);
    names.push(b"a/\xc0\xae\xc0\xae/x".to_vec());
    names.push(vec![b'n'; 300]);
    names.push([b"d/".repeat(70), b"x".to_vec()].concat());
    names.push([b"long/".repeat(250), b"x".to_vec()].concat());
    names
}

fn link_targets(outside: &str) -> Vec<Vec<u8>> {
    let mut targets: Vec<Vec<u8>> = [
        "..",
        "../",
        "../../x",
        "../../../../outside/victim",
        "/",
        "/etc/passwd",
        "//etc/passwd",
        "x/../..",
        "a/../b",
        "",
    ]
    .iter()
    .map(|target| target.as_bytes().to_vec())
    .collect();
    targets.push(outside.as_bytes().to_vec());
    targets.push(b"a\nb".to_vec());
    targets
}

/// Entries that are harmful together, or for what they are.
fn schemes(outside: &str) -> Vec<Vec<Entry>> {
    let to_outside = || Entry::link("way", outside);
    let inside = || Entry::link("way", "real");
    let mut schemes = vec![
        vec![to_outside(), Entry::file("way/victim")],
        vec![to_outside(), Entry::new(DIRECTORY, "way"), Entry::file("way/victim")],
        vec![Entry::new(DIRECTORY, "real"), inside(), Entry::file("way/x")],
        vec![Entry::new(DIRECTORY, "real"), inside(), Entry::new(DIRECTORY, "way/x")],
        vec![Entry::new(DIRECTORY, "real"), inside(), Entry::link("way/x", "y")],
        vec![Entry::file("way/x"), inside()],
        vec![Entry::link("a", "b"), Entry::link("b", "a"), Entry::file("a/x")],
        vec![Entry::link("d/one", ".."), Entry::link("two", "d/one/../..")],
        vec![Entry::file("same"), Entry::file("same")],
        vec![Entry::file("same"), Entry::file("./same")],
        vec![Entry::file("same"), Entry::link("same", "x")],
        vec![Entry::link("same", "x"), Entry::file("same")],
        vec![Entry::new(DIRECTORY, "same"), Entry::file("same")],
        vec![Entry::file("same"), Entry::new(DIRECTORY, "same")],
        vec![Entry::new(DIRECTORY, "same"), Entry::new(DIRECTORY, "same/")],
        vec![Entry::file("same"), Entry::file("same/below")],
        vec![Entry::file("Case"), Entry::file("case")],
        vec![Entry::file("Case/a"), Entry::file("case/b")],
        vec![Entry::file("STRASSE"), Entry::file("strasse")],
        vec![Entry::file("É"), Entry::file("é")],
        vec![Entry::file("run").with_mode(0o4755)],
        vec![Entry::file("run").with_mode(0o2755)],
        vec![Entry::file("run").with_mode(0o6777)],
        vec![Entry::new(FILE, "")],
        vec![Entry::new(FILE, "./")],
        vec![Entry::new(FILE, "x/")],
        vec![Entry { size: Some(1 << 40), ..Entry::file("large") }],
        vec![Entry { size: Some(u64::MAX), ..Entry::file("large") }],
        vec![Entry { size: Some(100_000), ..Entry::file("cut") }],
        vec![
            Entry { data: crate::archive::pax("GNU.sparse.major", b"1"), ..Entry::new(b'x', "pax") },
            Entry::file("x"),
        ],
        vec![Entry { data: crate::archive::pax("size", b"1"), ..Entry::new(b'x', "pax") }, Entry::file("x")],
        vec![
            Entry { data: crate::archive::pax("size", b"many"), ..Entry::new(b'x', "pax") },
            Entry::file("x"),
        ],
        vec![Entry { data: b"no pax at all".to_vec(), ..Entry::new(b'x', "pax") }, Entry::file("x")],
        vec![Entry { data: b"alone\0".to_vec(), ..Entry::new(b'L', "long") }],
    ];
    // Character and block devices, pipes, GNU's sparse, multi-volume, incremental and label entries, Solaris ACLs, and
    // a few letters nobody has given a meaning.
    schemes.extend(
        b"346SMDVNAX7QZ#"
            .iter()
            .filter(|kind| **kind != b'7')
            .map(|kind| vec![Entry::file("kind").of_kind(*kind)]),
    );
    schemes.extend(
        ["/etc/passwd", "../../../../outside/victim", "harmless", ""].map(|target| {
            vec![Entry { target: target.as_bytes().to_vec(), ..Entry::new(HARD_LINK, "hard") }]
        }),
    );
    schemes
}

fn all(outside: &str) -> Vec<Vec<(Carrier, Entry)>> {
    let mut found: Vec<Vec<(Carrier, Entry)>> = Vec::new();
    for carrier in CARRIERS {
        for name in names(outside) {
            // A header ends a name at its first NUL, so there it is another name.
            if carrier == Carrier::Header && name.contains(&0) {
                continue;
            }
            // A line feed ends a pax record for us: what is left of it makes no sense, and that is refused too.
            found.push(vec![(carrier, Entry::file(&name))]);
            found.push(vec![(carrier, Entry::new(DIRECTORY, &name))]);
            found.push(vec![(carrier, Entry::link(&name, "harmless"))]);
        }
        for target in link_targets(outside) {
            found.push(vec![(carrier, Entry::link("a-link", target))]);
        }
        for scheme in schemes(outside) {
            found.push(scheme.into_iter().map(|entry| (carrier, entry)).collect());
        }
    }
    found
}

#[test]
fn nothing_leaves_its_place() {
    let yard = Yard::new();
    let outside = yard.outside().display().to_string();
    let mut tried = 0;
    for entries in all(&outside) {
        let said = format!("{entries:?}");
        let mut entries = entries;
        entries.insert(0, (Carrier::Header, Entry::file("harmless")));
        let archive = tar(&entries);
        for packed in [gzip(&archive), zstd(&archive)] {
            let Err(fault) = yard.admit(&packed) else { panic!("was unpacked: {said}") };
            assert!(fault.code.starts_with("artifact-"), "{}: {fault}", fault.code);
            assert!(!fault.message.chars().any(char::is_control), "{fault:?}");
            assert!(!fault.help.is_empty());
            tried += 1;
        }
    }
    assert!(tried >= 200, "only {tried} archives");
    println!("{tried} hostile archives, none escaped");
}

#[test]
fn ordinary_archives_are_unpacked() {
    let yard = Yard::new();
    let entries = [
        Entry {
            data: b"52 comment=0123456789012345678901234567890123456789\n".to_vec(),
            ..Entry::new(b'g', "pax_global")
        },
        Entry::new(DIRECTORY, "./"),
        Entry::new(DIRECTORY, "./bin/").with_mode(0o2755),
        Entry::file("./bin/server").with_mode(0o755),
        Entry::file(format!("./lib/{}/deep", "n".repeat(150))),
        Entry::link("./current", "bin"),
        Entry::link("./lib/up", "../bin/server"),
        Entry::link("./nowhere", "not/there"),
    ];
    for carrier in CARRIERS {
        let archive = tar(&entries.clone().map(|entry| {
            // A global header describes nothing that another header could name.
            let carrier = if entry.kind == b'g' { Carrier::Header } else { carrier };
            (carrier, entry)
        }));
        for packed in [gzip(&archive), zstd(&archive)] {
            let place = yard.admit(&packed).unwrap();
            assert_eq!(std::fs::read(place.join("current/server")).unwrap(), b"content");
            assert_eq!(std::fs::read(place.join("lib/up")).unwrap(), b"content");
            assert!(place.join(format!("lib/{}/deep", "n".repeat(150))).is_file());
        }
    }
}

#[test]
fn a_symbolic_link_is_never_followed_while_unpacking() {
    // The target is inside, so the link itself is fine; writing through it is what is refused.
    let yard = Yard::new();
    let entries = [Entry::new(DIRECTORY, "real"), Entry::new(LINK, "way")];
    let entries = entries.map(|entry| (Carrier::Header, Entry { target: b"real".to_vec(), ..entry }));
    assert!(yard.admit(&gzip(&tar(&entries))).is_ok());
}
