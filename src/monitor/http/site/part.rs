//! The part of a status page on one subject of reports by one scope: versions and standards, testcases with their strips, statements
//! of people, and changes.

use super::chart::Chart;
use super::state::{Member, Mood, ScopeState};
use super::words;
use crate::http::pages::{safe_url, segment};
use crate::http::past::Strips;
use crate::judge::{Day, Judgement, StandardState, standards};
use crate::language::Language;
use crate::registry::{Evidence, Registry, Waiver};
use chrono::{NaiveDate, TimeDelta};
use scs_checks::definition::Validity;
use scs_checks::verdict::Verdict;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

/// The time for which changes are listed.
const RECENT: TimeDelta = TimeDelta::days(90);

/// The number of days of a strip.
pub const DAYS: usize = 548;

/// Everything that a part is made of.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The registry.
    pub registry: &'a Registry,
    /// The state by the scope.
    pub scope: &'a ScopeState,
    /// The member.
    pub member: &'a Member,
    /// The verdicts of its testcases that still count.
    pub verdicts: &'a BTreeMap<&'a str, Verdict>,
    /// Its strips.
    pub strips: &'a Strips,
    /// The language.
    pub language: Language,
}

/// The part of a page.
pub struct Part {
    /// The id of the part in the page.
    pub id: String,
    /// The subject of reports.
    pub name: String,
    /// The same, as a part of a path.
    pub link: String,
    /// The name of the scope.
    pub scope_name: String,
    /// The short name of the scope, as a part of a path.
    pub scope: String,
    /// The id of the scope.
    pub scope_uuid: String,
    /// The versions that are listed today.
    pub versions: Vec<Version>,
    /// The testcases that are not passed, those that failed first.
    pub open: Vec<Testcase>,
    /// All others, by standard.
    pub standards: Vec<Standard>,
    /// The statements of people.
    pub evidence: Vec<Statement>,
    /// The changes of the last 90 days: days and sentences.
    pub changes: Vec<(String, String)>,
    /// True if there were more reports than the strips show.
    pub is_cut: bool,
}

/// A version of the scope.
pub struct Version {
    /// Its name.
    pub name: String,
    /// The class of its state.
    pub class: &'static str,
    /// Its standing on the timeline.
    pub validity: &'static str,
    /// The first sentence.
    pub sentence: String,
    /// The warning that it is about to expire.
    pub expiry: Option<String>,
    /// The sentence on the last night on which everything passed, if that is not the newest one.
    pub last_pass: Option<String>,
    /// The standards that it includes.
    pub standards: Vec<StandardLine>,
    /// The number of those that are achieved, of all that can be tested.
    pub achieved: (usize, usize),
    /// True for the version that speaks for the subject.
    pub is_speaking: bool,
}

/// A standard of a version, with its state.
pub struct StandardLine {
    /// Its name.
    pub name: String,
    /// The address of its text; empty if there is none.
    pub url: String,
    /// The class of its state.
    pub class: &'static str,
    /// The word of its state.
    pub word: &'static str,
    /// The number of its passed testcases, of all.
    pub passed: (usize, usize),
}

/// A standard with its testcases.
pub struct Standard {
    /// Its name.
    pub name: String,
    /// The address of its text; empty if there is none.
    pub url: String,
    /// The class of its state.
    pub class: &'static str,
    /// The testcases that are not passed, if any version in force depends on them.
    pub open: Vec<Testcase>,
    /// All others, which are folded.
    pub folded: Vec<Testcase>,
    /// The words for those.
    pub summary: String,
}

/// A testcase.
#[derive(Clone)]
pub struct Testcase {
    /// Its id.
    pub id: String,
    /// The same, as a part of a path.
    pub link: String,
    /// The class of its state.
    pub class: &'static str,
    /// The word of its state, with the day since which it holds.
    pub word: String,
    /// The last day on which it passed.
    pub last_pass: Option<String>,
    /// The sentence on the one who answers for the violation.
    pub waiver: Option<String>,
    /// The sentence on flapping in the last 90 days.
    pub flapping: Option<String>,
    /// The strip.
    pub chart: Chart,
}

/// The statement of a person, who is not named.
pub struct Statement {
    /// The testcase.
    pub testcase: String,
    /// The class of its state.
    pub class: &'static str,
    /// The document that it rests on.
    pub document: String,
    /// The sentence on what it says and for how long.
    pub words: String,
}

