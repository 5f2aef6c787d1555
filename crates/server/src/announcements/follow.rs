//! Tells what is planned when its moment has come: by the clock, or by what a rollout did, read from the log.
//!
//! Invariant: of a rollout only what came after the announcement was planned counts; the position is kept after everything up to it was told, so a
//! kill asks some again, and what was told once is told. Deliberately not here: sending.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tidegate_domain::announcement::{
    AnnouncementCommand, AnnouncementId, Came, Plan, Reaches, TEXT_BYTES_MAX, Told, When,
};
use tidegate_domain::id::{RolloutId, StreamId};
use tidegate_domain::name::ChannelName;
use tidegate_domain::rollout::Milestone;
use tidegate_engine::{
    AnnouncementView, Command, Event, ForAnnouncement, ForAnnouncements, Request, SubmitError,
};
use tidegate_ports::{Entry, EventsAfter, Fault, Note, Row, RowQuery};

use super::truth::untrue;
use super::words::{self, Reached, Values};
use super::{letters, of_plans, ready, subscribers};
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
    let mut following =
        Following { app, position: None, kept: 0, planned: (u64::MAX, Vec::new()), plans: None };
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
    /// The plans as they were followed last.
    plans: Option<of_plans::Stood>,
}

impl Following {
    /// Whether there is more to do at once.
    async fn turn(&mut self) -> Result<bool, Fault> {
        let newest = *self.app.written.borrow();
        self.look(newest).await?;
        let now_ms = self.app.clock.now().wall_ms;
        let is_due = |view: &AnnouncementView| view.plan.when.due_ms().is_some_and(|ms| ms <= now_ms);
        let due: Vec<_> = self.planned.1.iter().filter(|(_, view)| is_due(view)).cloned().collect();
        let any_due = !due.is_empty();
        for (_, view) in &due {
            tell(&self.app, (&view.id, &view.plan), came(&view.plan.when)).await?;
        }
        self.forget(&due);
        self.next_steps(&due).await?;
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
            // Until the plans were followed, nothing of it is known.
            self.planned = (u64::MAX, read(self.app.store.rows(planned()).await?));
            let stands = of_plans::stands(&self.app).await?;
            if self.plans.as_ref() != Some(&stands) {
                self.follow_plans().await?;
                self.plans = Some(stands);
            }
            self.planned.0 = newest;
        }
        Ok(())
    }

    /// Before anything is told: what a plan took back is not.
    async fn follow_plans(&mut self) -> Result<(), Fault> {
        if of_plans::keep(&self.app, &self.planned.1).await? {
            self.planned.1 = read(self.app.store.rows(planned()).await?);
        }
        Ok(())
    }

    /// Of one that tells each step, the next one waits once a step was told.
    async fn next_steps(&mut self, told: &[(u64, AnnouncementView)]) -> Result<(), Fault> {
        let is_step = |(_, view): &(u64, AnnouncementView)| {
            let reaches = matches!(view.plan.when, When::Rollout { reaches: Reaches::Step(_), .. });
            reaches && view.plan.of_plan.is_some()
        };
        if told.iter().any(is_step) { self.follow_plans().await } else { Ok(()) }
    }

    /// Where it was before the server ended; else before the oldest of what is planned.
    async fn begin(&mut self, newest: u64) -> Result<u64, Fault> {
        if let Some(position) = self.position {
            return Ok(position);
        }
        let kept = self.app.store.note(&StreamId::Announcements, POSITION).await?;
        let kept = kept.and_then(|bytes| std::str::from_utf8(&bytes).ok()?.parse().ok());
        // What a plan asks for may have been written after what it waits for happened: it says itself since when that counts.
        let since = |(position, view): &(u64, AnnouncementView)| match view.plan.of_plan {
            Some(_) => 0,
            None => *position,
        };
        let oldest = self.planned.1.iter().map(since).min().unwrap_or(newest);
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
            let When::Rollout { environment: place, reaches: wanted, came, .. } = &view.plan.when else {
                return false;
            };
            let is_here = view.plan.release.as_str() == release && place.as_str() == environment;
            let of_plan = view.plan.of_plan.as_ref();
            let is_after = match of_plan {
                Some(of_plan) => of_plan.since_ms <= entry.at.wall_ms,
                None => *planned < entry.position,
            };
            // What is told of it later waits for another one where this went back before.
            let undone = came.is_some() && reaches == Reaches::Rollback && *wanted != Reaches::Rollback;
            is_here && is_after && (undone || came.is_none() && comes(*wanted, reaches, of_plan.is_some()))
        };
        let waiting: Vec<_> = self.planned.1.iter().filter(waits).cloned().collect();
        for (_, view) in &waiting {
            let mut plan = view.plan.clone();
            let When::Rollout { after_minutes, came, .. } = &mut plan.when else { continue };
            if *after_minutes == 0 {
                let reached =
                    Reached { environment: Some(environment.clone()), step, reason: reason.clone() };
                tell(&self.app, (&view.id, &view.plan), reached).await?;
                continue;
            }
            let now = Came { at_ms: entry.at.wall_ms, step, reason: reason.clone() };
            *came = came.is_none().then_some(now);
            let command = AnnouncementCommand::Follow(Box::new(plan));
            submit(&self.app, ForAnnouncement { id: view.id.clone(), command, rows: Vec::new() }).await?;
        }
        self.forget(&waiting);
        if waiting.iter().any(|(_, view)| view.plan.of_plan.is_some()) {
            self.planned.1 = read(self.app.store.rows(planned()).await?);
        }
        self.next_steps(&waiting).await?;
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

