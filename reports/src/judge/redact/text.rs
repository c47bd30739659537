//! The words of others, and what stands in their place.

use scs_checks::facts::Slot;
use scs_checks::verdict::{Reason, ReasonCode};

/// The text in the place of words that are gone.
pub(super) const REDACTED: &str = "redacted";

/// Roles that every cloud has.
pub(super) const KNOWN_ROLES: &[&str] = &["member", "reader", "admin", "manager", "creator", "load-balancer_member"];

/// Returns true for what looks like a word of a protocol: a type of a service, an error code.
pub(super) fn is_word(text: &str) -> bool {
    text.len() <= 40
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        && text.chars().filter(char::is_ascii_digit).count() <= 2
}

/// Replaces words.
pub(super) fn redacted(redactor: &mut String) {
    REDACTED.clone_into(redactor);
}

/// Changes a known fact, and takes the words out of the reason of one that failed.
pub(super) fn known<T>(slot: &mut Slot<T>, change: impl FnOnce(&mut T)) {
    match slot {
        Slot::Known(fact) => change(fact),
        Slot::Failed(reason) => wordless(reason),
        // Both are this program's own words.
        Slot::Absent(_) | Slot::NotCollected(_) => {}
    }
}

/// Replaces the message of a reason, where it may be a service's. What this program says of itself stays.
pub(super) fn wordless(reason: &mut Reason) {
    let own = matches!(
        reason.code,
        ReasonCode::ChangesTheSubject
            | ReasonCode::DomainManagersMissing
            | ReasonCode::ResultsMissing
            | ReasonCode::NotSelected
            | ReasonCode::Interrupted
    );
    if !own {
        reason.message = format!("redacted ({})", reason.code);
    }
}
