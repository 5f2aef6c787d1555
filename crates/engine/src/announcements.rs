//! Announcements and the ways they go: decided, and written together with what lies beside the log.
//!
//! Invariant: the event that tells an announcement and the letters it leads to are written in one transaction, so that none is
//! forgotten by a kill and none is made twice; an address or a password reaches the log nowhere. Deliberately not here: words
//! and sending (the server).

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tidegate_domain::announcement::{
    self, Announcement, AnnouncementCommand, AnnouncementId, AnnouncementRefusal, Setup, SetupCommand, setup,
};
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Moment;
use tidegate_domain::name::{ChannelName, EnvironmentName, SecretName};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::ReleaseRefusal;
use tidegate_domain::release_plan::PlanRefusal;
use tidegate_domain::secret;
use tidegate_ports::{Fault, Note, Row};

use crate::Engine;
use crate::codec::Event;
use crate::command::Answer;
use crate::draft::{Draft, Error};

pub(crate) const ANNOUNCEMENT_ROW: &str = "announcement";

#[derive(Debug, Clone)]
pub enum ForAnnouncements {
    Setup(NewSetup),
    One(ForAnnouncement),
}

/// Values that only the vault reads, and addresses. Its `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct NewSetup {
    pub command: SetupCommand,
    /// Of the channel that is set; what was kept stays where absent.
    pub secret: Option<SecretString>,
    /// What lies beside the log and changes with this.
    pub notes: Vec<(String, Option<Vec<u8>>)>,
}

#[derive(Debug, Clone)]
pub struct ForAnnouncement {
    pub id: AnnouncementId,
    pub command: AnnouncementCommand,
    /// The letters that it leads to; written only if it changes something.
    pub rows: Vec<Row>,
}

/// An announcement's read row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnouncementView {
    pub id: AnnouncementId,
    pub plan: announcement::Plan,
    pub told: Option<announcement::Told>,
    pub cancelled: Option<String>,
    /// Its plan took it back, and may ask for it again.
    #[serde(default)]
    pub withdrawn: bool,
    /// `planned`, `told` or `cancelled`.
    pub state: String,
    pub planned_ms: u64,
    pub changed_ms: u64,
}

pub(crate) fn view(state: &Announcement, (began, ended): (Moment, Moment)) -> AnnouncementView {
    AnnouncementView {
        id: state.id.clone(),
        plan: state.plan.clone(),
        told: state.told.clone(),
        cancelled: state.cancelled.clone(),
        withdrawn: state.withdrawn,
        state: state.word().to_owned(),
        planned_ms: began.wall_ms,
        changed_ms: ended.wall_ms,
    }
}

/// The note beside the stream in which a channel's address or password is kept.
pub fn channel_note(name: &ChannelName) -> String {
    format!("channel/{name}")
}

/// What it is sealed for: no environment has such a name.
pub fn channel_place(name: &ChannelName) -> (EnvironmentName, SecretName) {
    (EnvironmentName::of_channel(name), SecretName::of_channel())
}

impl Engine {
    pub async fn announcements_setup(&self) -> Result<Arc<Setup>, Fault> {
        Ok(Arc::clone(self.cache.load(&StreamId::Announcements).await?.state.announcements()))
    }

    pub async fn announcement(&self, id: &AnnouncementId) -> Result<Option<AnnouncementView>, Fault> {
        let loaded = self.cache.load(&StreamId::Announcement(id.clone())).await?;
        Ok(loaded.state.announcement().map(|state| view(state, (loaded.began, loaded.ended))))
    }

    pub(crate) async fn for_announcements(
        &self,
        draft: &mut Draft<'_>,
        wish: &ForAnnouncements,
    ) -> Result<Answer, Error> {
        match wish {
            ForAnnouncements::Setup(wish) => self.set_up_announcements(draft, wish).await?,
            ForAnnouncements::One(wish) => announce(draft, wish).await?,
        }
        Ok(Answer::Done)
    }