/// Makes the part.
pub fn part(source: Source<'_>) -> Part {
    let Source { scope, member, strips, language, .. } = source;
    let rules = &scope.rules;
    let is_shown = |judged: &&Judgement| judged.validity != Validity::Deprecated;
    let standards_of = |version: &str| standards(rules, version, source.verdicts);
    let versions = member.judged.iter().filter(is_shown);
    let groups = groups(source, &standards_of);
    let mut open: Vec<Testcase> = groups.iter().flat_map(|group| group.open.iter().cloned()).collect();
    // The sort is stable: the testcases of a standard stay together.
    open.sort_by_key(|testcase| ["fail", "miss", "abort"].iter().position(|class| *class == testcase.class));
    Part {
        id: format!("{}--{}", segment(&rules.id), segment(&member.name)),
        name: member.name.clone(),
        link: segment(&member.name),
        scope_name: rules.name.clone(),
        scope: segment(&rules.id),
        scope_uuid: rules.uuid.clone(),
        versions: versions.map(|judged| version(source, judged, &standards_of(&judged.version))).collect(),
        open,
        standards: groups,
        evidence: evidence(source),
        changes: changes(source, language),
        is_cut: strips.is_cut,
    }
}

fn version(source: Source<'_>, judged: &Judgement, standards: &[StandardState]) -> Version {
    let Source { scope, member, language, .. } = source;
    let standing = member.standing(&judged.version, scope.today);
    let mood = standing.as_ref().map_or(Mood::Untested, Mood::of);
    let shown = standards.iter().filter(|standard| standard.counts.total() > 0 || !standard.url.is_empty());
    let testable = standards.iter().filter(|standard| standard.counts.total() > 0);
    let achieved = testable.clone().filter(|standard| standard.counts.verdict() == Some(Verdict::Pass)).count();
    let last_pass = member.conclusions.last_conformant(&judged.version).filter(|_| mood != Mood::Conformant);
    Version {
        name: judged.version.clone(),
        class: mood.class(),
        validity: words::validity(judged.validity, language),
        sentence: standing.map(|standing| standing.sentence(language)).unwrap_or_default(),
        expiry: words::expiry(judged, language),
        last_pass: last_pass.map(|day| match language {
            Language::En => format!("All mandatory checks passed last on {}", language.date(day)),
            Language::De => format!("Alle Pflichtprüfungen zuletzt bestanden am {}", language.date(day)),
        }),
        standards: shown.map(|standard| line(standard, language)).collect(),
        achieved: (achieved, testable.count()),
        is_speaking: scope.speaking() == Some(judged.version.as_str()),
    }
}

fn name_of(standard: &StandardState, language: Language) -> String {
    let other = language.text("Other testcases", "Weitere Prüfungen");
    if standard.id.is_empty() { other.to_owned() } else { standard.name.clone() }
}

fn line(standard: &StandardState, language: Language) -> StandardLine {
    let verdict = standard.counts.verdict();
    StandardLine {
        name: name_of(standard, language),
        url: safe_url(&standard.url).to_owned(),
        class: words::class(verdict),
        word: words::standard(verdict, language),
        passed: (standard.counts.passed, standard.counts.total()),
    }
}

/// Returns the standards of all versions that decide, each testcase once.
fn groups(source: Source<'_>, standards_of: &impl Fn(&str) -> Vec<StandardState>) -> Vec<Standard> {
    let Source { scope, verdicts, language, .. } = source;
    let deciding = scope.deciding();
    // The version that speaks comes first, so that its standards give the order.
    let speaking = scope.speaking();
    let others = deciding.iter().map(|judged| judged.version.as_str()).filter(|version| Some(*version) != speaking);
    let mut seen: HashSet<String> = HashSet::new();
    let mut found = Vec::new();
    for standard in speaking.into_iter().chain(others).flat_map(standards_of) {
        let new: Vec<&String> = standard.testcases.iter().filter(|id| seen.insert((*id).clone())).collect();
        if new.is_empty() {
            continue;
        }
        let is_passed = |id: &&String| verdicts.get(id.as_str()) == Some(&Verdict::Pass);
        let (passed, open): (Vec<&String>, Vec<&String>) = new.into_iter().partition(is_passed);
        let testcases = |ids: Vec<&String>| ids.into_iter().map(|id| testcase(source, id)).collect();
        found.push(Standard {
            name: name_of(&standard, language),
            url: safe_url(&standard.url).to_owned(),
            class: words::class(standard.counts.verdict()),
            summary: format!("{} {}", passed.len(), language.text("passed", "bestanden")),
            open: testcases(open),
            folded: testcases(passed),
        });
    }
    // The history of all results is public (scs-0004, regulation 4a), also of those that decide nothing.
    let rest: Vec<&String> = source.strips.of.keys().filter(|id| !seen.contains(*id)).collect();
    if !rest.is_empty() {
        found.push(Standard {
            name: language
                .text("Not mandatory for a version in force", "Für keine Version in Kraft Pflicht")
                .to_owned(),
            url: String::new(),
            class: words::class(None),
            summary: match rest.len() {
                1 => language.text("1 testcase", "1 Prüfung").to_owned(),
                number => format!("{number} {}", language.text("testcases", "Prüfungen")),
            },
            open: Vec::new(),
            folded: rest.into_iter().map(|id| testcase(source, id)).collect(),
        });
    }
    found
}

