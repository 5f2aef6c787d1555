//! Tells what is planned when its moment has come: by the clock, or by what a rollout did, read from the log.
//!
//! Invariant: of a rollout only what came after the plan counts; the position is kept after everything up to it was told, so a
//! kill asks some again, and what was told once is told. Deliberately not here: sending.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tidegate_domain::announcement::{
    AnnouncementCommand, AnnouncementId, Plan, Reaches, TEXT_BYTES_MAX, Told, When,
};
use tidegate_domain::id::{RolloutId, StreamId};
use tidegate_domain::rollout::Milestone;
use tidegate_engine::{
    AnnouncementView, Command, Event, ForAnnouncement, ForAnnouncements, Request, SubmitError,
};
use tidegate_ports::{Entry, EventsAfter, Fault, Note, RowQuery};

use super::words::{self, Reached, Values};
use super::{letters, ready, subscribers};
use crate::app::App;
use crate::webhooks::write;

const PAGE: u32 = 100;
const PLANNED_MAX: u32 = 1_000;
const LOOK: Duration = Duration::from_secs(1);
const TOGETHER: Duration = Duration::from_millis(50);
const PAUSE_AFTER_FAULT: Duration = Duration::from_secs(2);
const POSITION: &str = "position";
/// A position that only passed by what nobody waits for is kept this often.
const KEEP_EVERY: u64 = 500;

pub(super) async fn follow(app: Arc<App>) {
    let mut written = app.written.clone();
    let mut following = Following { app, position: None, kept: 0, planned: (u64::MAX, Vec::new()) };
    loop {
        written.mark_unchanged();
        match following.turn().await {
            Ok(true) => {}
            Ok(false) => {
                tokio::select! {
                    changed = written.changed() => if changed.is_err() { return },
                    () = tokio::time::sleep(LOOK) => {}
                }
                // Writes that come together are looked at together.
                tokio::time::sleep(TOGETHER).await;
            }
            Err(fault) => {
                tracing::warn!(code = fault.code, %fault, "announcements wait");
                tokio::time::sleep(PAUSE_AFTER_FAULT).await;
                // What became of the last command is not known: letters that it made may be in the store alone.
                if let Err(fault) = letters::load(&following.app).await {
                    tracing::warn!(code = fault.code, %fault, "letters could not be read");
                }
            }
        }
    }
}

struct Following {
    app: Arc<App>,
    position: Option<u64>,
    kept: u64,
    /// As they stood at that position of the log.
    planned: (u64, Vec<(u64, AnnouncementView)>),
}

impl Following {
    /// Whether there is more to do at once.
    async fn turn(&mut self) -> Result<bool, Fault> {
        let newest = *self.app.written.borrow();
        self.look(newest).await?;
        let now_ms = self.app.clock.now().wall_ms;
        let is_due = |view: &AnnouncementView| matches!(view.plan.when, When::At { ms } if ms <= now_ms);
        let due: Vec<_> = self.planned.1.iter().filter(|(_, view)| is_due(view)).cloned().collect();
        let any_due = !due.is_empty();
        for (_, view) in &due {
            tell(&self.app, (&view.id, &view.plan), Reached::default()).await?;
        }
        self.forget(&due);
        let position = self.begin(newest).await?;
        let waits = |(_, view): &(u64, AnnouncementView)| matches!(view.plan.when, When::Rollout { .. });
        if !self.planned.1.iter().any(waits) {
            // Whatever is planned from now on waits for what comes after that.
            self.move_to(newest, false).await?;
            return Ok(any_due);
        }
        if position >= newest {
            return Ok(any_due);
        }
        let query = EventsAfter { position, stream: None, limit: PAGE };
        let entries = self.app.store.events(query).await?;
        let Some(last) = entries.last().map(|entry| entry.position) else { return Ok(any_due) };
        let mut told = false;
        for entry in &entries {
            told |= self.see(entry).await?;
        }
        self.move_to(last, told).await?;
        Ok(true)
    }

