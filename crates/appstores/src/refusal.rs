//! Why a store did not do it: a code, a sentence, the next step.
//!
//! Invariant: no key and no token is in any of them. Deliberately not here: what a person asked for wrongly of a plan (`rules`).

use crate::rules::Store;
use crate::sight::{Act, Stage};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreRefusal {
    #[error("the key for {} cannot be used: {why}", .store.called())]
    Key { store: Store, why: &'static str },
    #[error("{} knows no {what} `{name}`", .store.called())]
    Unknown { store: Store, what: &'static str, name: String },
    #[error("{version} is {} in {}, and from there it cannot {}", .stage.word(), .store.called(), .act.word())]
    NotFromThere { store: Store, version: String, stage: Stage, act: Act },
    #[error("{wanted} is no step from {now}: in {} a share only grows, and stays below everybody until it is completed", .store.called())]
    NoStep { store: Store, now: String, wanted: String },
    #[error("the App Store has a schedule of its own: nobody widens it")]
    OwnSchedule,
    #[error("{} says no ({status}): {says}", .store.called())]
    Denied { store: Store, status: u16, says: String },
    #[error("{} does not allow it as it stands (409): {says}", .store.called())]
    Conflict { store: Store, says: String },
    #[error("{} wants to be left alone for {seconds} s", .store.called())]
    Busy { store: Store, seconds: u64 },
    #[error("{} is not well ({why})", .store.called())]
    Unwell { store: Store, why: String },
    #[error("the answer of {} cannot be read: {why}", .store.called())]
    Unreadable { store: Store, why: String },
}

impl StoreRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Key { .. } => "app-store-key-unusable",
            Self::Unknown { .. } => "app-store-unknown",
            Self::NotFromThere { .. } | Self::NoStep { .. } | Self::OwnSchedule => "app-store-no-step",
            Self::Denied { .. } => "app-store-denied",
            Self::Conflict { .. } => "app-store-conflict",
            Self::Busy { .. } => "app-store-busy",
            Self::Unwell { .. } => "app-store-unwell",
            Self::Unreadable { .. } => "app-store-answer-unreadable",
        }
    }

    pub fn help(&self) -> &'static str {
        match self {
            Self::Key { store: Store::AppStore, .. } => {
                "it is the .p8 file that App Store Connect gives once: Users and Access, Integrations, App Store Connect API"
            }
            Self::Key { store: Store::GooglePlay, .. } => {
                "it is the JSON of a service account that may release in the Play Console"
            }
            Self::Unknown { .. } => {
                "look at its name in the store's console; a version has to be uploaded before"
            }
            Self::NotFromThere { stage: Stage::Unready, .. } => "wait for its review, then ask again",
            Self::NotFromThere { stage: Stage::Complete | Stage::Replaced, .. } => {
                "no store takes a version back: mend it with a higher one"
            }
            Self::NotFromThere { .. } => "look at how it stands first",
            Self::NoStep { .. } => "give a larger share, or complete it",
            Self::OwnSchedule => "wait for its next day, halt it, or complete it to everybody",
            Self::Denied { .. } => "give the key the right to release this app, in the store's console",
            Self::Conflict { .. } => {
                "somebody else changed it, or it is in review: look at it in the store's console, then ask again"
            }
            Self::Busy { .. } | Self::Unwell { .. } => "nothing is lost: ask again later",
            Self::Unreadable { .. } => {
                "look at whether the address is that of the store; if it is, report it"
            }
        }
    }

    /// Whether asking again later may help by itself.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Unwell { .. } | Self::Conflict { .. })
    }
}
