//! The definitions: what the standards demand, as data.
//!
//! [`Definitions::load`] reads all standards and scopes, and either everything in them is
//! consistent, or every problem is reported with its place.

mod clauses;
mod data;
mod date;
mod distro_info;
mod evidence;
mod evidence_file;
mod example;
mod grouped;
mod lifetime;
mod lint;
mod located;
mod problem;
mod regime;
mod scope;
mod section;
mod stable;
mod standard;
#[cfg(test)]
mod tests;
mod timeline;
mod upstream;
mod yaml;

pub use clauses::FILE as CLAUSES_FILE;
pub use data::load as distributions_of;
pub use date::Date;
pub use evidence::{Evidence, Statement};
pub use evidence_file::ReadDocument;
pub use example::Example;
pub use lifetime::Lifetime;
pub use lint::{Remark, lint};
pub use located::Located;
pub use problem::{NO_CONTENT, Problem, Problems, Source, nearest};
pub use regime::Regime;
pub use scope::{Declared, DeclaredModule, DeclaredTestcase, Scope, ScopeVersion};
pub use section::Section;
pub use stable::FILE as STABLE_FILE;
pub use standard::{Basis, Changes, Clause, Level, Standard, StandardVersion, Target, Testcase};
pub use timeline::{Timeline, Validity};

use crate::distributions::Distributions;
use crate::schema::of_definition;
use chrono::NaiveDate;
use indexmap::IndexMap;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::{self, Write};
use strum::Display;

/// The origin of definitions.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Origin {
    /// They are the published ones.
    Official,
    /// They differ from the published ones, so verdicts by them say nothing about the published standards.
    Altered,
}

/// The publisher of definitions that are newer than the program.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Publisher {
    /// The name under which the operator knows the key of the signature.
    pub name: String,
    /// The date of the definitions.
    pub date: NaiveDate,
}

impl fmt::Display for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "of {} by {}", self.date, self.name)
    }
}

/// All standards and scopes, bound to each other.
#[derive(Debug)]
pub struct Definitions {
    /// The standards by id, in the order of their ids.
    pub standards: IndexMap<String, Standard>,
    /// The scopes by id.
    pub scopes: IndexMap<String, Scope>,
    /// SHA-256 over the content of all files, in hexadecimal digits.
    pub digest: String,
    /// The origin. Definitions count as altered until a caller that has the official ones confirms them.
    pub origin: Origin,
    /// The publisher of official definitions that are not those of the program.
    pub publisher: Option<Publisher>,
    /// The day as of which the releases of distributions are known; none without any.
    pub distributions_as_of: Option<NaiveDate>,
    /// The position of each testcase: the index of its standard, and its own within that.
    places: HashMap<String, (usize, usize)>,
}

