//! Tidy as a test: the rules of the house hold in this checkout.

#[test]
fn the_house_is_tidy() {
    let broken = tidegate_xtask::tidy::all(&tidegate_xtask::tidy::root()).unwrap();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}
