//! Looks for what binds, but is not as it should be.

use super::clauses::ClauseTable;
use super::example::Examples;
use super::problem::{Problem, Source};
use super::scope::ScopeFile;
use super::stable::{self, Record};
use super::standard::{self, Basis, Clause, Level, Target, TestcaseEntry, VersionEntry};
use super::{Definitions, Located, data, is_scope, yaml};
use crate::check::CheckKind;
use crate::distributions::Distributions;
use crate::verdict::Verdict;
use serde_json::Value;
use std::collections::HashSet;
use std::fmt;
use url::Url;

/// Something that is not as it should be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remark {
    /// False for what may stay as it is.
    pub is_error: bool,
    /// The problem, with its place and remedy.
    pub problem: Problem,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_error { self.problem.fmt(f) } else { f.write_str(&self.problem.as_warning()) }
    }
}

/// Returns everything that the loader finds; if that is nothing, also the things that it lets through.
/// `recorded` holds the digests of stable versions, see [`Definitions::stable_record`]; `clauses` the numbers of demands in the
/// texts of the standards.
pub fn lint(sources: &[Source], recorded: Option<&Source>, clauses: Option<&Source>) -> Vec<Remark> {
    let definitions = match Definitions::load(sources) {
        Ok(definitions) => definitions,
        Err(problems) => return problems.0.into_iter().map(|problem| Remark { is_error: true, problem }).collect(),
    };
    let mut remarks = Remarks::default();
    let mut places = Vec::new();
    // The loader has read it, so it can be read.
    let data = data::load(sources).ok().flatten();
    for source in sources.iter().filter(|source| !data::is_data(source)) {
        if is_scope(source) {
            remarks.scope(source, &mut places);
        } else {
            remarks.standard(source, data.as_ref(), &mut places);
        }
    }
    remarks.unused_kinds(&definitions);
    remarks.stable_versions(&definitions, &places, recorded);
    if let Some(clauses) = clauses {
        remarks.numbers_of_clauses(&definitions, &places, clauses);
    }
    remarks.list.sort_by(|a, b| {
        let place = |remark: &Remark| (remark.problem.path.clone(), remark.problem.line, remark.problem.column);
        place(a).cmp(&place(b))
    });
    remarks.list
}

/// A version, with its name in the record and its position.
type NamedLine<'a> = (String, &'a Source, Located<String>);

#[derive(Default)]
struct Remarks {
    list: Vec<Remark>,
}

impl Remarks {
    fn error(&mut self, problem: Problem) {
        self.list.push(Remark { is_error: true, problem });
    }

    fn warning(&mut self, problem: Problem) {
        self.list.push(Remark { is_error: false, problem });
    }