    /// Everything that is planned, where something was written since it was looked at.
    async fn look(&mut self, newest: u64) -> Result<(), Fault> {
        if self.planned.0 != newest {
            let query = RowQuery {
                kind: "announcement".to_owned(),
                scope: None,
                state: Some("planned".to_owned()),
                before: None,
                limit: PLANNED_MAX,
            };
            let rows = self.app.store.rows(query).await?;
            let view = |(position, row): (u64, tidegate_ports::Row)| {
                Some((position, serde_json::from_str(&row.body).ok()?))
            };
            self.planned = (newest, rows.into_iter().filter_map(view).collect());
        }
        Ok(())
    }

    /// Where it was before the server ended; else before the oldest of what is planned.
    async fn begin(&mut self, newest: u64) -> Result<u64, Fault> {
        if let Some(position) = self.position {
            return Ok(position);
        }
        let kept = self.app.store.note(&StreamId::Announcements, POSITION).await?;
        let kept = kept.and_then(|bytes| std::str::from_utf8(&bytes).ok()?.parse().ok());
        let oldest = self.planned.1.iter().map(|(position, _)| *position).min().unwrap_or(newest);
        self.kept = kept.unwrap_or(0);
        Ok(*self.position.insert(kept.unwrap_or(oldest)))
    }

    async fn move_to(&mut self, position: u64, worth: bool) -> Result<(), Fault> {
        if worth || position >= self.kept + KEEP_EVERY {
            let note = Note {
                stream: StreamId::Announcements,
                name: POSITION.to_owned(),
                body: Some(position.to_string().into_bytes()),
            };
            write(&*self.app.store, vec![note], Vec::new(), self.app.clock.now()).await?;
            self.kept = position;
        }
        self.position = Some(position);
        Ok(())
    }

    /// Tells what waited for this; whether anything did.
    async fn see(&mut self, entry: &Entry) -> Result<bool, Fault> {
        let StreamId::Rollout(id) = &entry.stream else { return Ok(false) };
        let Ok(Event::Rollout(event)) = Event::decode(entry) else { return Ok(false) };
        let Some(milestone) = event.milestone() else { return Ok(false) };
        let Some((release, environment, undoes)) = self.moved(id).await? else { return Ok(false) };
        let Some((reaches, step, reason)) = reached(milestone, undoes) else { return Ok(false) };
        let waits = |(planned, view): &&(u64, AnnouncementView)| {
            let When::Rollout { environment: place, reaches: wanted } = &view.plan.when else { return false };
            *planned < entry.position
                && *wanted == reaches
                && view.plan.release.as_str() == release
                && place.as_str() == environment
        };
        let waiting: Vec<_> = self.planned.1.iter().filter(waits).cloned().collect();
        for (_, view) in &waiting {
            let reached = Reached { environment: Some(environment.clone()), step, reason: reason.clone() };
            tell(&self.app, (&view.id, &view.plan), reached).await?;
        }
        self.forget(&waiting);
        Ok(!waiting.is_empty())
    }

    /// What was told, or could not be, is not planned any more, also before the log is looked at again.
    fn forget(&mut self, told: &[(u64, AnnouncementView)]) {
        self.planned.1.retain(|(_, view)| told.iter().all(|(_, told)| told.id != view.id));
    }

    /// Release, environment and kind of a rollout never change, so asking for them later gives the same.
    async fn moved(&self, id: &RolloutId) -> Result<Option<(String, String, bool)>, Fault> {
        let view = self.app.engine.rollout(id, self.app.clock.now()).await?;
        Ok(view.map(|view| (view.release, view.environment, view.kind == "rollback")))
    }
}

