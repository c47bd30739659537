//! A version that is not in force yet: its standards compared with today's, and the standing of each subject by it.

use crate::http::board::View;
use crate::http::pages::segment;
use crate::http::site::listed::Listed;
use crate::http::site::mark::Mark;
use crate::http::site::versions::{Standard, Version};
use crate::judge::{Latest, Rules, judge};
use crate::language::Language;
use chrono::{DateTime, Utc};
use scs_checks::definition::Validity;

/// The most testcases that are named for a subject and a mark.
const NAMED: usize = 60;

/// A version that is not in force yet.
pub struct Draft<'a> {
    /// Its name.
    pub name: &'a str,
    /// The versions with the same mandatory testcases.
    pub same: Vec<&'a str>,
    /// The version in force that it is compared with; empty if there is none.
    pub base: &'a str,
    /// The number of its mandatory testcases.
    pub mandatory: usize,
    /// The standards that change.
    pub changes: Vec<Change<'a>>,
    /// The mandatory testcases that only it has.
    pub new: Vec<&'a str>,
    /// The mandatory testcases that it no longer has.
    pub dropped: Vec<&'a str>,
    /// The standing of each subject by it.
    pub subjects: Vec<Outlook>,
}

/// A standard that changes.
#[derive(Debug, Eq, PartialEq)]
pub struct Change<'a> {
    /// The version today; none for a new standard.
    pub from: Option<Standard<'a>>,
    /// The version then; none for one that is dropped.
    pub to: Option<Standard<'a>>,
}

/// The standing of a subject of reports by a version that is not in force yet.
pub struct Outlook {
    /// The part of the path that names the subject.
    pub link: String,
    /// Its name for people.
    pub title: String,
    /// The region or configuration; empty if there is only one.
    pub part: String,
    /// The conclusion.
    pub mark: Mark,
    /// The word for it.
    pub word: &'static str,
    /// The numbers of mandatory testcases that pass, fail, are not decided and not tested.
    pub counts: [usize; 4],
    /// The testcases that do not pass, by mark.
    pub open: Vec<Open>,
}

/// Testcases that do not pass, and have the same mark.
pub struct Open {
    /// The word.
    pub word: &'static str,
    /// The first of them.
    pub testcases: Vec<String>,
    /// The number of the others.
    pub more: usize,
}

/// The parts that a draft is made of.
#[derive(Clone, Copy)]
pub struct Outset<'a> {
    /// The rules of the scope.
    pub rules: &'a Rules,
    /// All subjects.
    pub subjects: &'a [Listed],
    /// The standings.
    pub view: &'a View,
    /// The instant.
    pub now: DateTime<Utc>,
    /// The language.
    pub language: Language,
}

/// Returns the versions of a scope that are not in force yet; of those with the same testcases the one with a name of its own.
pub fn drafts(outset: Outset<'_>) -> Vec<Draft<'_>> {
    let listed = Version::listed(outset.rules, outset.now.date_naive());
    let base = listed.iter().find(|version| version.validity == Validity::Effective).cloned();
    let mut groups: Vec<Vec<&Version<'_>>> = Vec::new();
    // `next` stands for what is newest, whichever version it belongs to: another name tells more.
    let (next, named): (Vec<_>, Vec<_>) =
        listed.iter().filter(|version| version.validity == Validity::Draft).partition(|version| version.name == "next");
    for version in named.into_iter().chain(next) {
        match groups.iter_mut().find(|group| group.iter().any(|one| one.mandatory() == version.mandatory())) {
            Some(group) => group.push(version),
            None => groups.push(vec![version]),
        }
    }
    groups.iter().filter_map(|group| draft(outset, group, base.as_ref())).collect()
}

fn draft<'a>(outset: Outset<'a>, group: &[&Version<'a>], base: Option<&Version<'a>>) -> Option<Draft<'a>> {
    let (version, same) = group.split_first()?;
    let (then, today) = (version.mandatory(), base.map(Version::mandatory).unwrap_or_default());
    let only = |one: &'a [String], other: &[String]| -> Vec<&'a str> {
        one.iter().filter(|id| !other.contains(id)).map(String::as_str).collect()
    };
    Some(Draft {
        name: version.name,
        same: same.iter().map(|version| version.name).collect(),
        base: base.map(|base| base.name).unwrap_or_default(),
        mandatory: then.len(),
        changes: changes(outset.rules, base.map_or(&[], |base| base.rule.includes.as_slice()), &version.rule.includes),
        new: only(then, today),
        dropped: only(today, then),
        subjects: outset.subjects.iter().flat_map(|subject| outlooks(outset, version, subject)).collect(),
    })
}

/// Returns the standards that differ: new ones, dropped ones, and those with another version.
fn changes<'a>(rules: &'a Rules, today: &'a [String], then: &'a [String]) -> Vec<Change<'a>> {
    let standards = |ids: &'a [String], others: &[String]| -> Vec<Standard<'a>> {
        ids.iter().filter(|id| !others.contains(id)).map(|id| Standard::new(rules, id)).collect()
    };
    let (mut gone, new) = (standards(today, then), standards(then, today));
    let mut changes: Vec<Change<'_>> = Vec::new();
    for to in new {
        let place = gone.iter().position(|from| from.number() == to.number());
        changes.push(Change { from: place.map(|place| gone.remove(place)), to: Some(to) });
    }
    changes.extend(gone.into_iter().map(|from| Change { from: Some(from), to: None }));
    changes.sort_by_key(|change| change.to.as_ref().or(change.from.as_ref()).map(|standard| standard.id));
    changes
}