impl Definitions {
    /// Reads all definitions. A file with the key `scope` at its beginning is a scope, one with the key `distributions` has
    /// releases of distributions, any other is a standard.
    ///
    /// # Errors
    /// Every problem in any of the files. Problems between files are looked for only if each
    /// file alone is fine.
    pub fn load(sources: &[Source]) -> Result<Self, Problems> {
        let sources = sorted(sources);
        let data = data::load(sources.iter().copied()).map_err(|problem| Problems(vec![problem]))?;
        let definitions = sources.iter().filter(|source| !data::is_data(source));
        let (scopes, standards): (Vec<&Source>, Vec<&Source>) = definitions.partition(|source| is_scope(source));
        let standards = load_standards(&standards, data.as_ref())?;
        let mut problems = Vec::new();
        let mut loaded: IndexMap<String, Scope> = IndexMap::new();
        for source in scopes {
            match scope::load(source, &standards) {
                Ok(scope) if loaded.contains_key(&scope.id) => {
                    problems.push(source.problem(0, 0, format!("there is a second scope \"{}\"", scope.id)));
                }
                Ok(scope) => drop(loaded.insert(scope.id.clone(), scope)),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() {
            let (digest, places) = (digest_of_sorted(&sources), places(&standards));
            let (origin, publisher) = (Origin::Altered, None);
            let distributions_as_of = data.map(|data| data.as_of);
            Ok(Self { standards, scopes: loaded, digest, origin, publisher, distributions_as_of, places })
        } else {
            Err(Problems(problems))
        }
    }

    /// Reads definitions without their examples, which most commands do not need. The digest is that of the whole files.
    ///
    /// # Errors
    /// Every other problem in any of the files.
    pub fn load_without_examples(sources: &[Source]) -> Result<Self, Problems> {
        let bare: Vec<Source> = sources.iter().map(example::without_examples).collect();
        Ok(Self { digest: digest(sources), ..Self::load(&bare)? })
    }

    /// Returns the JSON Schema of a standard's file.
    pub fn standard_schema() -> Schema {
        of_definition::<standard::StandardFile>()
    }

    /// Returns the JSON Schema of a scope's file.
    pub fn scope_schema() -> Schema {
        of_definition::<scope::ScopeFile>()
    }

    /// Returns the JSON Schema of the file with releases of distributions.
    pub fn distributions_schema() -> Schema {
        of_definition::<Distributions>()
    }

    /// Reads one more scope, in our form, in that of today's suite or in the coming one, and gives its id and
    /// warnings. A scope of the same id is replaced.
    ///
    /// # Errors
    /// Every problem in the file.
    pub fn add_scope(&mut self, source: &Source) -> Result<(String, Vec<Problem>), Problems> {
        let known: IndexMap<&str, &str> = self.testcases().flat_map(Testcase::names).collect();
        let loaded = if grouped::is_grouped(source) {
            grouped::load(source, &known)
        } else if upstream::is_upstream(source) {
            upstream::load(source, &known)
        } else {
            scope::load(source, &self.standards).map(|scope| (scope, Vec::new()))
        };
        let (scope, warnings) = loaded.map_err(Problems)?;
        self.digest = sha256(format!("{}\n{}", self.digest, source.text).as_bytes());
        (self.origin, self.publisher) = (Origin::Altered, None);
        let id = scope.id.clone();
        self.scopes.insert(id.clone(), scope);
        Ok((id, warnings))
    }

    /// Makes definitions official that this publisher has signed.
    pub fn vouch(&mut self, publisher: Publisher) {
        (self.origin, self.publisher) = (Origin::Official, Some(publisher));
    }

    /// Returns all testcases of all standards.
    pub fn testcases(&self) -> impl Iterator<Item = &Testcase> {
        self.standards.values().flat_map(|standard| &standard.testcases)
    }

    /// Returns a testcase by its id, or by an alias of it.
    pub fn testcase(&self, id: &str) -> Option<&Testcase> {
        let (standard, own) = *self.places.get(id)?;
        self.standards.get_index(standard)?.1.testcases.get(own)
    }
}

fn places(standards: &IndexMap<String, Standard>) -> HashMap<String, (usize, usize)> {
    let of_standard = |(index, standard): (usize, &Standard)| -> Vec<(String, (usize, usize))> {
        let testcases = standard.testcases.iter().enumerate();
        testcases
            .flat_map(|(own, testcase)| testcase.names().map(move |(name, _)| (name.to_owned(), (index, own))))
            .collect()
    };
    standards.values().enumerate().flat_map(of_standard).collect()
}

/// Returns true if the file defines a scope: standards begin with the key `standard`, scopes with `scope`.
fn is_scope(source: &Source) -> bool {
    source.text.lines().any(|line| line.starts_with("scope:"))
}

fn load_standards(sources: &[&Source], data: Option<&Distributions>) -> Result<IndexMap<String, Standard>, Problems> {
    let mut problems = Vec::new();
    let mut loaded = Vec::new();
    for source in sources {
        match standard::load(source, data) {
            Ok(standard) => loaded.push((*source, standard)),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() {
        refuse_duplicates(&loaded, &mut problems);
    }
    if problems.is_empty() {
        let mut standards: IndexMap<_, _> =
            loaded.into_iter().map(|(_, loaded)| (loaded.standard.id.clone(), loaded.standard)).collect();
        standards.sort_keys();
        Ok(standards)
    } else {
        Err(Problems(problems))
    }
}

fn refuse_duplicates(loaded: &[(&Source, standard::Loaded)], problems: &mut Vec<Problem>) {
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for (source, loaded) in loaded {
        for id in std::iter::once(&loaded.id).chain(&loaded.testcase_ids) {
            if let Some(other) = seen.insert(id, &source.path) {
                let message = format!("the id \"{id}\" is already taken in {other}");
                problems.push(source.problem_at(id, message).help("ids are unique over all standards"));
            }
        }
    }
}

/// Returns the SHA-256 over the content of all files, in the order of their paths, in hexadecimal digits.
pub fn digest(sources: &[Source]) -> String {
    digest_of_sorted(&sorted(sources))
}

fn sorted(sources: &[Source]) -> Vec<&Source> {
    let mut sources: Vec<&Source> = sources.iter().collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

fn digest_of_sorted(sources: &[&Source]) -> String {
    let mut all = String::new();
    for source in sources {
        all.push_str(&sha256(source.text.as_bytes()));
        all.push('\n');
    }
    sha256(all.as_bytes())
}

/// Returns the SHA-256 of bytes, in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
