//! The answers of a result server to an upload, and the remedy for each.

use scs_reports::visible;
use thiserror::Error;

/// The answer to an upload that is over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// The server has the report.
    Accepted,
    /// The server has a report with this id already.
    AlreadyThere,
}

/// A report that the server does not take as it is. To send it again changes nothing.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("the server refuses the report (HTTP {status}): {reason}; {remedy}")]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// The beginning of its answer.
    pub reason: String,
    /// The remedy.
    pub remedy: &'static str,
    /// True if the report is at fault or not permitted; false if it is the account, the address or what stands there.
    pub is_final: bool,
}

/// An answer after which the same request can be sent again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    Over(Answer),
    Refused(Refusal),
    Again(String),
}

/// The longest part of an answer that is shown, in characters.
const SHOWN: usize = 200;

/// Judges an answer by its status. A server that has stored the report answers 200 with the JSON `null`; today's answers 200
/// with a text if there was none in the request.
pub(super) fn judge(status: u16, content_type: Option<&str>, body: &str) -> Verdict {
    let words = body.split_whitespace().collect::<Vec<_>>().join(" ");
    let reason: String = visible(&words).chars().take(SHOWN).collect();
    let refusal = |remedy, is_final| Verdict::Refused(Refusal { status, reason: reason.clone(), remedy, is_final });
    let (misdirected, refused) = (|remedy| refusal(remedy, false), |remedy| refusal(remedy, true));
    match status {
        200..=299 if is_of_the_contract(content_type, body) => Verdict::Over(Answer::Accepted),
        200..=299 => {
            misdirected("this is not the answer of a result server; check the address, and what stands in front of it")
        }
        300..=399 => misdirected("it redirects; use the address that it names"),
        401 => {
            misdirected("check account, token and key, which the server has to know, and the delegation of the subject")
        }
        403 => refused("the account may not upload reports of this subject; ask for a delegation"),
        404 | 405 => misdirected("there is no result server at this address; check the url"),
        409 => Verdict::Over(Answer::AlreadyThere),
        413 => refused("the report is too large for it; write fewer lines, or ask for a higher limit"),
        415 => refused("it does not take this form; check the formats of outputs"),
        422 => refused("it does not know a field, a scope or a subject of the report; its answer names it"),
        408 | 425 | 429 | 500..=599 => Verdict::Again(format!("HTTP {status}: {reason}")),
        _ => refused("see its answer"),
    }
}

fn is_of_the_contract(content_type: Option<&str>, body: &str) -> bool {
    content_type.is_some_and(|kind| kind.starts_with("application/json"))
        && serde_json::from_str::<serde_json::Value>(body).is_ok_and(|value| value.is_null())
}
