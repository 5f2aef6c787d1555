//! From a flag and a context to an answer.
//!
//! Invariant: every path ends in `Details`; prerequisites end because their graph has no cycle and a bounded depth.

use crate::context::Context;
use crate::details::{Details, ErrorCode, Reason};
use crate::flag::{Flag, Phase, Prerequisite, VariantIndex};
use crate::rule::{Choice, Run};
use crate::set::FlagSet;

#[inline]
pub(crate) fn flag<'a>(set: &'a FlagSet, flag: &'a Flag, context: &Context) -> Details<'a> {
    match &flag.more {
        None => by_rule(flag, &flag.phase, context),
        Some(_) => with_more(set, flag, context),
    }
}

fn with_more<'a>(set: &'a FlagSet, flag: &'a Flag, context: &Context) -> Details<'a> {
    if let Some(refused) = flag.refused().or_else(|| set.graph.refused(&flag.key).map(|found| &*found.detail))
    {
        return failed(flag, ErrorCode::ParseError, refused);
    }
    let phase = flag.phase_at(context.timestamp_seconds());
    if !phase.disabled && !flag.prerequisites().iter().all(|wanted| met(set, wanted, context)) {
        let instead = phase.off.or(phase.default);
        return Details {
            message: Some("a prerequisite is not met"),
            ..chosen(flag, instead, Reason::Default)
        };
    }
    by_rule(flag, phase, context)
}

/// A prerequisite that is absent, switched off or answers an error is not met.
fn met(set: &FlagSet, wanted: &Prerequisite, context: &Context) -> bool {
    let Some(other) = set.table.get(&wanted.flag) else { return false };
    let details = flag(set, other, context);
    let answered = details.error.is_none() && details.reason != Reason::Disabled;
    let one_of = |name: &str| wanted.variants.iter().any(|variant| &**variant == name);
    answered && details.variant().is_some_and(one_of)
}

#[inline]
fn by_rule<'a>(flag: &'a Flag, phase: &'a Phase, context: &Context) -> Details<'a> {
    if phase.disabled {
        let off = phase.off.or(phase.default).and_then(|index| flag.variant(index));
        return Details { off, ..chosen(flag, phase.off, Reason::Disabled) };
    }
    let Some(rule) = &phase.rule else {
        let reason = if phase.default.is_some() { Reason::Static } else { Reason::Default };
        return chosen(flag, phase.default, reason);
    };
    let mut run = Run::new(context, &flag.key);
    let choice = rule.run(&mut run);
    let details = match choice {
        Choice::Variant(index) => chosen(flag, Some(index), Reason::TargetingMatch),
        Choice::Nothing => chosen(flag, phase.default, Reason::Default),
        Choice::Named(name) => match flag.named(&name) {
            Some(index) => chosen(flag, Some(index), Reason::TargetingMatch),
            None => failed(flag, ErrorCode::General, "the rule chose a variant that the flag does not have"),
        },
        Choice::Failed(message) => failed(flag, ErrorCode::General, message),
    };
    Details { lacks_targeting_key: run.lacks_targeting_key(), ..details }
}

#[inline]
fn chosen(flag: &Flag, index: Option<VariantIndex>, reason: Reason) -> Details<'_> {
    Details {
        flag: Some(flag),
        variant: index.and_then(|index| flag.variant(index)),
        off: None,
        reason,
        error: None,
        message: None,
        lacks_targeting_key: false,
    }
}

fn failed<'a>(flag: &'a Flag, code: ErrorCode, message: &'a str) -> Details<'a> {
    Details { error: Some(code), message: Some(message), ..chosen(flag, None, Reason::Error) }
}
