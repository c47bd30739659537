//! Scope files of today's suite, added to our standards: read as a whole or not at all.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scs_checks::definition::{Definitions, Problem, Source};
use std::cell::RefCell;
use std::fs;
use std::path::Path;

thread_local! {
    static DEFINITIONS: RefCell<Definitions> = RefCell::new(standards());
}

fuzz_target!(|input: &[u8]| {
    let source = match Source::new("scope.yaml", input) {
        Ok(source) => source,
        Err(problem) => return told(&problem, &String::from_utf8_lossy(input)),
    };
    DEFINITIONS.with_borrow_mut(|definitions| add(definitions, &source));
});

fn add(definitions: &mut Definitions, source: &Source) {
    let digest = definitions.digest.clone();
    match definitions.add_scope(source) {
        Err(problems) => {
            assert!(!problems.0.is_empty());
            problems.0.iter().for_each(|problem| told(problem, &source.text));
            assert!(!problems.to_string().is_empty());
            assert_eq!((&digest, 0), (&definitions.digest, definitions.scopes.len()), "a broken scope leaves a trace");
        }
        Ok((id, warnings)) => {
            assert_ne!(digest, definitions.digest);
            warnings.iter().for_each(|warning| told(warning, &source.text));
            let scope = definitions.scopes.swap_remove(&id).expect("the scope that was added");
            for (name, version) in &scope.versions {
                for (target, ids) in &version.targets {
                    assert!(ids.iter().all(|id| scope.testcases.contains(id)));
                    for (other, others) in &version.targets {
                        assert!(target == other || !ids.iter().any(|id| others.contains(id)), "two targets for one id");
                    }
                }
                for day in scope.timeline.dates() {
                    scope.timeline.validity(name, day);
                }
            }
        }
    }
}

fn told(problem: &Problem, text: &str) {
    let lines = text.lines().flat_map(|line| line.split('\r')).count();
    assert!(problem.line <= lines + 1, "line {} of {lines}", problem.line);
    let shown = problem.to_string();
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "disturbs a terminal: {shown:?}");
}

/// Loads our standards, without a scope.
fn standards() -> Definitions {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../standards/iaas");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let sources: Vec<Source> =
        paths.map(|path| Source::new(path.display().to_string(), &fs::read(&path).unwrap()).unwrap()).collect();
    Definitions::load(&sources).unwrap()
}
