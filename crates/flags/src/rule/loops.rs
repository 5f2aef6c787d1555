//! Operators that look at each element of a list.
//!
//! Invariant: each element counts against the evaluation's steps, so loops in loops end.

use super::held::Held;
use super::variable::Data;
use super::{Expression, Run};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loop {
    Map,
    Filter,
    Reduce,
    All,
    Some,
    None,
}

impl Loop {
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "map" => Self::Map,
            "filter" => Self::Filter,
            "reduce" => Self::Reduce,
            "all" => Self::All,
            "some" => Self::Some,
            "none" => Self::None,
            _ => return None,
        })
    }

    pub(crate) fn run<'a>(self, parts: &'a [Expression], run: &mut Run<'a>, data: Data<'_, 'a>) -> Held<'a> {
        let list = parts.first().map_or(Held::Null, |list| list.evaluate(run, data));
        let body = parts.get(1);
        match self {
            Self::Map => Held::List(each(&list, run, |element, run| {
                Some(body.map_or(Held::Null, |body| body.evaluate(run, Data::Element(&element))))
            })),
            Self::Filter => Held::List(each(&list, run, |element, run| {
                let keep = body.is_some_and(|body| body.holds(run, Data::Element(&element)));
                keep.then_some(element)
            })),
            Self::Reduce => reduce(&list, body, parts.get(2), (run, data)),
            Self::All => Held::Bool(list.len() > 0 && !any(&list, body, run, false)),
            Self::Some => Held::Bool(any(&list, body, run, true)),
            Self::None => Held::Bool(!any(&list, body, run, true)),
        }
    }
}

fn each<'a>(
    list: &Held<'a>,
    run: &mut Run<'a>,
    mut of: impl FnMut(Held<'a>, &mut Run<'a>) -> Option<Held<'a>>,
) -> Vec<Held<'a>> {
    let mut made = Vec::new();
    for index in 0..list.len() {
        let Some(element) = list.element(index).filter(|_| run.spend(1)) else { break };
        made.extend(of(element, run));
    }
    made
}

/// Whether the body is of this truth for an element. Without a body it is of none.
fn any<'a>(list: &Held<'a>, body: Option<&'a Expression>, run: &mut Run<'a>, truth: bool) -> bool {
    let Some(body) = body else { return !truth };
    (0..list.len()).any(|index| {
        let element = list.element(index).filter(|_| run.spend(1));
        element.is_some_and(|element| body.holds(run, Data::Element(&element)) == truth)
    })
}

fn reduce<'a>(
    list: &Held<'a>,
    body: Option<&'a Expression>,
    from: Option<&'a Expression>,
    (run, data): (&mut Run<'a>, Data<'_, 'a>),
) -> Held<'a> {
    let mut accumulator = from.map_or(Held::Null, |from| from.evaluate(run, data));
    for index in 0..list.len() {
        let Some(current) = list.element(index).filter(|_| run.spend(1)) else { break };
        let fold = Data::Fold { current: &current, accumulator: &accumulator };
        let next = body.map_or(Held::Null, |body| body.evaluate(run, fold));
        accumulator = next;
    }
    accumulator
}
