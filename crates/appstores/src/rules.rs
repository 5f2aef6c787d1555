//! What each store can not do, said before a release begins.
//!
//! Sources: Apple, "Release a version update in phases"; Google, "Release app updates with staged roll-outs" and the Android
//! Publisher API, `edits.tracks`. Invariant: pure. Deliberately not here: asking a store.

use serde::{Deserialize, Serialize};

use crate::share::Share;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Store {
    AppStore,
    GooglePlay,
}

impl Store {
    /// Within a sentence.
    pub fn called(self) -> &'static str {
        match self {
            Self::AppStore => "the App Store",
            Self::GooglePlay => "Google Play",
        }
    }
}

/// Percent of the users by the day of a phased release.
pub const APPLE_DAYS: [u8; 7] = [1, 2, 5, 10, 20, 50, 100];
/// In all, however often it is paused.
pub const APPLE_PAUSE_DAYS: u16 = 30;

/// What a release would ask of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// In their order; the last is everybody.
    pub shares: Vec<Share>,
    /// How long each stays before the next, in hours.
    pub hours: Vec<u32>,
    /// The app was never released before.
    pub is_first: bool,
    /// Somebody counts on the version before coming back.
    pub wants_way_back: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Objection {
    #[error("{} has no way back: whoever has a version keeps it, and the next one has a higher number", .0.called())]
    NoWayBack(Store),
    #[error(
        "the App Store has a schedule of its own, 1, 2, 5, 10, 20, 50 and 100 % on seven days, and ends early only with everybody: {0} does not come there"
    )]
    NotItsShare(Share),
    #[error("the App Store goes on by itself after a day: a step of {0} hours is none of its own")]
    NotItsDay(u32),
    #[error("{} releases the first version of an app to everybody at once", .0.called())]
    FirstVersion(Store),
    #[error("shares only grow, and {later} comes after {before}")]
    NotGrowing { before: Share, later: Share },
    #[error(
        "Google Play has a share above 0 and below 100 % while it is under way, and completes it to everybody; not {0}"
    )]
    NotAPart(Share),
    #[error("the last step is everybody, and this plan ends with {0}")]
    NotEverybody(Share),
    #[error("there are {hours} times for {shares} steps")]
    NotOneEach { hours: usize, shares: usize },
}

/// In the order in which somebody would meet them; none where the store can do all of it.
pub fn objections(store: Store, plan: &Plan) -> Vec<Objection> {
    let mut found = Vec::new();
    if plan.wants_way_back {
        found.push(Objection::NoWayBack(store));
    }
    if plan.hours.len() != plan.shares.len() {
        found.push(Objection::NotOneEach { hours: plan.hours.len(), shares: plan.shares.len() });
    }
    let growing = plan.shares.windows(2).filter(|pair| pair[0] >= pair[1]);
    found.extend(growing.map(|pair| Objection::NotGrowing { before: pair[0], later: pair[1] }));
    let last = plan.shares.last().copied().unwrap_or(Share::NONE);
    match store {
        Store::AppStore | Store::GooglePlay if plan.is_first => {
            let part = plan.shares.iter().any(|share| share.is_part());
            found.extend(part.then_some(Objection::FirstVersion(store)));
        }
        Store::AppStore => {
            // Whoever wants fewer steps ends it early; the days before are Apple's.
            let before = plan.shares.len().saturating_sub(1);
            let days = APPLE_DAYS.iter().map(|day| Share::from_percent(*day)).chain(std::iter::repeat(None));
            let its = plan.shares.iter().take(before).zip(days);
            let other = its.filter(|(share, day)| *day != Some(**share));
            found.extend(other.map(|(share, _)| Objection::NotItsShare(*share)));
            let between = plan.hours.iter().take(before);
            found.extend(between.filter(|hours| **hours != 24).copied().map(Objection::NotItsDay));
        }
        Store::GooglePlay => {
            let before = plan.shares.iter().take(plan.shares.len().saturating_sub(1));
            found.extend(before.filter(|share| !share.is_part()).copied().map(Objection::NotAPart));
        }
    }
    if last != Share::ALL {
        found.push(Objection::NotEverybody(last));
    }
    found
}

/// What nobody may expect of it, whatever the plan.
pub fn cannot(store: Store) -> &'static [&'static str] {
    match store {
        Store::AppStore => &[
            "take a version back from whoever has it: mend it with a higher version",
            "choose its shares: 1, 2, 5, 10, 20, 50 and 100 % on seven days, of those who update by themselves",
            "keep anybody from it: whoever looks for it in the store gets it from the first day, also while it is paused",
            "pause for more than 30 days in all",
        ],
        Store::GooglePlay => &[
            "take a version back from whoever has it: mend it with a higher version code",
            "make a share smaller: halt it, and whoever has it keeps it",
            "say whether people can have it: what it calls completed may still be in review",
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(percents: &[u8], hours: u32) -> Plan {
        let shares: Vec<Share> =
            percents.iter().filter_map(|percent| Share::from_percent(*percent)).collect();
        Plan { hours: vec![hours; shares.len()], shares, is_first: false, wants_way_back: false }
    }

    #[test]
    fn each_store_takes_its_own_schedule_and_says_what_it_cannot() {
        assert_eq!(objections(Store::AppStore, &plan(&APPLE_DAYS, 24)), []);
        assert_eq!(objections(Store::GooglePlay, &plan(&[5, 25, 100], 6)), []);
        assert_eq!(objections(Store::AppStore, &plan(&[100], 0)), [], "to everybody at once");
        let told = |store, plan: &Plan| {
            objections(store, plan).iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        };
        let own = told(Store::AppStore, &plan(&[5, 25, 100], 6));
        assert!(own.contains("25 % does not come there") && own.contains("6 hours"), "{own}");
        assert_eq!(objections(Store::AppStore, &plan(&[1, 2, 100], 24)), [], "ended early");
        let none = told(Store::GooglePlay, &plan(&[0, 100], 6));
        assert!(none.contains("above 0 and below 100 %"), "{none}");
        let back = Plan { wants_way_back: true, ..plan(&[5, 100], 6) };
        assert!(told(Store::GooglePlay, &back).contains("no way back"));
        let first = Plan { is_first: true, ..plan(&APPLE_DAYS, 24) };
        assert_eq!(objections(Store::AppStore, &first), [Objection::FirstVersion(Store::AppStore)]);
        assert_eq!(objections(Store::AppStore, &Plan { is_first: true, ..plan(&[100], 24) }), []);
        assert!(told(Store::GooglePlay, &plan(&[20, 10, 100], 6)).contains("shares only grow"));
        assert!(told(Store::GooglePlay, &plan(&[20], 6)).contains("the last step is everybody"));
        assert!(!objections(Store::GooglePlay, &plan(&[], 6)).is_empty());
    }
}