fn planned() -> RowQuery {
    RowQuery {
        kind: "announcement".to_owned(),
        scope: None,
        state: Some("planned".to_owned()),
        before: None,
        limit: PLANNED_MAX,
    }
}

fn read(rows: Vec<(u64, Row)>) -> Vec<(u64, AnnouncementView)> {
    let view = |(position, row): (u64, Row)| Some((position, serde_json::from_str(&row.body).ok()?));
    rows.into_iter().filter_map(view).collect()
}

/// What is told for each step is told at the next one that comes, whichever that is.
fn comes(wanted: Reaches, reached: Reaches, each_step: bool) -> bool {
    match (wanted, reached) {
        (Reaches::Step(wanted), Reaches::Step(reached)) if each_step => reached >= wanted,
        (wanted, reached) => wanted == reached,
    }
}

/// Of one that waited after its rollout came so far.
fn came(when: &When) -> Reached {
    let When::Rollout { environment, came: Some(came), .. } = when else { return Reached::default() };
    Reached { environment: Some(environment.to_string()), step: came.step, reason: came.reason.clone() }
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
    if let Some(why) = untrue(app, plan).await? {
        return cancel(app, id, why).await;
    }
    let values = Values::of(app, (id, plan, &setup), reached).await?;
    let filled = words::filled(&words::words_of(plan, &setup), &values);
    let (subject, text) = match filled {
        Ok((subject, text)) if !subject.is_empty() && text.len() <= TEXT_BYTES_MAX => (subject, text),
        Ok(_) => return cancel(app, id, "its words came out empty, or too long".to_owned()).await,
        Err(refusal) => return cancel(app, id, format!("{refusal} ({})", refusal.code())).await,
    };
    let (mut out, mut public) = (Vec::new(), false);
    let addresses: BTreeSet<String> = ready::addresses(app, &plan.audience).await?.into_iter().collect();
    let named = |name: &&ChannelName| plan.channels.iter().any(|wanted| wanted == name.as_str());
    let any_named = audience.channels.iter().any(|name| named(&name));
    for name in audience.channels.iter().filter(|name| !any_named || named(name)) {
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

pub(super) async fn submit(app: &App, wish: ForAnnouncement) -> Result<(), Fault> {
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
