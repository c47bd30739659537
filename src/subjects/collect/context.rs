//! The context of an experiment: a reader, its ledger, and waiting with patience.

use super::terms::ChangeTerms;
use crate::ledger::Ledger;
use crate::watch::{Events, Step};
use crate::wire::error::{Error, ErrorKind};
use std::time::{Duration, Instant};
use thiserror::Error;
use tokio::time::{Instant as Deadline, sleep};

/// The context of one experiment: of one kind of subject, with what reads it and what changes it.
pub(super) struct ExperimentContext<'a, R, H> {
    pub reader: R,
    pub ledger: &'a Ledger<H>,
    pub terms: &'a ChangeTerms,
    pub events: &'a Events,
}

/// The end of waiting for something.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Wait<T> {
    /// It happened.
    Done(T),
    /// The service says that it will not happen: how.
    Broken(String),
    /// It had not happened when the time for this step was over: what was seen last.
    TooLate(String),
}

/// The way in which a service does not do what it was asked for: a sentence of the service, or what was seen last.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{0}")]
pub struct NotDelivered(pub String);

/// The state of something that is waited for.
pub(super) enum WaitState<T> {
    Done(T),
    /// Not done yet; the text is for people.
    Pending(String),
    /// Never: what is seen.
    Broken(String),
}

impl<T> Wait<T> {
    /// Returns the result; anything else is an error, because the experiment cannot go on without it.
    pub fn done(self, what: &str) -> Result<T, Error> {
        match self {
            Self::Done(value) => Ok(value),
            Self::Broken(how) => Err(Error::new(ErrorKind::Failed, format!("{what}: {how}"))),
            Self::TooLate(how) => Err(Error::new(ErrorKind::Deadline, format!("{what}: {how}"))),
        }
    }

    /// Returns the result, or the way in which the service did not deliver it.
    pub fn delivered(self) -> Result<T, NotDelivered> {
        match self {
            Self::Done(value) => Ok(value),
            Self::Broken(how) | Self::TooLate(how) => Err(NotDelivered(how)),
        }
    }
}

impl<R, H> ExperimentContext<'_, R, H> {
    /// Looks again and again, gently, until it is done, broken or too late.
    pub async fn wait<T>(
        &self,
        what: &str,
        look: impl AsyncFnMut() -> Result<WaitState<T>, Error>,
    ) -> Result<Wait<T>, Error> {
        self.wait_for(self.terms.step_limit, what, look).await
    }

    /// Waits in the same way, for as long as this.
    pub async fn wait_for<T>(
        &self,
        limit: Duration,
        what: &str,
        mut look: impl AsyncFnMut() -> Result<WaitState<T>, Error>,
    ) -> Result<Wait<T>, Error> {
        let (began, deadline) = (Instant::now(), Deadline::now() + limit);
        let step = Step::Wait(what.to_owned());
        self.events.began(&step);
        let mut ended = Err(Error::interrupted());
        for pause in self.terms.pace.pauses() {
            let seen = match look().await {
                Ok(WaitState::Done(value)) => {
                    ended = Ok(Wait::Done(value));
                    break;
                }
                Ok(WaitState::Broken(how)) => {
                    ended = Ok(Wait::Broken(how));
                    break;
                }
                Ok(WaitState::Pending(seen)) => {
                    self.events.pending(&step, seen.as_str());
                    seen
                }
                Err(error) => {
                    ended = Err(error);
                    break;
                }
            };
            if Deadline::now() >= deadline {
                let limit = humantime::format_duration(limit);
                ended = Ok(Wait::TooLate(format!("not done within {limit}, last seen: {seen}")));
                break;
            }
            // Whatever has happened by the end counts.
            sleep(pause.min(deadline.saturating_duration_since(Deadline::now()))).await;
        }
        let how = match &ended {
            Ok(Wait::Done(_)) => format!("done after {:.1} s", began.elapsed().as_secs_f64()),
            Ok(Wait::Broken(how) | Wait::TooLate(how)) => how.clone(),
            Err(error) => error.to_string(),
        };
        self.events.ended(&step, how);
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::ChangeTerms;
    use crate::ledger::Ledger;
    use crate::ledger::tests::fake::{Desk, Fake};

    /// A change in the last moment counts, however long the pauses are by then.
    #[tokio::test(start_paused = true)]
    async fn there_is_a_last_look_when_the_time_is_over() {
        let desk = Desk::new();
        let terms = ChangeTerms::default();
        let ledger: &Ledger<Fake> = &desk.ledger;
        let context = ExperimentContext { reader: (), ledger, terms: &terms, events: &Events::none() };
        let limit = Duration::from_secs(60);
        let began = Deadline::now();
        let look = async || {
            let is_time = began.elapsed() >= limit;
            Ok(if is_time { WaitState::Done(began.elapsed()) } else { WaitState::Pending(String::new()) })
        };
        let waited = context.wait_for(limit, "the end", look).await.unwrap();
        assert!(matches!(waited, Wait::Done(time) if time < limit + Duration::from_secs(1)), "{waited:?}");
        let never =
            context.wait_for::<()>(limit, "nothing", async || Ok(WaitState::Pending("no".to_owned()))).await.unwrap();
        assert!(matches!(never, Wait::TooLate(_)), "{never:?}");
    }
}
