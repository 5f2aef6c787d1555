//! Archives put together at random from what has hurt others before.
//!
//! Invariant: the yard's, for any of them. Deliberately not here: whether they are refused; many are harmless.

use proptest::prelude::*;

use crate::archive::{CARRIERS, Carrier, Entry, gzip, tar};
use crate::yard::Yard;

fn component() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ab]",
        2 => Just("..".to_owned()),
        1 => Just(".".to_owned()),
        1 => Just(String::new()),
        1 => "[AB]",
        1 => "\\PC{1,6}",
    ]
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(component(), 1..5).prop_map(|components| components.join("/"))
}

fn entry() -> impl Strategy<Value = (Carrier, Entry)> {
    let kind =
        prop_oneof![4 => Just(b'0'), 3 => Just(b'5'), 4 => Just(b'2'), 1 => Just(b'1'), 1 => any::<u8>()];
    let mode = prop_oneof![4 => Just(0o644), 1 => Just(0o755), 1 => 0..0o7777_u32];
    (prop::sample::select(&CARRIERS[..]), kind, path(), path(), mode).prop_map(
        |(carrier, kind, name, target, mode)| {
            let data = if kind == b'0' { b"content".to_vec() } else { Vec::new() };
            let target = if kind == b'2' || kind == b'1' { target.into_bytes() } else { Vec::new() };
            (carrier, Entry { kind, name: name.into_bytes(), target, mode, data, size: None })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_archive_is_refused_or_stays_inside(entries in prop::collection::vec(entry(), 1..6)) {
        let _either = Yard::new().admit(&gzip(&tar(&entries)));
    }

    #[test]
    fn a_damaged_archive_is_refused_or_stays_inside(
        entries in prop::collection::vec(entry(), 1..4),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        zstd in any::<bool>(),
    ) {
        let archive = tar(&entries);
        let mut packed = if zstd { crate::archive::zstd(&archive) } else { gzip(&archive) };
        for (index, value) in changes {
            let at = index.index(packed.len());
            packed[at] = value;
        }
        let _either = Yard::new().admit(&packed);
    }
}
