//! What the memory store holds, and each operation on it.
//!
//! Invariant: an append checks everything before it changes anything. Streams are ordered by their text, as in SQL.
//! Deliberately not here: locking.

use std::collections::{BTreeMap, VecDeque};

use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Steady;
use tidegate_ports::{
    AppendError, Appended, Batch, Entry, EventsAfter, Lease, Note, Notice, Receipt, Row, RowQuery, Sample,
    SamplesQuery, Wake,
};

use crate::audit::{Audit, Facts, Hash, Log, OriginFact, StoredHead, StoredRow, Verifier};
use crate::limits::{
    NOTICE_KEPT_MS, PAGE_MAX, PRUNE_EVERY_MS, RECEIPT_KEPT_MS, SAMPLES_PER_STREAM_MAX, check_size,
};
use crate::wake::{Standing, WakeState};

#[derive(Debug, Clone, Default)]
pub(super) struct State {
    events: Vec<Kept>,
    log: Log,
    /// The indexes in the log of each stream's events.
    streams: BTreeMap<String, Vec<usize>>,
    rows: BTreeMap<(String, String), (u64, Row)>,
    /// By the text of the stream.
    wakes: BTreeMap<String, (StreamId, WakeState)>,
    outbox: Vec<Sending>,
    receipts: BTreeMap<String, (Steady, Receipt)>,
    notes: BTreeMap<(String, String), Vec<u8>>,
    samples: BTreeMap<String, VecDeque<Sample>>,
    newest_fence: u64,
    prune_at: Steady,
}

/// An event with its hashes.
#[derive(Debug, Clone)]
struct Kept {
    entry: Entry,
    stream: String,
    salt: Option<[u8; 16]>,
    leaf: Hash,
    link: Hash,
}

impl Kept {
    fn facts(&self) -> Facts<'_> {
        let entry = &self.entry;
        let origin = match (&entry.origin, &self.salt) {
            (Some(text), Some(salt)) => OriginFact::Known { text, salt },
            _ => OriginFact::None,
        };
        Facts {
            position: entry.position,
            stream: &self.stream,
            version: entry.version,
            kind: &entry.kind,
            body: &entry.body,
            actor: &entry.actor,
            wall_ms: entry.at.wall_ms,
            steady_ms: entry.at.steady.0,
            origin,
        }
    }
}

#[derive(Debug, Clone)]
struct Sending {
    notice: Notice,
    written_at: Steady,
    sent: bool,
}

impl State {
    pub fn append(&mut self, batch: Batch) -> Result<Appended, AppendError> {
        check_size(&batch)?;
        self.check(&batch)?;
        self.prune(batch.at.steady);
        for append in &batch.appends {
            self.write_events(&batch, append);
        }
        let position = self.events.len() as u64;
        for wake in &batch.wakes {
            self.write_wake(wake, Standing::of(&batch, &wake.stream));
        }
        let at = batch.at.steady;
        batch.rows.into_iter().for_each(|row| {
            self.rows.insert((row.kind.clone(), row.id.clone()), (position, row));
        });
        batch.outbox.into_iter().for_each(|notice| self.write_notice(notice, at));
        batch.notes.into_iter().for_each(|note| self.write_note(note));
        batch.samples.into_iter().for_each(|sample| self.write_sample(sample));
        if let Some(receipt) = batch.receipt {
            self.receipts.insert(receipt.key.clone(), (at, receipt));
        }
        Ok(Appended { position })
    }

    fn check(&self, batch: &Batch) -> Result<(), AppendError> {
        if let Some(given) = batch.receipt.as_ref().and_then(|receipt| self.receipt(&receipt.key)) {
            return Err(AppendError::Answered(given));
        }
        if let Some(lease) = &batch.lease
            && !self.holds(lease)
        {
            return Err(AppendError::LeaseLost { stream: lease.stream.clone() });
        }
        let mut versions = BTreeMap::new();
        for append in &batch.appends {
            let version = versions.entry(&append.stream).or_insert_with(|| self.version(&append.stream));
            if *version != append.expected_version {
                return Err(AppendError::Conflict { stream: append.stream.clone() });
            }
            *version += append.events.len() as u64;
        }
        Ok(())
    }

