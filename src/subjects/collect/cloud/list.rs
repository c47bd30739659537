//! Facts that are lists.

use super::convert::ConversionError;
use crate::collect::observe::Observed;
use scs_checks::facts::Slot;
use scs_checks::verdict::{Reason, ReasonCode};

/// Converts a list into a fact; an item that is not as the API promises makes the whole unknown.
pub(super) fn list<I, T>(items: Vec<I>, convert: impl Fn(Vec<I>) -> Result<T, ConversionError>) -> Observed<T> {
    let count = items.len();
    match convert(items) {
        Ok(fact) => Ok((Slot::Known(fact), Some(count))),
        Err(ConversionError { path, what }) => {
            let message = format!("the list has an item that is not as the API promises, at {path}: {what}");
            Ok((Slot::Failed(Reason::new(ReasonCode::InvalidAnswer, message)), None))
        }
    }
}
