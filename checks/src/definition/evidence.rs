//! Evidence: what a person states of a testcase that people judge, and the document that the statement rests on (scs-0004,
//! regulation 3).

use super::lifetime::Lifetime;
use crate::facts::Now;
use crate::verdict::{Finding, Findings, Outcome, Reason, ReasonCode, Severity, Verdict};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The statement of a person on a testcase, and the document that it rests on.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The statement.
    pub statement: Statement,
    /// The document: a path, as the person wrote it, or an address.
    pub document: String,
    /// The SHA-256 of the document, in hexadecimal digits.
    pub sha256: String,
    /// True if the document was read and has this SHA-256. An address is not fetched.
    pub verified: bool,
    /// The person.
    pub person: String,
    /// The day of the statement.
    pub date: NaiveDate,
    /// A remark of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The statement of a person on a testcase.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Statement {
    /// The requirement is met.
    Conforms,
    /// The requirement is violated.
    Violates,
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conforms => "the requirement is met",
            Self::Violates => "the requirement is violated",
        })
    }
}

/// The period for which evidence counts, from its date on: manual checks are repeated once every quarter.
const LIFETIME: Lifetime = Lifetime::Quarter;

impl Evidence {
    /// Returns the first instant at which it no longer counts. None only at the end of the calendar.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        LIFETIME.expires_at(self.begins_at())
    }

    fn begins_at(&self) -> DateTime<Utc> {
        self.date.and_time(NaiveTime::MIN).and_utc()
    }

    /// Returns the outcome of its testcase: PASS or FAIL as the person states, and MISS if it does not count now.
    pub fn outcome(&self, now: Now) -> Outcome {
        if let Some(reason) = now.clock.obstacle() {
            return Outcome::abort(reason);
        }
        match self.obstacle(now.instant) {
            Some(why) => {
                let message = format!("the evidence of {} {why}; a person has to judge this again", self.date);
                Outcome::miss(Reason::new(ReasonCode::Manual, message))
            }
            None => Outcome::of(Findings::on_one(self.findings().into_iter().chain(now.clock.finding()))),
        }
    }

    fn obstacle(&self, now: DateTime<Utc>) -> Option<String> {
        match self.expires_at() {
            _ if now < self.begins_at() => Some("lies in the future".to_owned()),
            Some(end) if now < end => None,
            Some(end) => Some(format!("counted until {}", end.date_naive())),
            None => Some("has no end".to_owned()),
        }
    }

    /// Returns what people need to know of it: who states what, by which document.
    fn findings(&self) -> Vec<Finding> {
        let severity = match self.statement {
            Statement::Conforms => Severity::Info,
            Statement::Violates => Severity::Violation,
        };
        let stated = format!("by evidence, unsigned: a person stated on {} that {}", self.date, self.statement);
        let how = if self.verified { "verified when it was read" } else { "as stated; the address was not fetched" };
        let digest = format!("its SHA-256 is {}, {how}", self.sha256);
        let note = self.note.iter().map(|note| Finding::info("the person remarks").property("note").observed(note));
        [
            Finding::new(severity, stated).property("person").observed(&self.person),
            Finding::info(digest).property("document").observed(&self.document),
        ]
        .into_iter()
        .chain(note)
        .collect()
    }

    /// Returns true if an outcome is the one that follows from it, whatever the words of a release are.
    pub fn explains(&self, outcome: &Outcome, now: Now) -> bool {
        let expected = self.outcome(now);
        let code = |outcome: &Outcome| outcome.reason.as_ref().map(|reason| reason.code);
        let said = |outcome: &Outcome| -> Vec<(Severity, Option<String>, Option<String>)> {
            let said = outcome.findings.iter();
            said.map(|finding| (finding.severity, finding.property.clone(), finding.observed.clone())).collect()
        };
        let of = |outcome: &Outcome| -> (Verdict, Option<ReasonCode>, usize, bool) {
            (outcome.verdict, code(outcome), outcome.examined, outcome.vacuous)
        };
        of(outcome) == of(&expected) && said(outcome) == said(&expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::LocalClock;
    use rstest::rstest;

    fn evidence(statement: Statement, date: &str) -> Evidence {
        Evidence {
            statement,
            document: "zones.pdf".to_owned(),
            sha256: "0".repeat(64),
            verified: true,
            person: "Erika Mustermann".to_owned(),
            date: date.parse().unwrap(),
            note: None,
        }
    }

    fn on(instant: &str) -> Now {
        Now::named(instant.parse().unwrap())
    }

    #[rstest]
    #[case::same_day("2026-11-02", "2026-11-02T00:00:00Z", Verdict::Pass, "")]
    #[case::evening_before("2026-11-02", "2026-11-01T23:59:59Z", Verdict::Miss, "of 2026-11-02 lies in the future")]
    #[case::last_second("2026-11-02", "2027-03-31T23:59:59Z", Verdict::Pass, "")]
    #[case::over("2026-11-02", "2027-04-01T00:00:00Z", Verdict::Miss, "counted until 2027-04-01")]
    #[case::first_day_of_a_quarter("2026-10-01", "2027-03-31T23:59:59Z", Verdict::Pass, "")]
    #[case::last_day_of_a_quarter("2026-09-30", "2027-01-01T00:00:00Z", Verdict::Miss, "counted until 2027-01-01")]
    #[case::years_ago("1970-01-01", "2026-11-02T00:00:00Z", Verdict::Miss, "counted until")]
    fn evidence_counts_for_a_quarter(
        #[case] date: &str,
        #[case] now: &str,
        #[case] verdict: Verdict,
        #[case] reason: &str,
    ) {
        let outcome = evidence(Statement::Conforms, date).outcome(on(now));
        assert_eq!(outcome.verdict, verdict);
        let message = outcome.reason.as_ref().map(|reason| reason.message.clone()).unwrap_or_default();
        assert!(message.contains(reason), "{message}");
        assert_eq!(outcome.reason.map(|reason| reason.code), (verdict == Verdict::Miss).then_some(ReasonCode::Manual));
    }

    #[rstest]
    #[case(Statement::Conforms, Verdict::Pass)]
    #[case(Statement::Violates, Verdict::Fail)]
    fn statement_becomes_the_verdict(#[case] statement: Statement, #[case] verdict: Verdict) {
        let outcome = evidence(statement, "2026-11-02").outcome(on("2026-11-20T12:00:00Z"));
        assert_eq!((outcome.verdict, outcome.examined, outcome.vacuous), (verdict, 1, false));
        let observed: Vec<&str> = outcome.findings.iter().filter_map(|finding| finding.observed.as_deref()).collect();
        assert_eq!(observed, ["Erika Mustermann", "zones.pdf"]);
        assert!(outcome.findings[0].message.contains("unsigned"));
    }

    #[test]
    fn nothing_is_decided_by_a_clock_that_is_not_to_be_believed() {
        let instant = "2026-11-20T12:00:00Z".parse().unwrap();
        let judged = |ahead| {
            let now = Now::from_clock(instant, LocalClock::AheadBySeconds(ahead));
            evidence(Statement::Conforms, "2026-11-02").outcome(now)
        };
        assert_eq!(judged(0).findings.len(), 2);
        assert_eq!((judged(600).verdict, judged(600).findings.len()), (Verdict::Pass, 3), "a warning is added");
        assert_eq!(judged(7200).reason.map(|reason| reason.code), Some(ReasonCode::ClockDeviates));
    }

    #[test]
    fn the_end_of_the_calendar_is_no_panic() {
        let mut last = evidence(Statement::Conforms, "2026-11-02");
        last.date = NaiveDate::MAX;
        assert_eq!(last.outcome(on("2026-11-20T12:00:00Z")).verdict, Verdict::Miss);
        assert_eq!(last.outcome(Now::named(DateTime::<Utc>::MAX_UTC)).verdict, Verdict::Miss);
    }

    type Edit = fn(&mut Outcome);

    #[rstest]
    #[case::as_it_is(|_: &mut Outcome| (), true)]
    #[case::other_words(|outcome: &mut Outcome| outcome.findings[0].message = "stated".to_owned(), true)]
    #[case::verdict(|outcome: &mut Outcome| outcome.verdict = Verdict::Fail, false)]
    #[case::person(|outcome: &mut Outcome| outcome.findings[0].observed = Some("Max".to_owned()), false)]
    #[case::document(|outcome: &mut Outcome| outcome.findings[1].observed = Some("other.pdf".to_owned()), false)]
    #[case::lost_finding(|outcome: &mut Outcome| drop(outcome.findings.pop()), false)]
    #[case::examined(|outcome: &mut Outcome| outcome.examined = 2, false)]
    fn outcome_is_compared_but_for_its_words(#[case] edit: Edit, #[case] explained: bool) {
        let (evidence, now) = (evidence(Statement::Conforms, "2026-11-02"), on("2026-11-20T12:00:00Z"));
        let mut outcome = evidence.outcome(now);
        edit(&mut outcome);
        assert_eq!(evidence.explains(&outcome, now), explained);
    }
}
