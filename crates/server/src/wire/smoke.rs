//! Smoke tests.

use tidegate_api::{SmokeBrief, SmokePhase, SmokeTest};
use tidegate_domain::smoke::{SmokeAsk, SmokePhase as Phase};
use tidegate_engine::{SmokeBrief as BriefView, SmokeView};
use tidegate_ports::Fault;

use super::word;

pub(crate) fn smoke_test(view: SmokeView) -> Result<SmokeTest, Fault> {
    let (state, test) = (word(view.state())?, view.test);
    let result = view.result;
    Ok(SmokeTest {
        component: view.component,
        phase: match view.phase {
            Phase::Expand => SmokePhase::Expand,
            Phase::Before => SmokePhase::BeforeTraffic,
            Phase::After => SmokePhase::WithAllTraffic,
            Phase::Contracted => SmokePhase::Contracted,
            Phase::Contract => SmokePhase::Contract,
        },
        state,
        asks: match &test.ask {
            SmokeAsk::Http { path, .. } => format!("GET {path}"),
            SmokeAsk::Run { command } => command.join(" "),
        },
        expected: test.expects(),
        name: test.name.to_string(),
        timeout_ms: test.timeout_ms,
        retries: test.retries,
        attempts: result.as_ref().map(|result| result.attempts),
        took_ms: result.as_ref().map(|result| result.took_ms),
        seen: result.as_ref().map(|result| result.seen.clone()),
        output: view.output.map(|output| String::from_utf8_lossy(&output).into_owned()),
        output_digest: result.map(|result| result.output_digest).filter(|digest| !digest.is_empty()),
    })
}

pub(crate) fn smoke_brief(view: BriefView) -> Result<SmokeBrief, Fault> {
    let BriefView { component, test, phase, state, seen } = view;
    Ok(SmokeBrief { component, name: test, phase: word(&phase)?, state: word(&state)?, seen })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_api::SmokeState;
    use tidegate_domain::smoke::SmokeVerdict;

    #[test]
    fn every_word_of_the_views_has_its_place_on_the_wire() {
        for phase in [Phase::Expand, Phase::Before, Phase::After, Phase::Contracted, Phase::Contract] {
            word::<SmokePhase>(phase.word()).unwrap();
        }
        for verdict in [SmokeVerdict::Passed, SmokeVerdict::Failed, SmokeVerdict::Faulted] {
            word::<SmokeState>(verdict.word()).unwrap();
        }
        for text in ["waiting", "running"] {
            word::<SmokeState>(text).unwrap();
        }
    }
}
