//! Examples of testcases: a few facts, and the verdict on them. Pages show them, and `lint` asks the real rule.
//!
//! Their facts are text, which is read as the facts of the rule's kind of subject. A program that does not need examples
//! leaves them out when it starts, see [`without_examples`].

#[cfg(test)]
mod tests;

use super::located::Located;
use super::problem::{Problem, Source};
use super::yaml;
use crate::check::CheckKind;
use crate::facts::{FactKind, Facts, Now};
use crate::verdict::{Finding, Outcome, Reason, ReasonCode, Severity, Verdict};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// An example of a testcase: a few facts, and the verdict on them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// A title: the special thing about the facts, in a few words.
    pub title: Located<String>,
    /// The facts that the rule needs, as YAML in the form of recordings. An entry may leave out fields that `given` has.
    pub facts: Located<String>,
    /// The instant that counts as now, if the rule takes one.
    pub now: Option<DateTime<Utc>>,
    /// The verdict.
    pub verdict: Verdict,
    /// A word that stands in what is found: for FAIL in what contradicts the requirement, for ABORT and MISS in the reason.
    pub names: Option<Located<String>>,
}

type Object = Map<String, Value>;

/// The examples of a file.
pub(super) struct Examples<'a> {
    source: &'a Source,
    given: Option<&'a Located<String>>,
    /// The fields that all entries of a fact have unless they say otherwise, by the name of the fact.
    fields: Object,
}

impl<'a> Examples<'a> {
    /// Reads the `given` of a file.
    ///
    /// # Errors
    /// It is no YAML, or names a fact that there is not.
    pub fn new(source: &'a Source, given: Option<&'a Located<String>>) -> Result<Self, Problem> {
        let mut examples = Self { source, given, fields: Object::new() };
        let Some(text) = given else { return Ok(examples) };
        examples.fields = examples.read(text)?;
        let known: Vec<String> = FactKind::NAMES.iter().map(|name| name.replace('-', "_")).collect();
        match examples.fields.keys().find(|name| !known.contains(name)) {
            Some(name) => Err(examples
                .at_word(text, name, format!("there is no fact \"{name}\""))
                .suggest(name, known.iter().map(String::as_str))),
            None => Ok(examples),
        }
    }

    /// Returns what is wrong with an example in itself, whatever the rule says.
    pub fn problem(&self, check: &CheckKind, example: &Example) -> Option<Problem> {
        let rule = check.rule();
        let at = |message: &str, help: &str| Some(self.source.problem_at(&example.title, message).help(help));
        match (&example.names, example.verdict) {
            (None, Verdict::Fail) => at("the example does not say what is found", "add names: …"),
            _ if rule.takes_now() && example.now.is_none() => at("the rule asks for the date", "add now: …"),
            _ if !rule.takes_now() && example.now.is_some() => at("the rule does not ask for the date", "remove now"),
            _ => self.facts(check, example).err(),
        }
    }

    /// Asks the rule, and returns what differs from the example.
    pub fn contradiction(&self, check: &CheckKind, example: &Example) -> Option<Problem> {
        let facts = match self.facts(check, example) {
            Ok(facts) => facts,
            Err(problem) => return Some(problem),
        };
        let outcome = check.rule().evaluate(&facts, Now::named(example.now.unwrap_or_default()));
        let message = difference(example, &outcome)?;
        Some(self.source.problem_at(&example.title, format!("example \"{}\": {message}", example.title)))
    }

    /// Reads the facts. Those that it does not have are not collected.
    fn facts(&self, check: &CheckKind, example: &Example) -> Result<Facts, Problem> {
        let needs: Vec<FactKind> = check.rule().needs().iter().collect();
        let slots: Object = self.read(&example.facts)?;
        let Some(subject) = needs.first().map(|fact| fact.subject()) else {
            return Err(self
                .source
                .problem_at(&example.title, "no facts decide this testcase")
                .help("remove the example"));
        };
        let none = Facts::none(subject, &Reason::new(ReasonCode::NotSelected, "the example does not have it"));
        let mut facts = serde_json::to_value(none).unwrap_or_default();
        let needed: Vec<String> = needs.iter().map(|fact| slot_name(*fact)).collect();
        for (name, mut slot) in slots {
            if !needed.contains(&name) {
                let problem = self.at_word(&example.facts, &name, format!("the rule needs no fact \"{name}\""));
                return Err(problem.suggest(&name, needed.iter().map(String::as_str)));
            }
            if let (Some(known), Some(Value::Object(fields))) = (slot.get_mut("known"), self.fields.get(&name)) {
                fill(known, fields);
            }
            facts[subject.to_string()][name] = slot;
        }
        serde_path_to_error::deserialize(facts).map_err(|error| {
            let path: Vec<String> = error.path().iter().map(ToString::to_string).collect();
            self.misfit(&example.facts, &path, &error.into_inner().to_string())
        })
    }

