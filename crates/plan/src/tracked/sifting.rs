//! Which tracked items a plan has still to decide on, and what one becomes that is taken in.
//!
//! Invariant: an item that stands in the plan's scope, also as one that is out, waits for nobody, and neither does one that its source
//! no longer lists; one that was merged after the freeze is late. Deliberately not here: deciding (`domain::release_plan`).

use std::collections::BTreeSet;

use super::mapping::Meaning;
use super::{TrackedItem, TrackedState};
use crate::document::{Estimate, Matrix, Plan, ScopeItem, ScopeState};
use crate::triage::{Triaged, triage};

const ID_MAX: usize = 64;
const LABELS_MAX: usize = 50;

/// A plan as far as it matters to items.
pub struct Asking<'a> {
    pub version: &'a str,
    /// When the plan was made: what is filed from then on is looked at.
    pub since_ms: u64,
    /// From when on changes are late; none while nothing is frozen.
    pub frozen_ms: Option<u64>,
    matrix: Matrix,
    ids: BTreeSet<&'a str>,
    urls: BTreeSet<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Its milestone or a label says that it belongs to this version.
    Mapped,
    /// It was filed after the plan was made, and says no version.
    Filed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub reason: Reason,
    pub late: bool,
    /// By the matrix, where both the severity and the risk of the fix are known.
    pub advice: Option<Triaged>,
}

impl<'a> Asking<'a> {
    pub fn new((version, plan): (&'a str, &'a Plan), (since_ms, frozen_ms): (u64, Option<u64>)) -> Self {
        let ids = plan.scope.iter().map(|item| item.id.as_str()).collect();
        let urls = plan.scope.iter().filter_map(|item| item.url.as_deref()).collect();
        Self { version, since_ms, frozen_ms, matrix: plan.matrix(), ids, urls }
    }

    /// Whether the plan's scope names it, by its key or its address.
    pub fn holds(&self, item: &TrackedItem) -> bool {
        self.ids.contains(id(&item.key).as_str())
            || item.url.as_deref().is_some_and(|url| self.urls.contains(url))
    }
}

/// None where nothing is to be decided about it.
pub fn waits(asking: &Asking<'_>, item: &TrackedItem, meaning: &Meaning) -> Option<Waiting> {
    let reason = match &meaning.version {
        Some(version) if version == asking.version => Reason::Mapped,
        Some(_) => return None,
        None => {
            let new = item.created_ms.is_some_and(|created| created >= asking.since_ms);
            let open = item.state == TrackedState::Open && !item.is_change && item.milestone.is_none();
            if !(new && open) {
                return None;
            }
            Reason::Filed
        }
    };
    if asking.holds(item) || item.gone_ms.is_some() {
        return None;
    }
    let late = is_late(asking.frozen_ms, item);
    let advice = meaning
        .severity
        .zip(meaning.fix_risk)
        .map(|(severity, risk)| triage(&asking.matrix, severity, risk, asking.frozen_ms.is_some()));
    Some(Waiting { reason, late, advice })
}

/// It was closed or merged once nothing should have changed any more.
pub fn is_late(frozen_ms: Option<u64>, item: &TrackedItem) -> bool {
    let done = item.state != TrackedState::Open;
    done && frozen_ms.zip(item.closed_ms).is_some_and(|(frozen, closed)| closed > frozen)
}

/// What a plan calls it: its key, or the end of one that is longer than a plan's ids are.
fn id(key: &str) -> String {
    let extra = key.chars().count().saturating_sub(ID_MAX);
    key.chars().skip(extra).collect()
}

