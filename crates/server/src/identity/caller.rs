//! The one who asks.
//!
//! Invariant: what a caller may do is looked up when they ask: a role that was taken away, or a person who was disabled,
//! counts from the next request on. Deliberately not here: finding out who it is (`admit`).

use std::sync::Arc;

use tidegate_domain::name::{EnvironmentName, PersonName, ProjectName};
use tidegate_domain::person::{PersonKind, TokenId, TokenScope};
use tidegate_domain::rights::{Grant, Place, Right, knows, permits, permits_in_any};
use tidegate_engine::Known;

use crate::app::App;

#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// What stands in the history.
    pub name: String,
    pub how: How,
    /// None while names are taken at their word.
    pub known: Option<Arc<Known>>,
    /// Where they ask.
    pub project: ProjectName,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum How {
    /// Nothing was proved, since nobody is known yet.
    Open,
    /// Under this key; by a cookie, or named in a header, which no browser does by itself.
    Session {
        key: String,
        by_cookie: bool,
    },
    Token {
        id: TokenId,
        scope: TokenScope,
    },
}

impl How {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Session { .. } => "session",
            Self::Token { .. } => "token",
        }
    }
}

impl Caller {
    pub fn at_their_word(name: String, project: &ProjectName) -> Self {
        Self { name, how: How::Open, known: None, project: project.clone() }
    }

    /// How it was proved who they are, as it stands in the audit trail.
    pub fn proof(&self) -> Option<String> {
        match &self.how {
            How::Open => None,
            How::Session { .. } => Some("session".to_owned()),
            How::Token { id, .. } => Some(format!("token {id}")),
        }
    }

    /// The same caller as they stand now; none once what they proved themselves by is over.
    pub async fn again(&self, app: &App) -> Option<Arc<Self>> {
        let directory = app.engine.directory().await.ok()?;
        let Some(before) = &self.known else {
            let still_open = directory.is_empty() && !app.identity.require_login;
            return still_open.then(|| Arc::new(self.clone()));
        };
        let now = directory.get(&before.person.name)?;
        let holds = match &self.how {
            How::Open => false,
            How::Session { .. } => now.person.session_generation == before.person.session_generation,
            How::Token { id, .. } => now.person.token(id, app.clock.now().wall_ms).is_some(),
        };
        let known = Some(Arc::clone(now));
        (holds && now.person.disabled.is_none()).then(|| Arc::new(Self { known, ..self.clone() }))
    }

    /// Whether somebody speaks rather than a program.
    pub fn is_person(&self) -> bool {
        self.known.as_ref().is_none_or(|known| known.person.kind == PersonKind::Person)
    }

    pub fn is(&self, name: &PersonName) -> bool {
        self.known.as_ref().is_some_and(|known| known.person.name == *name)
    }

    pub fn may(&self, right: Right, place: Place<'_>) -> bool {
        self.every_list(|grants| permits(grants, right, place))
    }

    /// In a whole project, whichever.
    pub fn may_in_any(&self, right: Right) -> bool {
        self.every_list(|grants| permits_in_any(grants, right))
    }

    /// Whose asking is counted together.
    pub fn key(&self) -> String {
        match &self.how {
            How::Token { id, .. } => format!("token/{id}"),
            How::Open | How::Session { .. } => format!("person/{}", self.name),
        }
    }

    pub fn may_in(&self, right: Right, environment: &EnvironmentName) -> bool {
        self.may(right, Place::Environment(self.project.as_str(), environment))
    }

    /// Whether anything of the project is theirs to know of.
    pub fn knows_project(&self) -> bool {
        self.knows(&self.project)
    }

    pub fn knows(&self, project: &ProjectName) -> bool {
        self.every_list(|grants| knows(grants, project.as_str()))
    }

    /// A token's scope and its owner's grants must both allow.
    fn every_list(&self, allows: impl Fn(&[Grant]) -> bool) -> bool {
        let Some(known) = &self.known else { return true };
        allows(&known.grants) && self.at_most().is_none_or(allows)
    }

    /// What the token says at most.
    pub fn at_most(&self) -> Option<&[Grant]> {
        match &self.how {
            How::Token { scope: TokenScope::Grants(grants), .. } => Some(grants),
            How::Token { scope: TokenScope::Owner, .. } | How::Open | How::Session { .. } => None,
        }
    }
}
