//! The team's own templates of plans, whose turn it is, and what is still to be done of earlier retrospectives.
//!
//! Invariant: who had a role before follows from the plans alone. Deliberately not here: the rules (`domain::plan_book`), and who is
//! next (`tidegate-plan`).

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tidegate_domain::id::StreamId;
use tidegate_domain::plan_book::{self, PlanBook, PlanBookCommand};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release_plan::{ReleasePlan, Said};
use tidegate_plan::document::Action;
use tidegate_ports::{Fault, RowQuery};

use crate::Engine;
use crate::codec::Event;
use crate::command::Answer;
use crate::draft::{Draft, Error};
use crate::plans::{PLAN_ROW, PlanView};

const PAGE: u32 = 1_000;
/// Plans that are looked through, the newest change first.
const PAGES_MAX: usize = 10;

/// What a row says of an action; `from` is the release whose retrospective asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionBrief {
    pub from: String,
    pub id: String,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    pub done: bool,
    /// Of the retrospective itself, rather than carried into this plan.
    pub own: bool,
}

/// Asked for, and not done: in its retrospective, nor in a plan that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAction {
    pub action: ActionBrief,
    /// The plans that carry it.
    pub carried_by: Vec<String>,
}

pub(crate) fn actions_of(plan: &ReleasePlan) -> Vec<ActionBrief> {
    let brief = |action: &Action, from: String, own: bool| ActionBrief {
        from,
        id: action.id.clone(),
        text: action.text.clone(),
        owner: action.owner.clone(),
        due: action.due.map(|due| due.to_string()),
        done: action.done,
        own,
    };
    let words = plan.looked_back.iter().flat_map(|(words, _)| &words.actions);
    let own = words.map(|action| brief(action, plan.version.to_string(), true));
    let carried = plan.document.actions.iter();
    own.chain(carried.filter_map(|action| Some(brief(action, action.from.clone()?, false)))).collect()
}

impl Engine {
    pub async fn plan_book(&self) -> Result<Arc<PlanBook>, Fault> {
        Ok(Arc::clone(self.cache.load(&StreamId::PlanBook).await?.state.plan_book()))
    }

    pub(crate) async fn for_plan_book(
        &self,
        draft: &mut Draft<'_>,
        (command, note): (&PlanBookCommand, &str),
        by: &str,
    ) -> Result<Answer, Error> {
        let said = Said { by: by.to_owned(), at_ms: draft.at().wall_ms, note: note.trim().to_owned() };
        let state = draft.state(&StreamId::PlanBook).await?.plan_book();
        let events = plan_book::decide(state, command.clone(), said).map_err(Refusal::from)?;
        draft.push(&StreamId::PlanBook, events.into_iter().map(Event::PlanBook).collect()).await?;
        Ok(Answer::Done)
    }

    /// The newest change first.
    pub async fn plan_views(&self) -> Result<Vec<PlanView>, Fault> {
        let mut query = RowQuery { kind: PLAN_ROW.to_owned(), limit: PAGE, ..RowQuery::default() };
        let mut views = Vec::new();
        for _ in 0..PAGES_MAX {
            let rows = self.store.rows(query.clone()).await?;
            for (_, row) in &rows {
                views.push(serde_json::from_str(&row.body).map_err(|why| {
                    Fault::hold("row-unreadable", format!("the row of the plan {} cannot be read", row.id))
                        .caused_by(why)
                })?);
            }
            let Some((last, _)) = rows.last().filter(|_| rows.len() >= PAGE as usize) else { break };
            query.before = Some(*last);
        }
        Ok(views)
    }

    /// What retrospectives asked for and nobody has done yet, by when it is due.
    pub async fn open_actions(&self) -> Result<Vec<OpenAction>, Fault> {
        let views = self.plan_views().await?;
        let all = || views.iter().flat_map(|view| view.actions.iter().map(move |action| (view, action)));
        let carried = || all().filter(|(_, action)| !action.own);
        let mut open = Vec::new();
        let mut seen = BTreeSet::new();
        for (_, action) in all().filter(|(_, action)| action.own && !action.done) {
            let same = |other: &ActionBrief| other.from == action.from && other.text == action.text;
            if carried().any(|(_, other)| same(other) && other.done)
                || !seen.insert((action.from.clone(), action.id.clone()))
            {
                continue;
            }
            let carried_by =
                carried().filter(|(_, other)| same(other)).map(|(view, _)| view.version.clone()).collect();
            open.push(OpenAction { action: action.clone(), carried_by });
        }
        let due = |open: &OpenAction| (open.action.due.is_none(), open.action.due.clone());
        open.sort_by_key(due);
        Ok(open)
    }

    /// Who had the role in the plans that were not cancelled, the oldest plan first.
    pub async fn held_before(&self, role: &str, but: Option<&str>) -> Result<Vec<String>, Fault> {
        let mut views = self.plan_views().await?;
        views.retain(|view| view.state != "cancelled" && Some(view.version.as_str()) != but);
        views.sort_by_key(|view| view.created_ms);
        Ok(views.into_iter().filter_map(|mut view| view.roles.remove(role)).collect())
    }
}
