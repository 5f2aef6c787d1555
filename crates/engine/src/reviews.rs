//! What emergencies owe: a row for each review, and what somebody says who looks back.
//!
//! Invariant: rows follow from the releases' histories, written with them. Deliberately not here: when one is owed
//! (`domain::consequences`) and who may review (`domain::release`).

use serde::{Deserialize, Serialize};
use tidegate_domain::catalog::Catalog;
use tidegate_domain::gate::{ChangeType, GateRefusal, OverdueReview};
use tidegate_domain::name::{EnvironmentName, PersonName, Version};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::{Release, ReleaseCommand};
use tidegate_domain::review::{Overdue, Owed, Review, ReviewRefusal, is_owed_for};
use tidegate_domain::rights::{Right, may};
use tidegate_ports::{Fault, Row, RowQuery};

use crate::Engine;
use crate::command::{Answer, NewReview};
use crate::draft::{Draft, Error};
use crate::govern::known;

const KIND: &str = "review";
const OWED: &str = "owed";
const DONE: &str = "done";
const REVIEWS_MAX: u32 = 500;

/// A review with what one looks at who does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewView {
    pub release: Version,
    pub author: String,
    /// Who said yes at its gates there.
    pub signed_by: Vec<PersonName>,
    pub owed: Owed,
}

/// One for each review of a release.
pub(crate) fn rows(release: &Release) -> impl Iterator<Item = Row> {
    release.reviews.iter().filter_map(|owed| {
        let view = ReviewView {
            release: release.version.clone(),
            author: release.author.clone(),
            signed_by: release.signed_by(&owed.environment).into_iter().collect(),
            owed: owed.clone(),
        };
        let state = if owed.done.is_some() { DONE } else { OWED };
        Some(Row {
            kind: KIND.to_owned(),
            id: owed.rollout.to_string(),
            scope: owed.environment.to_string(),
            state: state.to_owned(),
            body: serde_json::to_string(&view).ok()?,
        })
    })
}

impl Engine {
    /// Those that are owed, whose time ends first, then the newest that are done; of one release, or of all.
    pub async fn reviews(&self, version: Option<&Version>) -> Result<Vec<ReviewView>, Fault> {
        let (mut owed, done) = (self.review_rows(OWED).await?, self.review_rows(DONE).await?);
        owed.sort_by_key(|view| view.owed.due_ms);
        let of_this = |view: &ReviewView| version.is_none_or(|version| view.release == *version);
        Ok(owed.into_iter().chain(done).filter(of_this).collect())
    }

    async fn review_rows(&self, state: &str) -> Result<Vec<ReviewView>, Fault> {
        let query = RowQuery {
            kind: KIND.to_owned(),
            state: Some(state.to_owned()),
            limit: REVIEWS_MAX,
            ..RowQuery::default()
        };
        let rows = self.store.rows(query).await?;
        Ok(rows.into_iter().filter_map(|(_, row)| serde_json::from_str(&row.body).ok()).collect())
    }

    /// What keeps the next emergency out, where its pipeline says that it does.
    pub(crate) async fn overdue(
        &self,
        catalog: &Catalog,
        (release, environment): (&Release, &EnvironmentName),
        now_ms: u64,
    ) -> Result<Option<OverdueReview>, Fault> {
        let pipeline = catalog.pipeline_for(release.kind);
        let closes = pipeline.filter(|pipeline| pipeline.review.overdue == Overdue::Closes);
        let stage = closes.and_then(|pipeline| pipeline.stage(environment));
        let asks = stage.is_some_and(|(_, stage)| is_owed_for(stage));
        if release.change != ChangeType::Emergency || !asks {
            return Ok(None);
        }
        let owed = self.reviews(None).await?;
        let first = owed.into_iter().find(|view| view.owed.is_overdue(now_ms));
        Ok(first.map(|view| OverdueReview {
            release: view.release,
            environment: view.owed.environment,
            due_ms: view.owed.due_ms,
        }))
    }

    pub(crate) async fn review(
        &self,
        draft: &mut Draft<'_>,
        wish: &NewReview,
        person: &str,
    ) -> Result<Answer, Error> {
        let NewReview { release, environment, outcome, note } = wish;
        if note.trim().is_empty() {
            return Err(Refusal::from(GateRefusal::NoReason).into());
        }
        let by = known(person)?;
        self.may_review(&by, environment).await?;
        let review =
            Review { by, outcome: *outcome, note: note.trim().to_owned(), at_ms: draft.at().wall_ms };
        draft.release(release, ReleaseCommand::Review { environment: environment.clone(), review }).await?;
        Ok(Answer::Done)
    }

    /// A person who may sign there, as they are now. Before there are people, names are taken at their word.
    async fn may_review(&self, by: &PersonName, environment: &EnvironmentName) -> Result<(), Error> {
        let directory = self.directory().await?;
        if directory.is_empty() {
            return Ok(());
        }
        let voters = directory.voters(std::iter::once(by), (&self.project, environment));
        let signs =
            voters.get(by).is_some_and(|voter| voter.roles.iter().any(|role| may(*role, Right::Sign)));
        if signs {
            return Ok(());
        }
        let (person, environment) = (by.clone(), environment.clone());
        Err(Refusal::from(ReviewRefusal::NobodyWhoMaySign { person, environment }).into())
    }
}