fn outlooks(outset: Outset<'_>, version: &Version<'_>, subject: &Listed) -> Vec<Outlook> {
    let Outset { rules, view, now, language, .. } = outset;
    let nothing = Latest::default();
    let has_results = subject.tested.iter().any(|one| view.standing(one, &rules.uuid).is_some());
    let tested = subject.tested.iter().filter(|_| has_results).filter_map(|tested| {
        let latest = view.latest(tested, &rules.uuid).unwrap_or(&nothing);
        let judged = judge(rules, latest, now).into_iter().find(|judged| judged.version == version.name)?;
        let (mark, counts) = (Mark::of_version(&judged), judged.counts);
        Some(Outlook {
            link: segment(&subject.name),
            title: subject.title.clone(),
            part: if subject.tested.len() > 1 { tested.clone() } else { String::new() },
            mark,
            word: mark.of_version_word(language),
            counts: [counts.passed, counts.failed, counts.aborted, counts.missing],
            open: open(outset, version, latest),
        })
    });
    tested.collect()
}

/// Returns the testcases that do not pass.
fn open(outset: Outset<'_>, version: &Version<'_>, latest: &Latest) -> Vec<Open> {
    let Outset { rules, now, language, .. } = outset;
    let of_mark = |mark: Mark| {
        let has_mark = |id: &&String| Mark::of_testcase(rules, latest, id, now) == mark;
        let mut testcases: Vec<String> = version.mandatory().iter().filter(has_mark).cloned().collect();
        let more = testcases.len().saturating_sub(NAMED);
        testcases.truncate(NAMED);
        Open { word: mark.word(language), testcases, more }
    };
    let open = [Mark::Fails, Mark::NotDecided, Mark::NotTested].map(of_mark);
    open.into_iter().filter(|open| !open.testcases.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::board::Standing;
    use crate::judge::rules_of;

    const SCOPE: &str = "
uuid: 11111111-2222-4333-8444-555555555555
name: Small scope
url: https://example.org/scope.yaml
scripts: [{executable: x.py, testcases: [{id: a}, {id: b}, {id: c}]}]
modules:
  - {id: scs-0001-v1, targets: {main: [a]}}
  - {id: scs-0001-v2, targets: {main: [b]}}
  - {id: scs-0002-v1, targets: {main: [c]}}
  - {id: scs-0003-v1, targets: {}}
timeline: [{date: 2025-01-01, versions: {next: draft, v2: draft, v1: effective}}]
versions:
  - {version: next, include: [scs-0001-v2, scs-0002-v1]}
  - {version: v2, include: [scs-0001-v2, scs-0002-v1]}
  - {version: v1, include: [scs-0001-v1, scs-0003-v1]}
";

    #[test]
    fn draft_tells_its_differences_and_the_standing_by_it() {
        let (rules, now) = (rules_of(SCOPE), "2026-11-16T12:00:00Z".parse().unwrap());
        let standing = (("cloud".to_owned(), rules.uuid.clone()), std::sync::Arc::new(Standing::default()));
        let view = View { generation: 1, standings: [standing].into_iter().collect() };
        let subject = |name: &str| Listed {
            name: name.to_owned(),
            title: name.to_owned(),
            operator: None,
            section: crate::registry::Section::Listed,
            tested: vec![name.to_owned()],
            technology: None,
            certificate_url: None,
            health_url: None,
            tested_by: None,
        };
        let subjects = [subject("cloud"), subject("other")];
        let outset = Outset { rules: &rules, subjects: &subjects, view: &view, now, language: Language::En };
        let found = drafts(outset);
        assert_eq!(found.len(), 1, "next has the same testcases as v2");
        let draft = &found[0];
        assert_eq!((draft.name, &draft.same[..], draft.base, draft.mandatory), ("v2", &["next"][..], "v1", 2));
        assert_eq!((&draft.new[..], &draft.dropped[..]), (&["b", "c"][..], &["a"][..]));
        let ids = |standard: &Option<Standard<'_>>| standard.as_ref().map_or("-", |standard| standard.id).to_owned();
        let changes: Vec<String> =
            draft.changes.iter().map(|change| format!("{} {}", ids(&change.from), ids(&change.to))).collect();
        assert_eq!(changes, ["scs-0001-v1 scs-0001-v2", "- scs-0002-v1", "scs-0003-v1 -"]);
        assert_eq!(draft.subjects.len(), 1, "nothing was uploaded about the other one");
        let outlook = &draft.subjects[0];
        assert_eq!((outlook.mark, outlook.counts), (Mark::NotTested, [0, 0, 0, 2]));
        assert_eq!(
            (outlook.open[0].word, &outlook.open[0].testcases[..]),
            ("not tested", &["b".to_owned(), "c".to_owned()][..])
        );
    }
}
