//! The sample that was set up.

use tidegate_api::SampleMade;

use super::piece::{self, Row};
use crate::paint::{Paint, Tone};

pub fn made(made: &SampleMade, paint: Paint) -> String {
    let mut rows: Vec<Row> = made.changes.iter().map(|change| Row::new().plain(change)).collect();
    rows.push(Row::new().plain(format!("Releases: {}", made.releases.join(", "))));
    rows.push(Row::new());
    if let Some(first) = made.releases.first() {
        rows.push(Row::new().plain("Bring the first one live:"));
        let follows = [
            format!("  tidegate deploy {first} --to development --watch"),
            "  staging takes it by itself as soon as that is verified; then:".to_owned(),
            format!("  tidegate promote {first} --watch"),
        ];
        rows.extend(follows.into_iter().map(|line| Row::new().plain(line)));
    }
    rows.push(Row::new().plain("The shop is then at ").add(Tone::Strong, &made.shop));
    piece::text(&rows, paint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_next_is_said() {
        let made_now = SampleMade {
            shop: "http://127.0.0.1:40003".to_owned(),
            environments: ["development", "staging", "production"].map(str::to_owned).to_vec(),
            releases: ["1.0.0", "1.1.0", "1.2.0"].map(str::to_owned).to_vec(),
            changes: vec!["+ component api".to_owned(), "+ environment production".to_owned()],
        };
        insta::assert_snapshot!("sample-made", made(&made_now, Paint::default()));
    }
}