    fn holds(&self, lease: &Lease) -> bool {
        self.wakes.get(&lease.stream.to_string()).is_some_and(|(_, wake)| wake.is_held_under(lease))
    }
    fn version(&self, stream: &StreamId) -> u64 {
        self.streams.get(&stream.to_string()).map_or(0, |events| events.len() as u64)
    }

    fn write_events(&mut self, batch: &Batch, append: &tidegate_ports::StreamAppend) {
        for (event, version) in append.events.iter().zip(append.expected_version + 1..) {
            let entry = Entry {
                position: self.events.len() as u64 + 1,
                stream: append.stream.clone(),
                version,
                kind: event.kind.clone(),
                body: event.body.clone(),
                actor: batch.actor.clone(),
                origin: batch.origin.as_ref().map(|origin| origin.text.clone()),
                at: batch.at,
            };
            let (stream, salt) = (entry.stream.to_string(), batch.origin.as_ref().map(|origin| origin.salt));
            self.streams.entry(stream.clone()).or_default().push(self.events.len());
            let mut kept = Kept { entry, stream, salt, leaf: Hash::default(), link: Hash::default() };
            kept.leaf = self.log.push(&kept.facts(), &mut Vec::new());
            kept.link = self.log.link;
            self.events.push(kept);
        }
    }
    fn write_wake(&mut self, wake: &Wake, standing: Standing) {
        self.change_wake(&wake.stream, |state| state.set(wake.at, standing));
    }
    fn change_wake<T>(&mut self, stream: &StreamId, change: impl FnOnce(&mut WakeState) -> T) -> T {
        let key = stream.to_string();
        let (_, state) =
            self.wakes.entry(key.clone()).or_insert_with(|| (stream.clone(), WakeState::default()));
        let answer = change(state);
        if state.is_idle() {
            self.wakes.remove(&key);
        }
        answer
    }
    fn write_notice(&mut self, notice: Notice, written_at: Steady) {
        if self.outbox.iter().all(|known| known.notice.id != notice.id) {
            self.outbox.push(Sending { notice, written_at, sent: false });
        }
    }
    fn write_note(&mut self, note: Note) {
        let key = (note.stream.to_string(), note.name);
        match note.body {
            Some(body) => self.notes.insert(key, body),
            None => self.notes.remove(&key),
        };
    }
    fn write_sample(&mut self, sample: Sample) {
        let kept = self.samples.entry(sample.stream.to_string()).or_default();
        kept.push_back(sample);
        while kept.len() as u64 > SAMPLES_PER_STREAM_MAX {
            kept.pop_front();
        }
    }
    fn prune(&mut self, now: Steady) {
        if now < self.prune_at {
            return;
        }
        self.prune_at = now.plus_ms(PRUNE_EVERY_MS);
        self.receipts.retain(|_, (at, _)| now.since_ms(*at) < RECEIPT_KEPT_MS);
        self.outbox.retain(|sending| !sending.sent || now.since_ms(sending.written_at) < NOTICE_KEPT_MS);
    }

    pub fn load(&self, stream: &StreamId, after_version: u64) -> Vec<Entry> {
        let Some(indexes) = self.streams.get(&stream.to_string()) else { return Vec::new() };
        let known = usize::try_from(after_version).unwrap_or(usize::MAX);
        indexes
            .iter()
            .skip(known)
            .filter_map(|index| self.events.get(*index))
            .map(|kept| kept.entry.clone())
            .collect()
    }
    pub fn events(&self, query: &EventsAfter) -> Vec<Entry> {
        let wanted = |entry: &&Entry| query.stream.as_ref().is_none_or(|stream| entry.stream == *stream);
        let known = usize::try_from(query.position).unwrap_or(usize::MAX);
        let entries = self.events.iter().skip(known).map(|kept| &kept.entry);
        entries.filter(wanted).take(page(query.limit)).cloned().collect()
    }
    pub fn receipt(&self, key: &str) -> Option<Receipt> {
        self.receipts.get(key).map(|(_, receipt)| receipt.clone())
    }
    pub fn note(&self, stream: &StreamId, name: &str) -> Option<Vec<u8>> {
        self.notes.get(&(stream.to_string(), name.to_owned())).cloned()
    }
    pub fn row(&self, kind: &str, id: &str) -> Option<Row> {
        self.rows.get(&(kind.to_owned(), id.to_owned())).map(|(_, row)| row.clone())
    }
    /// Rows that changed together stay on one page, else the next page (`before`) would miss some.
    pub fn rows(&self, query: &RowQuery) -> Vec<(u64, Row)> {
        let mut found: Vec<_> =
            self.rows.values().filter(|(position, row)| is_wanted(query, *position, row)).collect();
        found.sort_by(|(one, left), (other, right)| other.cmp(one).then_with(|| left.id.cmp(&right.id)));
        let limit = page(query.limit);
        let last = limit.checked_sub(1).and_then(|index| found.get(index)).map(|(position, _)| *position);
        let within = |index: usize, position: u64| index < limit || last == Some(position);
        let taken =
            found.into_iter().enumerate().take_while(|(index, (position, _))| within(*index, *position));
        taken.map(|(_, row)| row.clone()).collect()
    }
    pub fn samples(&self, query: &SamplesQuery) -> Vec<Sample> {
        let Some(kept) = self.samples.get(&query.stream.to_string()) else { return Vec::new() };
        let limit = page(query.limit);
        let known = match query.after_ms {
            Some(after_ms) => {
                kept.iter().rposition(|sample| sample.at.wall_ms <= after_ms).map_or(0, |at| at + 1)
            }
            None => kept.len().saturating_sub(limit),
        };
        kept.iter().skip(known).take(limit).cloned().collect()
    }