    fn read(&self, text: &Located<String>) -> Result<Object, Problem> {
        let snippet = Source { path: self.source.path.clone(), text: text.value.clone() };
        yaml::read_foreign(&snippet).map_err(|problem| {
            let (line, column) = self.place(text, problem.line, problem.column);
            Problem { help: problem.help, ..self.source.problem(line, column, problem.message) }
        })
    }

    /// Tells what does not fit the type of a fact.
    fn misfit(&self, text: &Located<String>, path: &[String], error: &str) -> Problem {
        let mut quoted = error.split('`').skip(1).step_by(2);
        match quoted.next().filter(|_| error.starts_with("unknown ")) {
            Some(word) => {
                self.at_word(text, word, format!("unknown word \"{word}\" in the facts")).suggest(word, quoted)
            }
            None => {
                let written = path.iter().rev().find(|word| yaml::position(&text.value, word).is_some());
                let word = written.map_or("", String::as_str);
                self.at_word(text, word, format!("{}: {error}", path.join(".")))
            }
        }
    }

    /// Returns a problem where a word stands in a text, or else in `given`, or else where the text begins.
    fn at_word(&self, text: &Located<String>, word: &str, message: String) -> Problem {
        let texts = std::iter::once(text).chain(self.given);
        let found = texts.into_iter().find_map(|text| Some((text, yaml::position(&text.value, word)?)));
        let (line, column) = match found {
            Some((text, (line, column))) => self.place(text, line, column),
            None => (text.line, text.column),
        };
        self.source.problem(line, column, message)
    }

    /// Returns where a place of a text stands in the file: exactly behind `|` and on a single line.
    fn place(&self, text: &Located<String>, line: usize, column: usize) -> (usize, usize) {
        let mut lines = self.source.text.lines().skip(text.line.saturating_sub(2));
        let above = lines.next().unwrap_or_default().trim_end();
        let first = lines.next().and_then(|line| line.chars().nth(text.column.saturating_sub(1)));
        let is_plain = !matches!(first, Some('\'' | '"'));
        if above.ends_with('|') {
            ((text.line + line).saturating_sub(1), (text.column + column).saturating_sub(1))
        } else if line == 1 {
            (text.line, (text.column + column).saturating_sub(usize::from(is_plain)))
        } else {
            (text.line, text.column)
        }
    }
}

/// Returns a file with empty lines in place of examples, as far as they are written in blocks: reading them takes as long as
/// reading the rest.
pub(super) fn without_examples(source: &Source) -> Source {
    let mut text = String::with_capacity(source.text.len());
    let mut within = None;
    for line in source.text.lines() {
        let key = line.trim_start();
        let indent = line.len() - key.len();
        within = within.filter(|outer| key.is_empty() || indent > *outer);
        if within.is_none() && (key == "examples:" || key == "given: |") {
            within = Some(indent);
        }
        if within.is_none() {
            text.push_str(line);
        }
        text.push('\n');
    }
    Source { path: source.path.clone(), text }
}

/// Returns the name of a fact in recordings.
fn slot_name(fact: FactKind) -> String {
    fact.to_string().replace('-', "_")
}

/// Adds fields that are not there to an object, or to each object of a list.
fn fill(value: &mut Value, fields: &Object) {
    match value {
        Value::Array(entries) => entries.iter_mut().for_each(|entry| fill(entry, fields)),
        Value::Object(object) => {
            for (name, field) in fields {
                object.entry(name).or_insert_with(|| field.clone());
            }
        }
        _ => {}
    }
}

/// Returns how an outcome differs from what an example expects.
fn difference(example: &Example, outcome: &Outcome) -> Option<String> {
    let Outcome { verdict, reason, findings, vacuous, .. } = outcome;
    let reason = reason.iter().map(|reason| reason.message.clone());
    let said: Vec<String> = reason.chain(findings.iter().filter(|it| weighs(it, *verdict)).map(text_of)).collect();
    let names = example.names.as_ref().map_or("", |names| names.value.as_str());
    if *verdict != example.verdict {
        Some(format!("the verdict is {verdict}, not {}: {}", example.verdict, said.join("; ")))
    } else if *vacuous {
        Some("it passes because there is nothing to examine".to_owned())
    } else if !names.is_empty() && !said.iter().any(|text| text.contains(names)) {
        Some(format!("nothing that is found names \"{names}\": {}", said.join("; ")))
    } else {
        None
    }
}

/// Returns true if the finding counts: where something is violated, only violations do.
fn weighs(finding: &Finding, verdict: Verdict) -> bool {
    verdict != Verdict::Fail || finding.severity == Severity::Violation
}

fn text_of(finding: &Finding) -> String {
    let resource = finding.resource.iter().flat_map(|resource| [&resource.name, &resource.id]);
    let parts = [&finding.property, &finding.expected, &finding.observed].into_iter().flatten();
    resource.chain(parts).chain([&finding.message]).map(String::as_str).collect::<Vec<_>>().join(" ")
}