    fn standard<'a>(&mut self, source: &'a Source, data: Option<&Distributions>, places: &mut Vec<NamedLine<'a>>) {
        // The loader has read it, so it can be read.
        let Ok(file) = standard::read(source, data) else { return };
        let Ok(examples) = Examples::new(source, file.defaults.given.as_ref()) else { return };
        for url in file.defaults.url.iter().chain(file.testcases.iter().filter_map(|testcase| testcase.url.as_ref())) {
            self.url(source, url);
        }
        let targeted: HashSet<&str> = file
            .versions
            .values()
            .flat_map(|version| version.targets.values().flat_map(|ids| ids.iter()))
            .map(|id| id.as_str())
            .collect();
        self.texts(source, file.defaults.remedy.iter().map(|remedy| ("remedy", remedy)));
        for testcase in &file.testcases {
            self.testcase(source, testcase, targeted.contains(testcase.id.as_str()));
            self.examples(source, testcase, &examples);
        }
        for (name, version) in &file.versions {
            self.url(source, &version.url);
            self.texts(source, [("title", &version.title)]);
            for clause in &version.clauses {
                self.clause(source, clause, version, &file.testcases);
            }
            places.push((format!("{}-{name}", file.standard), source, name.clone()));
        }
    }

    fn testcase(&mut self, source: &Source, testcase: &TestcaseEntry, targeted: bool) {
        let id = &testcase.id;
        self.texts(source, [("description", &testcase.description)]);
        self.texts(source, testcase.aliases.iter().map(|alias| ("alias", alias)));
        self.texts(source, testcase.remedy.iter().map(|remedy| ("remedy", remedy)));
        self.texts(source, testcase.untargeted.iter().map(|reason| ("untargeted", reason)));
        match &testcase.untargeted {
            None if !targeted => self.error(
                source
                    .problem_at(id, format!("\"{id}\" is in no target of any version, so it never counts"))
                    .help("put it into a target, or say why it is in none with `untargeted: …`"),
            ),
            Some(reason) if targeted => self.error(
                source
                    .problem_at(reason, format!("\"{id}\" is marked `untargeted`, but is in a target"))
                    .help("remove the mark, or the testcase from the targets"),
            ),
            _ => {}
        }
        if let Ok(Value::Object(check)) = serde_json::to_value(&testcase.check) {
            for path in check.values().flat_map(|parameters| blanks(parameters, String::new())) {
                let message = format!("\"{id}\" has an empty parameter: {path}");
                self.error(source.problem_at(id, message).help("write the intended value, or remove the entry"));
            }
        }
    }

    /// Asks the rule about each example, and wants one of PASS and one of FAIL where facts decide.
    fn examples(&mut self, source: &Source, testcase: &TestcaseEntry, examples: &Examples) {
        self.texts(source, testcase.examples.iter().map(|example| ("title", &example.title)));
        for problem in testcase.examples.iter().filter_map(|one| examples.contradiction(&testcase.check, one)) {
            self.error(problem);
        }
        let has = |verdict| testcase.examples.iter().any(|example| example.verdict == verdict);
        let decides = has(Verdict::Pass) && (has(Verdict::Fail) || testcase.check.only_warns());
        // The rule itself never decides what is left to people.
        let complete = decides || testcase.check.takes_evidence();
        if !testcase.check.rule().needs().is_empty() && !complete {
            let message = format!("\"{}\" lacks an example of PASS or one of FAIL", testcase.id);
            self.warning(source.problem_at(&testcase.id, message).help("write one under its `examples`"));
        }
    }

    /// Reports a must that does not count towards the certificate: most likely a mistake.
    fn clause(&mut self, source: &Source, clause: &Clause, version: &VersionEntry, testcases: &[TestcaseEntry]) {
        let id = &clause.id;
        if clause.text.trim().is_empty() {
            self.error(source.problem_at(id, format!("the clause \"{id}\" has no text")).help("write the demand"));
        }
        let decides = |testcase: &&TestcaseEntry| testcase.clauses.contains(id);
        let among = |target: Option<Target>| {
            let ids = version.targets.iter().filter(move |(name, _)| target.is_none_or(|target| **name == target));
            let ids: HashSet<&str> = ids.flat_map(|(_, ids)| ids.iter()).map(|id| id.as_str()).collect();
            testcases.iter().filter(decides).filter(move |testcase| ids.contains(testcase.id.as_str()))
        };
        let in_main = Basis::Text.targets().iter().any(|target| among(Some(*target)).next().is_some());
        // The other targets are where the judgement of people belongs.
        let by_suite = among(None).any(|testcase| !matches!(testcase.check, CheckKind::Manual(_)));
        let misplaced = clause.level == Level::Must && !in_main && by_suite;
        let reason = clause.outside_main.as_ref().map(|reason| !reason.trim().is_empty());
        match (misplaced, reason) {
            (true, None | Some(false)) => self.error(
                source
                    .problem_at(id, format!("\"{id}\" is a must, but only testcases outside the targets main and text decide it"))
                    .help("put a testcase that decides it into main or text, or say why there is none with `outside_main: …`"),
            ),
            (false, Some(_)) => self.error(
                source
                    .problem_at(id, format!("\"{id}\" is marked `outside_main`, but need not be"))
                    .help("remove the mark: the clause is decided in main or text, by people or by nothing, or is not a must"),
            ),
            _ => {}
        }
    }

    fn scope<'a>(&mut self, source: &'a Source, places: &mut Vec<NamedLine<'a>>) {
        let Ok(file) = yaml::read::<ScopeFile>(source) else { return };
        self.url(source, &file.url);
        self.texts(source, [("name", &file.name)]);
        places.extend(file.versions.keys().map(|name| (stable::name_of(&file.scope, name), source, name.clone())));
    }

    fn url(&mut self, source: &Source, url: &Located<String>) {
        let is_good = Url::parse(url)
            .is_ok_and(|parsed| parsed.scheme() == "https" && parsed.has_host() && parsed.username().is_empty());
        if !is_good || url.contains(char::is_whitespace) {
            let message = format!("\"{url}\" is not a usable address");
            self.error(source.problem_at(url, message).help("write a complete address that begins with https://"));
        }
    }

    fn texts<'a>(&mut self, source: &Source, texts: impl IntoIterator<Item = (&'static str, &'a Located<String>)>) {
        for (what, text) in texts.into_iter().filter(|(_, text)| text.trim().is_empty()) {
            let message = format!("this {what} is empty");
            self.error(source.problem_at(text, message).help("write a sentence for readers"));
        }
    }

    fn unused_kinds(&mut self, definitions: &Definitions) {
        let used: HashSet<&str> = definitions.testcases().map(|testcase| testcase.check.name()).collect();
        let unused: Vec<&str> = CheckKind::NAMES.iter().copied().filter(|name| !used.contains(name)).collect();
        if !unused.is_empty() {
            let message = format!("no testcase uses the check {}", unused.join(", "));
            let problem = Problem::of_file("(all files)", message);
            self.warning(
                problem
                    .help("if no other definitions use it either, this kind of check can be removed from the program"),
            );
        }
    }

    /// Compares the number of clauses of each level with that in the texts.
    fn numbers_of_clauses(&mut self, definitions: &Definitions, places: &[NamedLine<'_>], listed: &Source) {
        let table = match ClauseTable::read(listed) {
            Ok(table) => table,
            Err(problem) => return self.error(problem),
        };
        let mut known = Vec::new();
        for (standard, version) in definitions.standards.values().flat_map(|standard| {
            standard.versions.iter().map(|(name, version)| (format!("{}-{name}", standard.id), version))
        }) {
            if let Some((_, source, place)) = places.iter().find(|(other, ..)| *other == standard) {
                let problem = table.problem(&standard, &version.clauses, source, place);
                problem.into_iter().for_each(|problem| self.error(problem));
            }
            known.push(standard);
        }
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        table.unknown(&known, listed).into_iter().for_each(|problem| self.error(problem));
    }

    fn stable_versions(&mut self, definitions: &Definitions, places: &[NamedLine<'_>], recorded: Option<&Source>) {
        let digests = definitions.stable_digests();
        let Some(recorded) = recorded else {
            if !digests.is_empty() {
                let problem = Problem::of_file(stable::FILE, "stable versions are not recorded: changes go unnoticed");
                self.warning(problem.help("record them with `scs-conformance lint --update-digests DIR`"));
            }
            return;
        };
        let record = match Record::read(recorded) {
            Ok(record) => record,
            Err(problem) => return self.error(problem),
        };
        for (name, digest) in &digests {
            let Some((_, source, place)) = places.iter().find(|(other, ..)| other == name) else { continue };
            match record.digest(name) {
                Some(known) if known == digest => {}
                Some(_) => self.error(source.problem_at(place, changed(definitions, name)).help(HOW_TO_CHANGE)),
                None => self.error(
                    source
                        .problem_at(place, format!("{name} is stable, but not recorded"))
                        .help("record it with `scs-conformance lint --update-digests DIR`"),
                ),
            }
        }
        for place in record.names().filter(|name| !digests.contains_key(name.as_str())) {
            let message = format!("{place} was stable, but now is not stable or no longer exists");
            self.error(recorded.problem_at(place, message).help(HOW_TO_CHANGE));
        }
    }
}

const HOW_TO_CHANGE: &str = "stable versions must not change: make a new version. If it was recorded wrongly, or \
                             demands the same in other words, say so in the CHANGELOG and record it with \
                             `scs-conformance lint --update-digests DIR`";

fn changed(definitions: &Definitions, name: &str) -> String {
    let users: Vec<String> = definitions
        .scopes
        .values()
        .flat_map(|scope| scope.versions.iter().map(move |(version, content)| (scope, version, content)))
        .filter(|(.., content)| content.stabilized_at.is_some() && content.includes.iter().any(|other| other == name))
        .map(|(scope, version, _)| format!("{} {version}", scope.name))
        .collect();
    match users.as_slice() {
        [] => format!("{name} is stable, but has changed"),
        users => format!("{name} has changed, but is part of a stable version: {}", users.join(", ")),
    }
}

/// Finds the empty texts in parameters. An empty word accepts nothing, an empty prefix everything.
fn blanks(value: &Value, path: String) -> Vec<String> {
    let below = |key: String| if path.is_empty() { key } else { format!("{path}.{key}") };
    match value {
        Value::String(text) if text.trim().is_empty() => vec![path],
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(index, item)| blanks(item, format!("{path}[{index}]"))).collect()
        }
        Value::Object(object) => object
            .iter()
            .flat_map(|(key, item)| {
                let blank_key = key.trim().is_empty().then(|| below("\"\"".to_owned()));
                blank_key.into_iter().chain(blanks(item, below(key.clone())))
            })
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