    pub fn claim(&mut self, holder: &str, now: Steady, limit: u32) -> Vec<Lease> {
        let due = |(key, (_, wake)): (&String, &(StreamId, WakeState))| {
            wake.due_at().filter(|at| *at <= now).map(|at| (at, key.clone()))
        };
        let mut ready: Vec<(Steady, String)> = self.wakes.iter().filter_map(due).collect();
        ready.sort();
        ready.truncate(page(limit));
        ready.into_iter().filter_map(|(_, key)| self.take(&key, holder, now)).collect()
    }
    fn take(&mut self, key: &str, holder: &str, now: Steady) -> Option<Lease> {
        let (stream, wake) = self.wakes.get_mut(key)?;
        self.newest_fence += 1;
        let hold = wake.claim(holder, self.newest_fence, now);
        Some(Lease { stream: stream.clone(), holder: hold.holder, fence: hold.fence, until: hold.until })
    }
    pub fn renew(&mut self, lease: &Lease, now: Steady) -> Option<Lease> {
        let (_, wake) = self.wakes.get_mut(&lease.stream.to_string())?;
        wake.renew(lease, now)
    }
    pub fn release(&mut self, lease: &Lease, seen_version: u64, next: Option<Steady>) {
        if self.holds(lease) {
            let moved_on = self.version(&lease.stream) > seen_version;
            self.change_wake(&lease.stream, |wake| wake.release(next, moved_on));
        }
    }
    pub fn next_due(&self) -> Option<Steady> {
        self.wakes.values().filter_map(|(_, wake)| wake.due_at()).min()
    }
    pub fn unsent(&self, limit: u32) -> Vec<Notice> {
        let waiting = self.outbox.iter().filter(|sending| !sending.sent);
        waiting.take(page(limit)).map(|sending| sending.notice.clone()).collect()
    }
    pub fn sent(&mut self, notice_id: &str) {
        if let Some(sending) = self.outbox.iter_mut().find(|sending| sending.notice.id == notice_id) {
            sending.sent = true;
        }
    }

    pub fn restart(&mut self) {
        self.newest_fence += 1;
        self.wakes.values_mut().for_each(|(_, wake)| wake.void());
        self.wakes.retain(|_, (_, wake)| !wake.is_idle());
    }
    pub fn audit(&self) -> Audit {
        let mut verifier = Verifier::new(StoredHead::from(&self.log));
        for kept in &self.events {
            verifier.check(Ok(StoredRow { facts: kept.facts(), leaf: &kept.leaf, link: &kept.link }));
        }
        verifier.finish().0
    }
}

fn page(limit: u32) -> usize {
    limit.min(PAGE_MAX) as usize
}

fn is_wanted(query: &RowQuery, position: u64, row: &Row) -> bool {
    row.kind == query.kind
        && query.scope.as_ref().is_none_or(|scope| row.scope == *scope)
        && query.state.as_ref().is_none_or(|state| row.state == *state)
        && query.before.is_none_or(|before| position < before)
}
