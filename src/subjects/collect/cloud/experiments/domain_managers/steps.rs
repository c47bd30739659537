//! From the answer to a step, and from what is read afterwards, to its outcome.

use crate::collect::reason_of;
use crate::openstack::{Error, ErrorKind};
use scs_checks::facts::StepOutcome;
use scs_checks::verdict::{Reason, ReasonCode};

/// The sentence about a request that was accepted and had no effect.
const NOTHING: &str = "the service accepted it, but nothing has changed";

/// Returns true if the service refused: it also says that it knows nothing of what others have.
fn is_refusal(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Forbidden | ErrorKind::NotFound)
}

/// Returns the outcome of something that was not accepted.
fn failed(error: &Error) -> StepOutcome {
    match is_refusal(error) {
        true => StepOutcome::Refused(error.to_string()),
        false => StepOutcome::Unknown(reason_of(error)),
    }
}

/// Returns the outcome of something that has to have an effect.
pub(super) fn done(result: Result<(), Error>, effect: Result<bool, Error>) -> StepOutcome {
    match (result, effect) {
        // A request whose answer was lost is repeated, and then finds nothing left to remove.
        (Err(error), Ok(true)) if error.kind == ErrorKind::NotFound => StepOutcome::Effective,
        (Err(error), Err(unread)) if error.kind == ErrorKind::NotFound => StepOutcome::Unknown(reason_of(&unread)),
        (Err(error), _) => failed(&error),
        (Ok(()), Ok(true)) => StepOutcome::Effective,
        (Ok(()), Ok(false)) => StepOutcome::Ineffective(NOTHING.to_owned()),
        (Ok(()), Err(error)) => StepOutcome::Unknown(reason_of(&error)),
    }
}

/// Returns the outcome of something that must have no effect, whatever the service answered.
pub(super) fn refused(result: Result<(), Error>, effect: Result<bool, Error>) -> StepOutcome {
    match (result, effect) {
        (_, Ok(true)) => StepOutcome::Effective,
        (_, Err(error)) => StepOutcome::Unknown(reason_of(&error)),
        (Ok(()), Ok(false)) => StepOutcome::Ineffective(NOTHING.to_owned()),
        (Err(error), Ok(false)) => failed(&error),
    }
}

/// Returns the outcome of something that was not tried, as it was there before, or that could not be read.
pub(super) fn already_there(before: Result<bool, Error>) -> StepOutcome {
    StepOutcome::Unknown(match before {
        Ok(_) => Reason::new(ReasonCode::Prerequisite, "it was there already, so an attempt would show nothing"),
        Err(error) => reason_of(&error),
    })
}

/// Returns the outcome of reading what has to be there.
pub(super) fn seen(result: Result<bool, Error>, otherwise: &str) -> StepOutcome {
    match result {
        Ok(true) => StepOutcome::Effective,
        Ok(false) => StepOutcome::Ineffective(otherwise.to_owned()),
        Err(error) => failed(&error),
    }
}

/// Returns the outcome of reading what must not be shown.
pub(super) fn no_more(result: Result<bool, Error>) -> StepOutcome {
    match result {
        Ok(true) => StepOutcome::Effective,
        Ok(false) => StepOutcome::Refused("it is not shown".to_owned()),
        Err(error) => failed(&error),
    }
}

/// Returns the outcome of two ways to do the same, of which neither must work.
pub(super) fn neither(one: StepOutcome, other: StepOutcome) -> StepOutcome {
    match (one, other) {
        (StepOutcome::Effective, _) | (_, StepOutcome::Effective) => StepOutcome::Effective,
        (unknown @ StepOutcome::Unknown(_), _) => unknown,
        (_, other) => other,
    }
}

/// Returns the outcome of something whose effect nobody can read: the answer alone tells. A conflict means that the
/// service would have done it, but for something else.
pub(super) fn accepted<T>(result: &Result<T, Error>, conflict: bool) -> StepOutcome {
    match result {
        Ok(_) => StepOutcome::Effective,
        Err(error) if conflict && error.kind == ErrorKind::UnexpectedStatus(409) => StepOutcome::Effective,
        Err(error) => failed(error),
    }
}

/// Returns the outcome of something that needs a role whose id is not to be had.
pub(super) fn no_role(name: &str, result: Result<Option<String>, Error>) -> StepOutcome {
    let reason = match result {
        Ok(_) => Reason::new(ReasonCode::Prerequisite, format!("the list of roles has no {name}")),
        Err(error) => reason_of(&error),
    };
    StepOutcome::Unknown(reason)
}

/// Returns the outcome of something that could not be prepared.
pub(super) fn not_prepared(why: &str, outcome: StepOutcome) -> StepOutcome {
    let reason = match outcome {
        StepOutcome::Unknown(reason) => reason,
        StepOutcome::Refused(how) | StepOutcome::Ineffective(how) => {
            Reason::new(ReasonCode::Prerequisite, format!("{why}: {how}"))
        }
        StepOutcome::Effective => Reason::new(ReasonCode::Prerequisite, why),
    };
    StepOutcome::Unknown(reason)
}

/// Returns the outcome of what needs a token for a project, where the manager gets none.
pub(super) fn failed_to_enter(error: &Error) -> StepOutcome {
    let reason = reason_of(error);
    let message = format!("the manager gets no token for a project of the own domain: {}", reason.message);
    StepOutcome::Unknown(Reason::new(reason.code, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn refusal(kind: ErrorKind) -> Result<(), Error> {
        Err(Error::new(kind, "refused"))
    }

    fn unread() -> Result<bool, Error> {
        Err(Error::new(ErrorKind::Deadline, "no answer"))
    }

    #[rstest]
    #[case::done(Ok(()), Ok(true), "effective")]
    #[case::accepted_without_effect(Ok(()), Ok(false), "ineffective")]
    #[case::accepted_and_not_read(Ok(()), unread(), "unknown")]
    #[case::forbidden(refusal(ErrorKind::Forbidden), Ok(false), "refused")]
    #[case::still_there(refusal(ErrorKind::NotFound), Ok(false), "refused")]
    #[case::repeated_after_a_lost_answer(refusal(ErrorKind::NotFound), Ok(true), "effective")]
    #[case::repeated_and_not_read(refusal(ErrorKind::NotFound), unread(), "unknown")]
    #[case::broken(refusal(ErrorKind::ServerError(500)), Ok(false), "unknown")]
    fn what_has_to_work_is_judged_by_its_effect(
        #[case] result: Result<(), Error>,
        #[case] effect: Result<bool, Error>,
        #[case] expected: &str,
    ) {
        let outcome = match done(result, effect) {
            StepOutcome::Effective => "effective",
            StepOutcome::Ineffective(_) => "ineffective",
            StepOutcome::Refused(_) => "refused",
            StepOutcome::Unknown(_) => "unknown",
        };
        assert_eq!(outcome, expected);
    }
}