    async fn set_up_announcements(&self, draft: &mut Draft<'_>, wish: &NewSetup) -> Result<(), Error> {
        let state = draft.state(&StreamId::Announcements).await?.announcements();
        let events = setup::decide(state, wish.command.clone()).map_err(Refusal::from)?;
        if events.is_empty() {
            return Ok(());
        }
        let stream = StreamId::Announcements;
        let mut notes = wish.notes.clone();
        match &wish.command {
            SetupCommand::RemoveChannel { name } => notes.push((channel_note(name), None)),
            SetupCommand::SetChannel { name, .. } => {
                if let Some(value) = &wish.secret {
                    notes.push((channel_note(name), Some(self.seal_channel(name, value)?)));
                }
            }
            SetupCommand::SetAudience { .. }
            | SetupCommand::RemoveAudience { .. }
            | SetupCommand::SetTemplate { .. } => {}
        }
        let note = |(name, body)| Note { stream: stream.clone(), name, body };
        draft.notes.extend(notes.into_iter().map(note));
        draft.push(&stream, events.into_iter().map(Event::Announcements).collect()).await
    }

    fn seal_channel(&self, name: &ChannelName, value: &SecretString) -> Result<Vec<u8>, Error> {
        secret::check_value(value.expose_secret().as_bytes()).map_err(Refusal::from)?;
        let (environment, secret) = channel_place(name);
        Ok(self.vault()?.seal((&environment, &secret), (value, 1), None)?.body)
    }

    /// Under the newest key, like every other secret.
    pub(crate) async fn reseal_channels(&self, draft: &mut Draft<'_>) -> Result<(), Error> {
        let state = Arc::clone(draft.state(&StreamId::Announcements).await?.announcements());
        for name in state.channels.keys() {
            let note = channel_note(name);
            let Some(kept) = self.store.note(&StreamId::Announcements, &note).await? else { continue };
            let (environment, secret) = channel_place(name);
            if let Some(sealed) = self.vault()?.reseal((&environment, &secret), &kept)? {
                draft.notes.push(Note {
                    stream: StreamId::Announcements,
                    name: note,
                    body: Some(sealed.body),
                });
            }
        }
        Ok(())
    }
}

async fn announce(draft: &mut Draft<'_>, wish: &ForAnnouncement) -> Result<(), Error> {
    if let AnnouncementCommand::Plan(plan) | AnnouncementCommand::Follow(plan) = &wish.command {
        if let Some(of_plan) = &plan.of_plan {
            // Its release may not be there yet, and whom it is for may be said until it is told.
            let known = draft.state(&StreamId::Plan(of_plan.plan.clone())).await?.plan();
            if known.is_none() {
                return Err(Refusal::from(PlanRefusal::Unknown { version: of_plan.plan.clone() }).into());
            }
        } else {
            let setup = draft.state(&StreamId::Announcements).await?.announcements();
            setup.audience(&plan.audience).map_err(Refusal::from)?;
            let release = draft.state(&StreamId::Release(plan.release.clone())).await?.release();
            if release.is_none() {
                return Err(Refusal::from(ReleaseRefusal::Unknown { version: plan.release.clone() }).into());
            }
        }
        let catalog = Arc::clone(draft.state(&StreamId::Catalog).await?.catalog());
        let waited = match &plan.when {
            announcement::When::Rollout { environment, .. } => Some(environment),
            announcement::When::At { .. } => None,
        };
        for environment in plan.environment.iter().chain(waited) {
            catalog.environment(environment).map_err(Refusal::from)?;
        }
    }
    let stream = StreamId::Announcement(wish.id.clone());
    let state = draft.state(&stream).await?.announcement();
    let events = announcement::decide(state, &wish.id, wish.command.clone())
        .map_err(|refusal: AnnouncementRefusal| Refusal::from(refusal))?;
    if !events.is_empty() {
        draft.rows.extend(wish.rows.iter().cloned());
    }
    draft.push(&stream, events.into_iter().map(Event::Announcement).collect()).await
}
