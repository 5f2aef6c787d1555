//! Why a release stands where it stands.

use tidegate_api::{Stands, Why};
use tidegate_domain::why;
use tidegate_engine::WhyView;

pub(crate) fn why(view: WhyView) -> Why {
    let WhyView { release, environment, why } = view;
    Why {
        release: release.to_string(),
        environment: environment.to_string(),
        stands: stands(why.stands),
        why: why.why,
        command: why.command,
        rollout: why.rollout.map(|rollout| rollout.to_string()),
        opens_ms: why.opens_ms,
        gates: why.gates.into_iter().map(super::gate::gate).collect(),
    }
}

fn stands(word: why::Stands) -> Stands {
    match word {
        why::Stands::Live => Stands::Live,
        why::Stands::Verified => Stands::Verified,
        why::Stands::UnderWay => Stands::UnderWay,
        why::Stands::Held => Stands::Held,
        why::Stands::Returning => Stands::Returning,
        why::Stands::NotInPipeline => Stands::NotInPipeline,
        why::Stands::NotYet => Stands::NotYet,
        why::Stands::Barred => Stands::Barred,
        why::Stands::SecretMissing => Stands::SecretMissing,
        why::Stands::GatesClosed => Stands::GatesClosed,
        why::Stands::Busy => Stands::Busy,
        why::Stands::Ready => Stands::Ready,
    }
}
