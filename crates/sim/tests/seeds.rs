//! Two thousand seeds hold every property, those that once failed hold them by name, and a seed is a story told twice
//! alike.

use tidegate_sim::{Options, run};

/// Each says which property, at which time, and how to see it again.
fn hold(seeds: impl IntoIterator<Item = u64>) {
    let failed: Vec<String> = seeds
        .into_iter()
        .filter_map(|seed| {
            let failure = run(seed, Options::default()).failure?;
            Some(format!(
                "seed {seed}: \"{}\" does not hold at {} ms: {}\n  cargo run -p tidegate-sim -- --seed {seed} --verbose",
                failure.property, failure.at_ms, failure.what
            ))
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

// Four parts, so that a runner with several cores works on them side by side.
#[test]
fn seeds_0_to_500_hold_every_property() {
    hold(0..500);
}
#[test]
fn seeds_500_to_1000_hold_every_property() {
    hold(500..1_000);
}
#[test]
fn seeds_1000_to_1500_hold_every_property() {
    hold(1_000..1_500);
}
#[test]
fn seeds_1500_to_2000_hold_every_property() {
    hold(1_500..2_000);
}

/// Seeds that found something. What they found is in the log of the commits that name them.
mod found {
    use super::hold;

    macro_rules! once_failed {
        ($($name:ident: $($seed:literal),+;)+) => {
            $(#[test]
            fn $name() {
                hold([$($seed),+]);
            })+
        };
    }

    once_failed! {
        a_state_read_back_is_the_state_that_was_written: 7, 585, 2_669, 3_334;
        a_doubled_command_is_answered_alike: 14;
        a_slot_made_smaller_unroutes_first: 19, 71, 83, 345, 1_153, 1_951, 2_331, 3_623, 3_767;
        a_batch_keeps_the_instance_that_answers: 20, 2_139;
        a_candidate_is_unrouted_before_it_stops: 2, 3, 5, 9;
        no_instance_is_left_behind: 18, 29, 48;
        a_share_follows_ready_instances: 35, 2_235, 2_445, 2_740;
        a_takeover_finds_a_smaller_stable: 73, 106;
        a_word_that_moves_is_written_first: 93, 133;
        what_comes_and_goes_does_not_talk_for_ever: 87, 135;
        one_version_does_not_stand_twice: 696, 3_701;
        a_hold_stops_a_share_that_is_about_to_move: 868, 278, 970;
        the_way_back_gives_no_more: 4_203, 6_148, 8_143;
        a_late_call_is_undone: 10_642, 10_996;
    }
}

#[test]
fn a_seed_tells_the_same_story_twice() {
    for seed in 0..40 {
        let options = Options { story: true, ..Options::default() };
        let (one, other) = (run(seed, options), run(seed, options));
        assert_eq!(one.story, other.story, "seed {seed}");
        assert_eq!((one.head, one.steps), (other.head, other.steps), "seed {seed}");
        assert!(one.story.len() > 10, "seed {seed} tells nothing");
    }
}

#[test]
fn different_seeds_tell_different_stories() {
    let heads: std::collections::BTreeSet<String> =
        (0..20).map(|seed| run(seed, Options::default()).head).collect();
    assert_eq!(heads.len(), 20);
}