/// As it stands in a plan once it is taken in.
pub fn scope_item(source: &str, item: &TrackedItem, meaning: &Meaning) -> ScopeItem {
    let hours = item.hours_hundredths.map(|hundredths| hundredths.div_ceil(100));
    let estimate = meaning.skill.clone().zip(hours).map(|(skill, hours)| Estimate { skill, hours });
    ScopeItem {
        id: id(&item.key),
        title: item.title.clone(),
        source: Some(source.to_owned()),
        url: item.url.clone(),
        state: if item.state == TrackedState::Open { ScopeState::In } else { ScopeState::Done },
        component: meaning.component.clone(),
        labels: item.labels.iter().take(LABELS_MAX).cloned().collect(),
        severity: meaning.severity,
        fix_risk: meaning.fix_risk,
        decision: None,
        estimates: estimate.into_iter().collect(),
        priority: 0,
        feature: meaning.feature,
        tests: Vec::new(),
        suites: Vec::new(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::document::{FixRisk, Severity};
    use crate::tracked::TrackedKind;

    pub fn item(key: &str) -> TrackedItem {
        TrackedItem {
            key: key.to_owned(),
            title: "Keep the cart".to_owned(),
            url: None,
            kind: TrackedKind::Bug,
            state: TrackedState::Open,
            labels: Vec::new(),
            milestone: None,
            author: None,
            created_ms: Some(100),
            updated_ms: Some(100),
            closed_ms: None,
            is_change: false,
            hours_hundredths: None,
            closes: Vec::new(),
            gone_ms: None,
        }
    }

    fn plan(scope: Vec<ScopeItem>) -> Plan {
        let plan = serde_json::json!({"title": "Shop", "zone": "UTC"});
        let plan: Plan = serde_json::from_value(plan).unwrap();
        Plan { scope, ..plan }
    }

    #[test]
    fn what_belongs_to_the_version_or_is_new_waits_until_somebody_said_in_or_out() {
        let of =
            |version: Option<&str>| Meaning { version: version.map(str::to_owned), ..Meaning::default() };
        let empty = plan(Vec::new());
        let asking = Asking::new(("2.1.0", &empty), (50, None));
        let reason = |item: &TrackedItem, version: Option<&str>| {
            waits(&asking, item, &of(version)).map(|waiting| waiting.reason)
        };
        let new = item("acme/shop#1");
        assert_eq!(reason(&new, Some("2.1.0")), Some(Reason::Mapped));
        assert_eq!(reason(&new, Some("2.2.0")), None);
        assert_eq!(reason(&new, None), Some(Reason::Filed));
        assert_eq!(reason(&TrackedItem { created_ms: Some(49), ..new.clone() }, None), None);
        assert_eq!(reason(&TrackedItem { is_change: true, ..new.clone() }, None), None);
        assert_eq!(reason(&TrackedItem { milestone: Some("Later".to_owned()), ..new.clone() }, None), None);
        let done = TrackedItem { state: TrackedState::Closed, ..new.clone() };
        assert_eq!((reason(&done, None), reason(&done, Some("2.1.0"))), (None, Some(Reason::Mapped)));

        let taken = plan(vec![scope_item("shop", &new, &of(None))]);
        let asking = Asking::new(("2.1.0", &taken), (50, None));
        assert_eq!(waits(&asking, &new, &of(Some("2.1.0"))), None, "it stands in the scope");
        let out = plan(vec![ScopeItem { state: ScopeState::Out, ..scope_item("shop", &new, &of(None)) }]);
        let asking = Asking::new(("2.1.0", &out), (50, None));
        assert_eq!(waits(&asking, &new, &of(Some("2.1.0"))), None, "it was left out");
    }

    #[test]
    fn what_was_merged_after_the_freeze_is_late_and_riskier() {
        let merged = TrackedItem { state: TrackedState::Merged, closed_ms: Some(201), ..item("acme/shop#1") };
        assert!(is_late(Some(200), &merged) && !is_late(Some(201), &merged) && !is_late(None, &merged));
        assert!(!is_late(Some(200), &TrackedItem { state: TrackedState::Open, ..merged.clone() }));
        let empty = plan(Vec::new());
        let meaning = Meaning {
            version: Some("2.1.0".to_owned()),
            severity: Some(Severity::Minor),
            fix_risk: Some(FixRisk::Low),
            ..Meaning::default()
        };
        let advice = |frozen_ms: Option<u64>| {
            let asking = Asking::new(("2.1.0", &empty), (0, frozen_ms));
            let waiting = waits(&asking, &merged, &meaning).unwrap();
            (waiting.late, waiting.advice.unwrap().decision.word())
        };
        assert_eq!(advice(None), (false, "fix-now"));
        assert_eq!(advice(Some(200)), (true, "fix-next"));
    }

    #[test]
    fn what_is_taken_in_says_what_its_source_said() {
        let meaning = Meaning {
            skill: Some("backend".to_owned()),
            component: Some("pay".to_owned()),
            feature: true,
            ..Meaning::default()
        };
        let long = format!("{}/shop#1", "group/".repeat(20));
        let tracked = TrackedItem { hours_hundredths: Some(150), state: TrackedState::Merged, ..item(&long) };
        let taken = scope_item("shop", &tracked, &meaning);
        assert_eq!((taken.estimates[0].hours, taken.estimates[0].skill.as_str()), (2, "backend"));
        assert!(taken.id.ends_with("/shop#1") && taken.id.chars().count() == 64);
        assert_eq!(taken.state, ScopeState::Done);
        let plan = plan(vec![taken]);
        assert_eq!(crate::document::check(&plan), Vec::new());
        assert!(Asking::new(("1", &plan), (0, None)).holds(&tracked), "found again by what it is called");
    }
}
