//! The first screen of a status page: does it conform, since when, what is or was wrong, who says so.

use super::listed::Listed;
use super::part::Source;
use super::state::{Mood, ScopeState};
use super::words::{self, CertificateWords};
use crate::http::pages::segment;
use crate::judge::{Failure, standards};
use crate::language::Language;
use crate::registry::{Registry, TestedBy};
use crate::standing::Standing;
use chrono::NaiveDate;
use scs_checks::verdict::Verdict;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The most testcases that are named.
const NAMED: usize = 3;

/// The answers on a subject by one scope.
pub struct First {
    /// The class of the state.
    pub class: &'static str,
    /// The name of the scope.
    pub scope_name: String,
    /// The first sentence.
    pub sentence: String,
    /// The answer to the question if it conforms.
    pub conforms: String,
    /// The answer to the question since when.
    pub since: String,
    /// True if something is wrong now.
    pub is_open: bool,
    /// The sentence on what is wrong, if no testcase is named.
    pub nothing: String,
    /// The testcases that are or were wrong.
    pub wrong: Vec<Wrong>,
    /// The number of those that are not named.
    pub more: usize,
    /// The sentences on those who say so.
    pub who: Vec<Voice>,
    /// The members that differ, each with its sign and sentence.
    pub members: Vec<(&'static str, String, String)>,
    /// The certificates.
    pub certificates: Vec<CertificateWords>,
    /// The warning that the version is about to expire.
    pub expiry: Option<String>,
}

/// A testcase that is or was wrong.
pub struct Wrong {
    /// Its id.
    pub id: String,
    /// The path of its history behind the address of the subject.
    pub path: String,
    /// The sentence.
    pub words: String,
}

/// One who says so.
pub struct Voice {
    /// The sentence.
    pub words: String,
    /// The report that it names.
    pub report: Option<String>,
}

/// Makes the answers; the sources are those of the members of the scope.
pub fn first(registry: &Registry, listed: &Listed, scope: &ScopeState, sources: &[Source<'_>], t: Language) -> First {
    let version = scope.speaking();
    let worst = version.and_then(|version| scope.worst(version));
    let mood = worst.as_ref().map_or(Mood::Untested, Mood::of);
    let sentence = worst.as_ref().map(|worst| worst.sentence(t));
    let sentence = sentence.unwrap_or_else(|| words::no_version(t).to_owned());
    let mut wrong = match (mood, version) {
        (_, None) => Vec::new(),
        (Mood::Conformant, Some(version)) => past_failures(scope, version, sources, t),
        (_, Some(version)) => open_now(scope, version, sources, t),
    };
    let more = if mood == Mood::Conformant { 0 } else { wrong.len().saturating_sub(NAMED) };
    wrong.truncate(NAMED);
    let differing = version.map(|version| scope.differing(version)).unwrap_or_default();
    let members = differing
        .iter()
        .map(|(name, standing)| (Mood::of(standing).class(), (*name).to_owned(), standing.sentence(t)))
        .collect();
    let expiry = scope.deciding().into_iter().find(|judged| Some(judged.version.as_str()) == version);
    First {
        class: mood.class(),
        scope_name: scope.rules.name.clone(),
        conforms: conforms(scope.mood(), worst.as_ref(), &sentence, t),
        since: since(worst.as_ref(), t),
        is_open: mood != Mood::Conformant,
        nothing: nothing(mood, sources, t),
        wrong,
        more,
        who: who(registry, listed, scope, t),
        members,
        certificates: scope.certificates.iter().map(|one| words::certificate(scope, one, t)).collect(),
        expiry: expiry.and_then(|judged| words::expiry(judged, t)),
        sentence,
    }
}

fn conforms(mood: Mood, worst: Option<&Standing>, sentence: &str, t: Language) -> String {
    let Some(worst) = worst else { return sentence.to_owned() };
    let version = &worst.version;
    let certified = t.text(
        " The certificate still holds: it is not revoked at once.",
        " Das Zertifikat gilt noch: es wird nicht sofort widerrufen.",
    );
    let total = worst.counts.total();
    let text = match (Mood::of(worst), t) {
        (Mood::Conformant, Language::En) => format!("Yes: all {total} mandatory checks of {version} were passed."),
        (Mood::Conformant, Language::De) => format!("Ja: alle {total} Pflichtprüfungen von {version} sind bestanden."),
        (Mood::CertifiedFailing | Mood::Failing, Language::En) => {
            format!("No: {} of {total} mandatory checks of {version} fail.", worst.counts.failed)
        }
        (Mood::CertifiedFailing | Mood::Failing, Language::De) => {
            format!("Nein: {} von {total} Pflichtprüfungen von {version} nicht bestanden.", worst.counts.failed)
        }
        (Mood::Untested | Mood::Undecided, Language::En) => {
            format!("Not proven: {} of {total} mandatory checks of {version} were passed.", worst.counts.passed)
        }
        (Mood::Untested | Mood::Undecided, Language::De) => {
            format!("Nicht nachgewiesen: {} von {total} Pflichtprüfungen von {version} bestanden.", worst.counts.passed)
        }
    };
    if mood == Mood::CertifiedFailing { format!("{text}{certified}") } else { text }
}

fn since(worst: Option<&Standing>, t: Language) -> String {
    let unknown = t.text("Not known: nothing was recorded yet.", "Nicht bekannt: es ist noch nichts aufgezeichnet.");
    let Some(worst) = worst.filter(|worst| worst.tested.is_some()) else { return unknown.to_owned() };
    let tested = words::tested(worst, t);
    match (worst.since.map(|day| (t.date(day), t.days((worst.today - day).num_days()))), t) {
        (Some((date, days)), Language::En) => format!("Since {date}, that is for {days}. {tested}."),
        (Some((date, days)), Language::De) => format!("Seit {date}, also seit {days}. {tested}."),
        (None, _) => {
            let text = t.text("Since the rules changed.", "Seit einer Änderung der Regeln.");
            format!("{text} {tested}.")
        }
    }
}

fn nothing(mood: Mood, sources: &[Source<'_>], t: Language) -> String {
    let first_day = |source: &Source<'_>| {
        let changes = source.strips.of.values().filter_map(|strip| strip.changes.first());
        changes.map(|change| change.day).min()
    };
    let first: Option<NaiveDate> = sources.iter().filter_map(first_day).min();
    match (first.filter(|_| mood == Mood::Conformant).map(|day| t.date(day)), t) {
        (Some(date), Language::En) => format!("No mandatory check has failed since {date}."),
        (Some(date), Language::De) => format!("Seit {date} ist keine Pflichtprüfung durchgefallen."),
        (None, _) => t.text("No result is known that counts.", "Es ist kein Ergebnis bekannt, das zählt.").to_owned(),
    }
}

/// Returns the mandatory testcases of a version with their verdicts.
fn mandatory(scope: &ScopeState, version: &str, source: &Source<'_>) -> BTreeMap<String, Verdict> {
    let standards = standards(&scope.rules, version, source.verdicts).into_iter();
    let verdict = |id: &str| source.verdicts.get(id).copied().unwrap_or(Verdict::Miss);
    standards.flat_map(|standard| standard.testcases).map(|id| (id.clone(), verdict(&id))).collect()
}

fn named(scope: &ScopeState, source: &Source<'_>, id: &str, words: String) -> Wrong {
    let path = format!("{}/{}", segment(&scope.rules.id), segment(id));
    let words = if scope.members.len() > 1 { format!("{}: {words}", source.member.name) } else { words };
    Wrong { id: id.to_owned(), path, words }
}

/// Returns the mandatory testcases that are not passed, those that failed first.
fn open_now(scope: &ScopeState, version: &str, sources: &[Source<'_>], t: Language) -> Vec<Wrong> {
    let mut found: Vec<(Reverse<Verdict>, Wrong)> = Vec::new();
    for source in sources {
        for (id, verdict) in mandatory(scope, version, source) {
            if verdict != Verdict::Pass {
                let words = words::since(verdict, source.strips.of.get(&id), t);
                found.push((Reverse(verdict), named(scope, source, &id, words)));
            }
        }
    }
    found.sort_by_key(|(verdict, _)| *verdict);
    found.into_iter().map(|(_, wrong)| wrong).collect()
}

/// Returns the last failures of mandatory testcases, the newest first.
fn past_failures(scope: &ScopeState, version: &str, sources: &[Source<'_>], t: Language) -> Vec<Wrong> {
    let mut found: Vec<(Failure, Wrong)> = Vec::new();
    for source in sources {
        for id in mandatory(scope, version, source).into_keys() {
            let last = source.strips.of.get(&id).and_then(|strip| strip.failures().pop());
            if let Some(failure) = last {
                found.push((failure, named(scope, source, &id, words::failure(&failure, t))));
            }
        }
    }
    found.sort_by_key(|(failure, _)| Reverse(failure.from));
    found.into_iter().map(|(_, wrong)| wrong).collect()
}

/// Says who runs the tests, and who sent the newest report.
fn who(registry: &Registry, listed: &Listed, scope: &ScopeState, t: Language) -> Vec<Voice> {
    let operator = listed.operator.as_ref().map(|operator| operator.title.as_str()).unwrap_or_default();
    let body = registry.issuer.as_ref().map(|issuer| issuer.name.as_str());
    let body = body.unwrap_or(t.text("the certification body", "die Zertifizierungsstelle"));
    let tests = match (listed.tested_by, t) {
        (Some(TestedBy::Operator), Language::En) => format!("The tests are run by the operator, {operator}."),
        (Some(TestedBy::Operator), Language::De) => format!("Die Prüfungen führt der Betreiber durch: {operator}."),
        (Some(TestedBy::Body), Language::En) => format!("The tests are run by the body that certifies: {body}."),
        (Some(TestedBy::Body), Language::De) => format!("Die Prüfungen führt durch, wer zertifiziert: {body}."),
        (None, _) => t
            .text(
                "The registry does not know this subject: only its reports are known.",
                "Das Register kennt diesen Prüfling nicht: bekannt sind nur seine Berichte.",
            )
            .to_owned(),
    };
    let newest = scope.members.iter().filter_map(|member| member.conclusions.newest.as_ref());
    let report = newest.max_by_key(|newest| newest.checked_at).map(|newest| {
        let (date, uploader) = (t.date(newest.checked_at.date_naive()), &newest.uploader);
        let mut words = match t {
            Language::En => format!("The newest report is of {date}. The account {uploader} uploaded it"),
            Language::De => format!("Der neueste Bericht ist vom {date}. Hochgeladen hat ihn das Konto {uploader}"),
        };
        if let Some(creator) = &newest.creator {
            words.push_str(&match t {
                Language::En => format!("; it was made by {creator}"),
                Language::De => format!("; erstellt hat ihn {creator}"),
            });
        }
        words.push('.');
        Voice { words, report: Some(newest.report.clone()) }
    });
    let certificate = registry.issuer.as_ref().filter(|_| !scope.certificates.is_empty()).map(|issuer| {
        let name = &issuer.name;
        let words = match t {
            Language::En => format!("Certificates are issued by {name}."),
            Language::De => format!("Zertifikate stellt aus: {name}."),
        };
        Voice { words, report: None }
    });
    [Voice { words: tests, report: None }].into_iter().chain(report).chain(certificate).collect()
}
