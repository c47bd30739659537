//! Removes what a ledger created, dependent resources first, and waits until the service confirms that each is gone.

use super::baseline::Baseline;
use super::entries::{Entry, Ledger, State};
use super::removal::{NotRemoved, is_final, remove_and_wait, too_late, with_time_of_its_own};
use super::sweep::{SweepFilter, sweep};
use super::writer::ResourceWriter;
use crate::watch::{EventKind, Events, Pace};
use crate::wire::error::Error;
use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// The time and the pace of a removal.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Longest time for removing everything.
    pub limit: Duration,
    /// The pauses before a resource that may or may not have come into being is looked for once more: a service may still
    /// be busy with a request when we have given up on the answer.
    pub looks: &'static [Duration],
    /// The pauses between two looks whether something is gone.
    pub pace: Pace,
}

impl Default for Patience {
    fn default() -> Self {
        const LOOKS: &[Duration] = &[Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(10)];
        Self { limit: Duration::from_secs(300), looks: LOOKS, pace: Pace::default() }
    }
}

/// The reason why something is left where the user did not want to wait.
const HURRIED: &str = "it was not removed: a second signal cut the cleanup short";

/// The time for which resources are waited for that another program has ordered before it was ended.
const SETTLING: TimeDelta = TimeDelta::seconds(3);

impl<H: ResourceWriter> Ledger<H> {
    /// Removes everything, within the limit of time and until `hurry` is done. What could not be removed is
    /// [`State::Left`] afterwards, with the reason.
    pub async fn unwind(&self, patience: Patience, hurry: impl Future<Output = ()>, events: &Events) {
        let deadline = Instant::now() + patience.limit;
        let what: Vec<String> = self.unsettled().rev().map(|entry| entry.shown()).collect();
        if !what.is_empty() {
            events.tell(EventKind::Removing { what, limit: patience.limit });
        }
        tokio::select! {
            () = self.in_waves(patience, deadline, events) => {}
            () = hurry => {}
        }
        for index in self.open() {
            self.settle(index, State::Left(HURRIED.to_owned())).await;
        }
    }

    /// Removes one wave after the other, each of what nothing uses any more.
    async fn in_waves(&self, patience: Patience, deadline: Instant, events: &Events) {
        loop {
            let wave = self.unused();
            if wave.is_empty() {
                return self.look_again(with_time_of_its_own(deadline, patience.limit)).await;
            }
            join_all(wave.into_iter().map(|(index, entry)| async move {
                let deadline = with_time_of_its_own(deadline, patience.limit);
                let removal = Removal { writer: &self.writer, entry: &entry, patience, deadline };
                let (id, state) = match (&entry.before, self.opens(&entry)) {
                    (_, Some(other)) => {
                        (None, State::Left(format!("it stays, as {other} can be removed only with it")))
                    }
                    (Some(baseline), None) => (None, self.remove_arrivals(&entry, baseline, patience, events).await),
                    (None, None) => removal.run().await,
                };
                self.update(index, |entry| entry.id = entry.id.take().or(id));
                let how = match &state {
                    State::Left(why) => why.clone(),
                    State::Nothing => "there is nothing to remove".to_owned(),
                    _ => "removed".to_owned(),
                };
                self.settle(index, state).await;
                events.tell(EventKind::Removed { what: entry.shown(), how });
            }))
            .await;
        }
    }

    /// Returns what is left and can be removed only by means of this entry.
    fn opens(&self, entry: &Entry) -> Option<String> {
        let (other, id) = (H::opens(entry.kind)?, entry.id.as_ref()?);
        let entries = self.entries();
        let left = |one: &&Entry| one.kind == other && one.uses.contains(id) && matches!(one.state, State::Left(_));
        entries.iter().find(left).map(Entry::shown)
    }

    /// Removes what another program has made since the baseline, and has not removed; each of it gets an entry of its own.
    async fn remove_arrivals(&self, entry: &Entry, baseline: &Baseline, patience: Patience, events: &Events) -> State {
        // A service may still be at a request of a program that was ended.
        let unanswered_since = (entry.state == State::Unclear).then(|| Utc::now() - H::LATE + SETTLING);
        let filter = SweepFilter { arrivals: vec![baseline.clone()], unanswered_since, ..SweepFilter::default() };
        let swept = sweep(&self.writer, &filter, patience.limit, patience.pace, events).await;
        let found = swept.removed.into_iter().map(|one| (one, State::Gone));
        let left = swept.left.into_iter().map(|(one, why)| (one, State::Left(why)));
        let entries: Vec<Entry> = found.chain(left).map(|(one, state)| entry.of_arrival(one, state)).collect();
        let left = entries.iter().filter(|one| one.state != State::Gone).count();
        self.entries().extend(entries);
        match (left, swept.unseen.first()) {
            (0, None) => State::Nothing,
            (0, Some((kind, error))) => State::Left(format!("it is not known if a {kind} is left: {error}")),
            (left, _) => State::Left(format!("{left} of its resources were not removed")),
        }
    }

