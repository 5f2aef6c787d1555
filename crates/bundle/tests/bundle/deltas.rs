//! Deltas: the result is the new bundle, byte for byte, or nothing.

use proptest::prelude::*;
use tidegate_bundle::{Bundle, SecretKey, Trust, delta};

use crate::scene::{RECIPE, Scene};

#[test]
fn a_delta_leads_to_the_new_bundle_byte_for_byte() {
    let scene = Scene::new();
    let mut state = 1_u64;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    let noise: Vec<u8> = (0..200_000).map(|_| noise()).collect();
    scene.write("app.aab", &noise);
    scene.signed(RECIPE, "old");
    scene.write("shop.toml", "port = 2\n");
    std::fs::rename(scene.at("app.aab"), scene.at("app-2.2.aab")).unwrap();
    let newer = RECIPE.replace("2.1.0", "2.2.0").replace("app.aab", "app-2.2.aab");
    scene.signed(&newer, "new");
    let keys = [scene.key.public()];
    let trust = Trust::Keys { keys: &keys, wanted: None };
    let told = delta::make(&scene.at("old"), &scene.at("new"), trust, &scene.at("delta")).unwrap();
    assert!(told.kept_bytes > told.taken_bytes, "{told:?}: a file under another name is taken over too");
    delta::apply(&scene.at("old"), &scene.at("delta"), trust, &scene.at("made")).unwrap();
    assert!(std::fs::read(scene.at("made")).unwrap() == std::fs::read(scene.at("new")).unwrap());
    let sizes = |name: &str| std::fs::metadata(scene.at(name)).unwrap().len();
    assert!(sizes("delta") * 4 < sizes("new"), "{} of {}", sizes("delta"), sizes("new"));
    let other = delta::apply(&scene.at("new"), &scene.at("delta"), trust, &scene.at("x")).unwrap_err();
    assert_eq!(other.code(), "bundle-delta-base");
    let stranger = [SecretKey::from_seed(&[1; 32]).public()];
    let trust = Trust::Keys { keys: &stranger, wanted: None };
    let foreign = delta::apply(&scene.at("old"), &scene.at("delta"), trust, &scene.at("x")).unwrap_err();
    assert_eq!(foreign.code(), "bundle-signer-missing");
    assert!(!scene.at("x").exists());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_changed_delta_makes_nothing(at in 0.0..1.0_f64, bit in 0..8_u8, cut in any::<bool>()) {
        thread_local!(static MADE: (Scene, Vec<u8>, Vec<u8>) = {
            let scene = Scene::new();
            scene.signed(RECIPE, "old");
            scene.write("shop.toml", "port = 2\n");
            scene.signed(RECIPE, "new");
            delta::make(&scene.at("old"), &scene.at("new"), Trust::Anybody, &scene.at("delta")).unwrap();
            let bytes = std::fs::read(scene.at("delta")).unwrap();
            let new = std::fs::read(scene.at("new")).unwrap();
            (scene, bytes, new)
        });
        MADE.with(|(scene, bytes, new)| {
            let mut bytes = bytes.clone();
            let at = (at * bytes.len() as f64) as usize;
            if cut { bytes.truncate(at) } else { bytes[at] ^= 1 << bit }
            scene.write("changed", &bytes);
            let keys = [scene.key.public()];
            let trust = Trust::Keys { keys: &keys, wanted: None };
            let made = delta::apply(&scene.at("old"), &scene.at("changed"), trust, &scene.at("made"));
            // A blank of the plan may change and nothing with it.
            if made.is_ok() {
                prop_assert!(&std::fs::read(scene.at("made")).unwrap() == new);
                std::fs::remove_file(scene.at("made")).unwrap();
            }
            prop_assert!(!scene.at("made").exists());
            prop_assert!(Bundle::open(&scene.at("old")).is_ok());
            Ok(())
        })?;
    }
}
