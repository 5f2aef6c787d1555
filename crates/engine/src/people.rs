//! What is done about people and groups.
//!
//! Invariant: what is kept beside the log for somebody (the hash of a password, sessions) is written with the events that
//! it belongs to; of two changes that would together lose the last administrator, one is decided anew. Deliberately not
//! here: the rules (`domain::person`), and whether the one who asks may (the server).

use tidegate_domain::groups;
use tidegate_domain::id::StreamId;
use tidegate_domain::name::PersonName;
use tidegate_domain::person::{self, PersonCommand, PersonRefusal};
use tidegate_domain::refusal::Refusal;
use tidegate_ports::Note;

use crate::Engine;
use crate::codec::Event;
use crate::command::{Answer, ForPerson, NewGroup};
use crate::draft::{Draft, Error};

const PEOPLE_MAX: usize = 10_000;

impl Engine {
    pub(crate) async fn for_person(&self, draft: &mut Draft<'_>, wish: &ForPerson) -> Result<Answer, Error> {
        let ForPerson { name, commands, notes } = wish;
        let stream = StreamId::Person(name.clone());
        for command in commands {
            self.room(name, command).await?;
            let other_admins = self.other_admins(draft, name, command).await?;
            let state = draft.state(&stream).await?.person();
            let events = person::decide(state, command.clone(), other_admins).map_err(Refusal::from)?;
            draft.push(&stream, events.into_iter().map(Event::Person).collect()).await?;
        }
        for (name, body) in notes {
            draft.notes.push(Note { stream: stream.clone(), name: name.clone(), body: body.clone() });
        }
        Ok(Answer::Done)
    }

    pub(crate) async fn for_group(&self, draft: &mut Draft<'_>, wish: &NewGroup) -> Result<Answer, Error> {
        // So that members get what is granted once this is answered.
        self.directory().await?;
        let state = draft.state(&StreamId::Groups).await?.groups();
        let events = groups::decide(state, wish.group.clone(), wish.grants.clone()).map_err(Refusal::from)?;
        draft.push(&StreamId::Groups, events.into_iter().map(Event::Groups).collect()).await?;
        Ok(Answer::Done)
    }

    /// Whether there is a place for another one, and an identity is nobody else's.
    async fn room(&self, name: &PersonName, command: &PersonCommand) -> Result<(), Error> {
        let directory = self.directory().await?;
        if matches!(command, PersonCommand::Add { .. }) && directory.len() >= PEOPLE_MAX {
            return Err(Refusal::from(PersonRefusal::TooMany { what: "people", most: PEOPLE_MAX }).into());
        }
        if let PersonCommand::Link { issuer, subject } = command
            && let Some(other) = directory.by_link(issuer, subject).filter(|other| other.person.name != *name)
        {
            return Err(Refusal::from(PersonRefusal::LinkTaken { name: other.person.name.clone() }).into());
        }
        Ok(())
    }

    /// How many others administer the installation, for what could take one away; none of them may change meanwhile.
    async fn other_admins(
        &self,
        draft: &mut Draft<'_>,
        name: &PersonName,
        command: &PersonCommand,
    ) -> Result<usize, Error> {
        if !matches!(command, PersonCommand::Grant { .. } | PersonCommand::Disable { .. }) {
            return Ok(0);
        }
        let directory = self.directory().await?;
        let others = directory.people().map(|known| &known.person.name).filter(|other| *other != name);
        let mut count = 0;
        for other in others {
            let stream = StreamId::Person(other.clone());
            if draft.state(&stream).await?.person().is_some_and(person::Person::administers) {
                draft.guard(stream);
                count += 1;
            }
        }
        Ok(count)
    }
}
