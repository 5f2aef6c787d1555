//! Bundles: whose are taken, which are kept, and which releases are made of them.

use tidegate_domain::bundles::{BundleRecord, BundlesEvent, TrustedKey};
use tidegate_domain::name::BundleKeyName;

use super::samples::{ana, check};

#[test]
fn bundles_events_keep_their_form() {
    let (name, digest) =
        (|| "build".parse::<BundleKeyName>().unwrap(), || format!("sha256:{}", "0f".repeat(32)));
    let key = TrustedKey { id: "aa".repeat(32), pem: "a public key in PEM".to_owned(), by: ana(), at_ms: 1 };
    let record = BundleRecord {
        name: "shop".to_owned(),
        version: "2.1.0".to_owned(),
        bytes: 4_096,
        manifest: "0e".repeat(32),
        signers: [key.id.clone()].into(),
        by: ana(),
        at_ms: 2,
    };
    let events = [
        BundlesEvent::KeyTrusted { name: name(), key },
        BundlesEvent::KeyDistrusted { name: name() },
        BundlesEvent::Taken { digest: digest(), record },
        BundlesEvent::Removed { digest: digest() },
        BundlesEvent::Released { digest: digest(), release: "2.1.0".parse().unwrap() },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
}