    /// Looks again for resources that could not be removed: they may have gone with others, as a pod goes with its namespace.
    async fn look_again(&self, deadline: Instant) {
        let entries = self.all();
        let is_gone = |id: &String| entries.iter().any(|one| one.state == State::Gone && one.id.as_ref() == Some(id));
        for (index, entry) in entries.iter().enumerate() {
            let (State::Left(_), Some(id)) = (&entry.state, &entry.id) else { continue };
            if entry.uses.iter().any(is_gone)
                && let Ok(Ok(None)) = timeout_at(deadline, self.writer.look(entry.kind, id)).await
            {
                self.settle(index, State::Gone).await;
            }
        }
    }

    /// Copies of the entries about which something remains to be done.
    fn unsettled(&self) -> impl DoubleEndedIterator<Item = Entry> {
        self.all().into_iter().filter(|entry| !entry.state.is_settled())
    }

    /// Returns the entries about which something remains to be done.
    fn open(&self) -> Vec<usize> {
        let entries = self.entries();
        entries.iter().enumerate().filter(|(_, entry)| !entry.state.is_settled()).map(|(index, _)| index).collect()
    }

    /// Returns those of them that no other one of them uses, newest first.
    fn unused(&self) -> Vec<(usize, Entry)> {
        let entries = self.entries();
        let open: Vec<(usize, &Entry)> =
            entries.iter().enumerate().filter(|(_, entry)| !entry.state.is_settled()).collect();
        let used = |id: &str| open.iter().any(|(_, other)| other.uses.iter().any(|used| used == id));
        let unused = open.iter().rev().filter(|(_, entry)| !entry.id.as_deref().is_some_and(used));
        unused.map(|(index, entry)| (*index, (*entry).clone())).collect()
    }
}

/// The removal of one resource.
struct Removal<'a, H> {
    writer: &'a H,
    entry: &'a Entry,
    patience: Patience,
    deadline: Instant,
}

impl<H: ResourceWriter> Removal<'_, H> {
    /// Removes it; returns the id that was found, and the state in the end.
    async fn run(&self) -> (Option<String>, State) {
        let ids = match &self.entry.id {
            Some(id) => Ok(vec![id.clone()]),
            None => self.found().await,
        };
        let ids = match ids {
            Ok(ids) => ids,
            Err(error) => return (None, State::Left(error.to_string())),
        };
        let mut left = Vec::new();
        for id in &ids {
            let removed = remove_and_wait(self.writer, self.entry.kind, id, self.patience.pace, self.deadline).await;
            if let Err(error) = removed {
                left.push((id.clone(), error.to_string()));
            }
        }
        match left.split_first() {
            None if ids.is_empty() => (None, State::Nothing),
            None => (ids.first().cloned(), State::Gone),
            Some(((id, why), others)) => {
                let others = others.iter().map(|(id, why)| format!("; also {id} of the same name: {why}"));
                (Some(id.clone()), State::Left(why.clone() + &others.collect::<String>()))
            }
        }
    }

    /// Returns the ids of the resources with its name.
    async fn named(&self) -> Result<Vec<String>, Error> {
        let list = self.writer.list(self.entry.kind, Some(&self.entry.name)).await?;
        Ok(list.into_iter().filter(|found| found.name == self.entry.name).map(|found| found.id).collect())
    }

    /// Finds the resources with its name, and looks more than once where there are none.
    async fn found(&self) -> Result<Vec<String>, NotRemoved> {
        let mut pauses = self.patience.looks.iter();
        let mut paces = self.patience.pace.pauses();
        loop {
            let look = timeout_at(self.deadline, self.named()).await;
            let pause = match look.unwrap_or_else(|_| Err(too_late())) {
                Ok(ids) if !ids.is_empty() => return Ok(ids),
                Ok(_) => match pauses.next() {
                    Some(pause) => *pause,
                    None => return Ok(Vec::new()),
                },
                Err(error) if is_final(&error) => return Err(NotRemoved::Unknown(error)),
                Err(error) => {
                    let pause = paces.next().unwrap_or_default();
                    if Instant::now() + pause >= self.deadline {
                        return Err(NotRemoved::Unknown(error));
                    }
                    pause
                }
            };
            sleep(pause.min(self.deadline.saturating_duration_since(Instant::now()))).await;
        }
    }
}