/// A rollout that undoes another one is the rollback of what it undoes, and nothing of it before it is done is news.
fn reached(milestone: Milestone<'_>, undoes: bool) -> Option<(Reaches, Option<u32>, Option<String>)> {
    match (milestone, undoes) {
        // One that was started may wait for its places, and nothing is on its way while it does.
        (Milestone::Began, false) => Some((Reaches::Start, None, None)),
        (Milestone::Entered { step }, false) => {
            let step = u32::try_from(step + 1).ok()?;
            Some((Reaches::Step(step), Some(step), None))
        }
        (Milestone::Succeeded, false) => Some((Reaches::Success, None, None)),
        (Milestone::Succeeded, true) => Some((Reaches::Rollback, None, None)),
        (Milestone::RolledBack(cause), false) => Some((Reaches::Rollback, None, Some(cause.to_string()))),
        (
            Milestone::Started
            | Milestone::Began
            | Milestone::Entered { .. }
            | Milestone::Held { .. }
            | Milestone::Resumed
            | Milestone::Promoted
            | Milestone::Alarmed { .. }
            | Milestone::Returning(_)
            | Milestone::RolledBack(_)
            | Milestone::Cancelled(_),
            _,
        ) => None,
    }
}

/// Its words and its letters, decided on now and written as one.
async fn tell(app: &App, (id, plan): (&AnnouncementId, &Plan), reached: Reached) -> Result<(), Fault> {
    let setup = app.engine.announcements_setup().await?;
    let Some(audience) = setup.audiences.get(&plan.audience) else {
        return cancel(app, id, format!("there is no audience `{}` any more", plan.audience)).await;
    };
    let values = Values::of(app, (id, plan, &setup), reached).await?;
    let filled = words::filled(&words::words_of(plan, &setup), &values);
    let (subject, text) = match filled {
        Ok((subject, text)) if !subject.is_empty() && text.len() <= TEXT_BYTES_MAX => (subject, text),
        Ok(_) => return cancel(app, id, "its words came out empty, or too long".to_owned()).await,
        Err(refusal) => return cancel(app, id, format!("{refusal} ({})", refusal.code())).await,
    };
    let (mut out, mut public) = (Vec::new(), false);
    let addresses: BTreeSet<String> = ready::addresses(app, &plan.audience).await?.into_iter().collect();
    for name in &audience.channels {
        let Some(channel) = setup.channels.get(name) else { continue };
        if channel.kind.mail().is_some() {
            out.extend(addresses.iter().map(|address| letters::letter(id.as_str(), name, address)));
        } else if let Some(page) = channel.kind.page() {
            public = true;
            if let Some(mail) = &page.mail {
                let readers = subscribers::confirmed(app).await?;
                out.extend(readers.iter().map(|reader| letters::letter(id.as_str(), mail, &reader.id)));
            }
        } else {
            out.push(letters::letter(id.as_str(), name, &channel.host));
        }
    }
    let at_ms = app.clock.now().wall_ms;
    let told = Told { at_ms, subject, text, public, letters: u32::try_from(out.len()).unwrap_or(u32::MAX) };
    let rows = out.iter().map(letters::row).collect();
    // Until its letters are known here, nobody is to take it for one that arrived.
    app.herald.unread().telling.insert(id.to_string());
    submit(app, ForAnnouncement { id: id.clone(), command: AnnouncementCommand::Tell(told), rows }).await?;
    letters::learn(app, id.as_str()).await
}

async fn cancel(app: &App, id: &AnnouncementId, reason: String) -> Result<(), Fault> {
    let command = AnnouncementCommand::Cancel { reason };
    submit(app, ForAnnouncement { id: id.clone(), command, rows: Vec::new() }).await
}

async fn submit(app: &App, wish: ForAnnouncement) -> Result<(), Fault> {
    let request = Request {
        actor: "tidegate".to_owned(),
        origin: None,
        by_person: false,
        key: None,
        command: Command::Announcements(Box::new(ForAnnouncements::One(wish))),
        seen: None,
        dry_run: false,
    };
    match app.engine.submit(&request, app.clock.now()).await {
        Err(SubmitError::Fault(fault)) => Err(fault),
        // Somebody cancelled it at the same moment.
        Ok(_) | Err(_) => Ok(()),
    }
}
