//! The rings of a phased strategy.

use tidegate_domain::matching::Match;
use tidegate_domain::strategy::{BadStrategy, Phased, Reach, Ring, Strategy};

use super::matches;
use super::strategy::{bad, remedy};
use crate::place::Place;
use crate::problems::Problems;
use crate::written::form::{At, Form};
use crate::written::scalar::read_or;
use crate::written::strategy::{MatchText, PhasedText, RingText, StrategyText};

/// One more than the domain allows, so that the domain says how many are too many.
const RINGS_READ_MAX: usize = 101;
const MATCHES_MAX: usize = 100;

pub fn phased(text: &PhasedText, place: Place, problems: &mut Problems) -> Phased {
    let (before, default) = (problems.count(), Phased::default());
    let rings = text.rings.as_ref().map(|rings| read(rings, of_requests, problems));
    let phased = Phased {
        rings: rings.unwrap_or(default.rings),
        soak_seconds: read_or(text.soak.as_ref(), default.soak_seconds, problems),
        keep_stable_seconds: read_or(text.keep_stable.as_ref(), default.keep_stable_seconds, problems),
    };
    // A plan with gaps where rings could not be read would be blamed for the gaps.
    if problems.count() == before
        && let Err(why) = Strategy::Phased(phased.clone()).validate()
    {
        problems.add(blamed(&why, text.rings.as_ref()).unwrap_or(place), bad(why.to_string(), remedy(&why)));
    }
    phased
}

type Rings = At<Vec<At<RingText>>>;

/// `named` reads whom a ring names, where it names somebody.
pub(super) fn read<Named>(
    rings: &Rings,
    named: fn(&At<RingText>, &mut Problems) -> Option<Vec<Named>>,
    problems: &mut Problems,
) -> Vec<Ring<Named>> {
    rings.value.iter().take(RINGS_READ_MAX).filter_map(|text| ring(text, named, problems)).collect()
}

fn of_requests(written: &At<RingText>, problems: &mut Problems) -> Option<Vec<Match>> {
    if written.value.who.is_some() {
        let message = "requests have headers and cookies, and no attributes";
        problems.add(written.place, bad(message, "say it by `matches`, or take `strategy: {flag: …}`"));
    }
    written.value.matches.as_ref().map(|named| whom(named, problems))
}

/// The written ring of each name, to whom it has gates.
pub fn gated(strategy: Option<&At<Form<StrategyText>>>) -> Vec<(usize, String, &RingText)> {
    let Some(Form::Long(text)) = strategy.map(|form| &form.value) else { return Vec::new() };
    let phased = text.phased.iter().filter_map(|text| text.rings.as_ref());
    let shown = text.flag.iter().filter_map(|text| text.rings.as_ref());
    let rings = phased.chain(shown).flat_map(|rings| &rings.value);
    let named = rings.enumerate().filter_map(|(index, ring)| {
        let name = name(&ring.value, &mut Problems::default())?;
        Some((index, name, &ring.value))
    });
    named.filter(|(_, _, ring)| ring.gates.is_some()).collect()
}

fn ring<Named>(
    written: &At<RingText>,
    named: fn(&At<RingText>, &mut Problems) -> Option<Vec<Named>>,
    problems: &mut Problems,
) -> Option<Ring<Named>> {
    let text = &written.value;
    let reach = match (named(written, problems), &text.share) {
        (Some(named), None) => Reach::Named(named),
        (None, Some(share)) => Reach::Share(share.read(problems)?),
        (Some(_), Some(_)) | (None, None) => {
            let message =
                "a ring is whom it names (`matches`, or `who` of a flag), or a `share` of everybody";
            problems.add(written.place, bad(message, "keep one of the two"));
            return None;
        }
    };
    let Some(name) = name(text, problems) else {
        let message = "a ring of people who are named needs a name of its own";
        problems.add(written.place, bad(message, "add one like `name: beta`"));
        return None;
    };
    Some(Ring {
        name,
        reach,
        soak_seconds: read_or(text.soak.as_ref(), 0, problems),
        confirm: read_or(text.confirm.as_ref(), false, problems),
        judge: read_or(text.judge.as_ref(), false, problems),
    })
}

fn name(text: &RingText, problems: &mut Problems) -> Option<String> {
    if let Some(name) = &text.name {
        return name.read(problems);
    }
    text.share.as_ref()?.read(&mut Problems::default()).map(|share| share.to_string())
}

fn whom(written: &At<Vec<At<Form<MatchText>>>>, problems: &mut Problems) -> Vec<Match> {
    let named: Vec<Match> =
        written.value.iter().take(MATCHES_MAX).filter_map(|form| matches::read(form, problems)).collect();
    if written.value.len() > MATCHES_MAX {
        let message = format!("{} matches are more than the {MATCHES_MAX} of one ring", written.value.len());
        problems.add(written.place, bad(message, "let the services tell a segment by one header"));
    } else if named.is_empty() {
        let suggestion = "name somebody: `- {header: {x-tenant: acme}}`";
        problems.add(written.place, bad("this ring has nobody in it", suggestion));
    }
    named
}

pub(super) fn blamed(why: &BadStrategy, rings: Option<&Rings>) -> Option<Place> {
    let rings = rings?;
    let called = |wanted: &str| {
        let of =
            |ring: &&At<RingText>| name(&ring.value, &mut Problems::default()).as_deref() == Some(wanted);
        rings.value.iter().rfind(of).map(|ring| ring.place)
    };
    match why {
        BadStrategy::DoubleRing { ring } | BadStrategy::Shrinks { ring, .. } => called(ring),
        BadStrategy::NoShift
        | BadStrategy::Falls { .. }
        | BadStrategy::Zero { .. }
        | BadStrategy::TooMany { .. }
        | BadStrategy::NotEverybody
        | BadStrategy::TooLong { .. } => Some(rings.place),
        BadStrategy::Prometheus(_) => None,
    }
}