fn testcase(source: Source<'_>, id: &str) -> Testcase {
    let Source { scope, verdicts, strips, language, .. } = source;
    let verdict = verdicts.get(id).copied().unwrap_or(Verdict::Miss);
    let strip = strips.of.get(id);
    let last_pass = strip.and_then(|strip| strip.last_day(Day::Passed)).filter(|_| verdict != Verdict::Pass);
    let is_recent = |day: NaiveDate| scope.today - day <= RECENT;
    let flapping = strip.and_then(|strip| strip.flapping().into_iter().rfind(|one| is_recent(one.to)));
    Testcase {
        id: id.to_owned(),
        link: segment(id),
        class: words::class(Some(verdict)),
        word: words::since(verdict, strip, language),
        last_pass: last_pass.map(|day| match language {
            Language::En => format!("last passed on {}", language.date(day)),
            Language::De => format!("zuletzt bestanden am {}", language.date(day)),
        }),
        waiver: waiver(source, id),
        flapping: flapping.map(|one| words::flapping(&one, language)),
        chart: Chart::new(strip, DAYS, language),
    }
}

/// Returns the sentence on the one who answers for a violation. It stays one.
fn waiver(source: Source<'_>, id: &str) -> Option<String> {
    let Source { registry, scope, member, verdicts, language, .. } = source;
    if verdicts.get(id) == Some(&Verdict::Pass) {
        return None;
    }
    let is_meant =
        |waiver: &&Waiver| waiver.subject == member.name && waiver.testcase == id && scope.today <= waiver.expires;
    let waiver = registry.waivers.iter().find(is_meant)?;
    let (owner, until, reason) = (&waiver.owner, language.date(waiver.expires), &waiver.reason);
    let owner = registry.operators.get(owner).map_or(owner, |operator| &operator.title);
    Some(match language {
        Language::En => format!("{owner} answers for it until {until}: {reason}. It does not count as passed"),
        Language::De => {
            format!("Dafür steht bis {until} ein: {owner} ({reason}). Es zählt nicht als bestanden")
        }
    })
}

/// Returns the statements of people about testcases of the scope, the newest first.
fn evidence(source: Source<'_>) -> Vec<Statement> {
    let Source { registry, scope, member, language, .. } = source;
    let is_meant = |one: &&Evidence| one.subject == member.name && scope.rules.testcases.contains_key(&one.testcase);
    let mut all: Vec<&Evidence> = registry.evidence.iter().filter(is_meant).collect();
    all.sort_by_key(|one| Reverse(one.date));
    let mut seen = HashSet::new();
    let statement = |one: &Evidence| {
        let is_newest = seen.insert(one.testcase.clone());
        let last_day = one.expires_at().and_then(|time| time.date_naive().pred_opt());
        let (class, words) = words::evidence(one, last_day, scope.today, is_newest, language);
        Statement { testcase: one.testcase.clone(), class, document: safe_url(&one.document).to_owned(), words }
    };
    all.into_iter().map(statement).collect()
}

fn changes(source: Source<'_>, language: Language) -> Vec<(String, String)> {
    let Source { scope, member, .. } = source;
    let since = scope.today - RECENT;
    let recent = member.conclusions.transitions.iter().filter_map(|change| {
        let day: NaiveDate = change.night.parse().ok().filter(|day| *day >= since)?;
        Some((language.date(day), words::change(change, language)))
    });
    recent.collect()
}
