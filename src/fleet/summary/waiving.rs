//! Waivers: violations that somebody answers for until a day. They are shown, and never count as passed.

use super::model::Waived;
use crate::config::{Config, Waiver};
use chrono::NaiveDate;
use scs_checks::verdict::Severity;
use scs_reports::TestcaseResult;

/// Returns the waiver that covers every violation of a failed testcase. Without its result only waivers of all resources do.
pub(super) fn waived(
    config: &Config,
    subject: &str,
    id: &str,
    result: Option<&TestcaseResult>,
    today: NaiveDate,
) -> Option<Waived> {
    let is_covered = |waiver: &&Waiver| {
        waiver.testcase == id
            && waiver.expires >= today
            && waiver.subject.as_deref().is_none_or(|name| is_of(name, subject))
            && waiver.resource.as_deref().is_none_or(|pattern| result.is_some_and(|result| covers(pattern, result)))
    };
    config.waivers.iter().find(is_covered).map(|waiver| Waived {
        testcase: id.to_owned(),
        owner: waiver.owner.clone(),
        reason: waiver.reason.clone(),
        expires: waiver.expires,
    })
}

/// Returns a sentence about each waiver whose day is over.
pub fn expired_waivers(config: &Config, night: NaiveDate) -> Vec<String> {
    let over = config.waivers.iter().filter(|waiver| waiver.expires < night);
    let sentence = |waiver: &Waiver| {
        let Waiver { testcase, owner, expires, .. } = waiver;
        format!(
            "the waiver of {owner} for {testcase} has expired on {expires}; mend the violation, or renew the waiver"
        )
    };
    over.map(sentence).collect()
}

fn is_of(name: &str, subject: &str) -> bool {
    crate::config::is_meant(subject, name)
}

/// Returns true if each violation is of a resource that the pattern fits.
fn covers(pattern: &str, result: &TestcaseResult) -> bool {
    let mut violations = result.findings.iter().filter(|finding| finding.severity == Severity::Violation);
    violations.all(|finding| finding.resource.as_ref().is_some_and(|resource| fits(pattern, &resource.name)))
}

/// Returns true if a name fits a pattern in which `*` stands for anything.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(first) else { return false };
    let parts: Vec<&str> = rest.split('*').collect();
    let (Some(last), middle) = (parts.last(), parts.get(..parts.len().saturating_sub(1)).unwrap_or_default()) else {
        return true;
    };
    for part in middle {
        match name.find(part) {
            Some(at) => name = name.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    name.ends_with(last)
}
