//! Definitions: a standard and a scope, separated by a line `%%%`. Whatever stands in them, the problems are told with
//! places that exist, or the definitions hold together; and no rule passes over facts that nobody collected.

#![no_main]

#[path = "shared/prelude.rs"]
mod prelude;

use chrono::{DateTime, NaiveDate};
use libfuzzer_sys::fuzz_target;
use scs_checks::definition::{Definitions, Problem, Source};
use scs_checks::facts::{Facts, Now, SubjectKind};
use scs_checks::verdict::{Reason, ReasonCode, Verdict};
use std::iter;

fuzz_target!(|input: &[u8]| {
    let (standard, scope) = prelude::split(input);
    let parts = iter::once(("standard.yaml", standard)).chain(scope.map(|scope| ("scope.yaml", scope)));
    let mut sources = Vec::new();
    for (path, bytes) in parts {
        match Source::new(path, bytes) {
            Ok(source) => sources.push(source),
            Err(problem) => told(&problem, &String::from_utf8_lossy(bytes)),
        }
    }
    let loaded = Definitions::load(&sources);
    let reversed: Vec<Source> = sources.iter().rev().cloned().collect();
    match (&loaded, Definitions::load(&reversed)) {
        (Ok(definitions), Ok(again)) => {
            assert_eq!(definitions.digest, again.digest, "the order of the files does not count");
            consistent(definitions);
        }
        (Err(problems), Err(again)) => {
            assert_eq!(*problems, again);
            assert!(!problems.0.is_empty());
            for problem in &problems.0 {
                let source = sources.iter().find(|source| source.path == problem.path).expect("a file that was read");
                told(problem, &source.text);
            }
            assert!(!problems.to_string().is_empty());
        }
        _ => panic!("the order of the files counts"),
    }
});

fn told(problem: &Problem, text: &str) {
    let lines = text.lines().flat_map(|line| line.split('\r')).count();
    assert!(problem.line <= lines + 1, "line {} of {lines}", problem.line);
    let shown = problem.to_string();
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "disturbs a terminal: {shown:?}");
}

fn consistent(definitions: &Definitions) {
    assert_eq!(definitions.digest.len(), 64);
    let now = DateTime::UNIX_EPOCH;
    let reason = Reason::new(ReasonCode::Unreachable, "nobody is there");
    let of = |facts: &dyn Fn(SubjectKind, &Reason) -> Facts| {
        [SubjectKind::Cloud, SubjectKind::Cluster].map(|subject| facts(subject, &reason))
    };
    let (none, failed) = (of(&Facts::none), of(&Facts::failed));
    for testcase in definitions.testcases() {
        assert_eq!(definitions.testcase(&testcase.id).map(|found| &found.id), Some(&testcase.id));
        let rule = testcase.check.rule();
        for facts in none.iter().chain(&failed) {
            assert!(
                rule.evaluate(facts, Now::named(now)).verdict != Verdict::Pass,
                "{} passes without facts",
                testcase.id
            );
        }
        testcase.lifetime.expires_at(now);
    }
    for scope in definitions.scopes.values() {
        for (name, version) in &scope.versions {
            for ids in version.targets.values() {
                assert!(ids.iter().all(|id| scope.testcases.contains(id) && definitions.testcase(id).is_some()));
            }
            for day in scope.timeline.dates().chain([NaiveDate::MIN, NaiveDate::MAX]) {
                scope.timeline.validity(name, day);
            }
        }
    }
}
