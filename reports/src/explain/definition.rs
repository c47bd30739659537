//! Explains a testcase by its definition: what it checks, and where it counts.

use super::{ExplanationPage, TEXT};
use crate::console::page::Span;
use crate::json;
use crate::text::listing;
use crate::wording::{kind_of, noun};
use chrono::NaiveDate;
use scs_checks::definition::{
    Changes, Definitions, Level, Lifetime, Scope, Section, Standard, Target, Testcase, Validity,
};
use scs_checks::facts::FactKind;
use serde::Serialize;
use serde_json::Value;

/// Everything that is known of a testcase before any run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Its id.
    pub id: String,
    /// The id of its standard.
    pub standard: String,
    /// The title of its standard.
    pub title: String,
    /// The requirement.
    pub description: String,
    /// The clauses that it decides, like ones once.
    pub clauses: Vec<Demand>,
    /// The kind of check.
    pub check: String,
    /// The question that this kind of check answers.
    pub rule: String,
    /// Its parameters.
    pub parameters: Value,
    /// Kind and parameters as YAML.
    #[serde(skip)]
    pub yaml: String,
    /// The versions and targets in which it counts.
    pub counts: Vec<Counted>,
    /// The reason why it counts nowhere.
    pub untargeted: Option<String>,
    /// The facts that it needs.
    pub needs: Vec<Needed>,
    /// The resources that it creates in the subject; `no` if it creates none.
    pub changes_the_subject: Changes,
    /// The section: the effort of the test.
    pub section: Section,
    /// The lifetime of a result.
    pub lifetime: Lifetime,
    /// The remedy for a failure.
    pub remedy: String,
    /// The page that documents the test.
    pub url: String,
}

/// A clause, and the versions of the standard that have it in these words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Demand {
    /// Its name.
    pub id: String,
    /// The level: `must`, `should` …
    pub level: Level,
    /// The demand, in our words.
    pub text: String,
    /// The versions, for example `scs-0102-v1`.
    pub versions: Vec<String>,
    /// The text of the first of them.
    pub url: String,
}

/// A target that counts a testcase.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Counted {
    /// The version of the scope.
    pub version: String,
    /// The validity of the version today.
    pub validity: Validity,
    /// The target.
    pub target: Target,
}

/// A fact that a testcase needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Needed {
    /// Its name.
    pub fact: FactKind,
    /// Its description.
    pub what: String,
    /// True where it can only be observed by creating something.
    pub changes_the_subject: bool,
}

impl Explanation {
    /// Explains a testcase as of a day; none for one that is not defined.
    pub fn of(definitions: &Definitions, scope: &Scope, id: &str, today: NaiveDate) -> Option<Self> {
        let testcase = definitions.testcase(id)?;
        let standard = definitions.standards.get(&testcase.standard)?;
        let check = serde_json::to_value(&testcase.check).unwrap_or_default();
        let needs = testcase.check.rule().needs().iter().map(|fact| Needed {
            fact,
            what: fact.sentence().to_owned(),
            changes_the_subject: fact.changes_the_subject(),
        });
        Some(Self {
            id: testcase.id.clone(),
            standard: standard.id.clone(),
            title: standard.title.clone(),
            description: testcase.description.clone(),
            clauses: demands(standard, testcase),
            check: testcase.check.name().to_owned(),
            rule: testcase.check.sentence().to_owned(),
            parameters: check.get(testcase.check.name()).cloned().unwrap_or_default(),
            yaml: testcase.check.to_yaml(),
            counts: counts(scope, id, today),
            untargeted: testcase.untargeted.clone(),
            needs: needs.collect(),
            changes_the_subject: testcase.changes(),
            section: testcase.section,
            lifetime: testcase.lifetime,
            remedy: testcase.remedy.clone(),
            url: testcase.url.clone(),
        })
    }

    /// Renders it as JSON.
    ///
    /// # Errors
    /// Those of serde, which such values do not have.
    pub fn to_json(&self) -> serde_json::Result<String> {
        json::render(self)
    }

    /// Renders it for people, with colors.
    pub fn to_text(&self, width: usize) -> String {
        let mut sheet = ExplanationPage::new(width);
        sheet.0.paragraph(0, &[Span::strong(&self.id), Span::plain(format!(" ({} {})", self.standard, self.title))]);
        sheet.0.paragraph(0, &[Span::plain(&self.description)]);
        sheet.0.gap();
        for clause in &self.clauses {
            let versions: Vec<&str> = clause.versions.iter().map(String::as_str).collect();
            sheet.about("clause", format!("{} ({} {}): {}", clause.level, listing(&versions), clause.id, clause.text));
            sheet.about("", &clause.url);
        }
        sheet.about("rule", format!("{}: {}", self.check, self.rule));
        sheet.verbatim(&self.yaml);
        self.where_it_counts(&mut sheet);
        self.what_it_takes(&mut sheet);
        sheet.about("section", format!("{}: {}", self.section, self.section.sentence()));
        sheet.about("lifetime", format!("{}: {}", self.lifetime, self.lifetime.sentence()));
        sheet.about("remedy", &self.remedy);
        sheet.about("see", &self.url);
        sheet.0.finish()
    }

    fn where_it_counts(&self, sheet: &mut ExplanationPage) {
        let mut label = "counts";
        for counted in &self.counts {
            let role = match counted.target {
                Target::Main if counted.validity.decides() => "main: a certificate depends on it",
                Target::Main => "main",
                Target::Text => "text: it decides with --by-text",
                Target::Recommended => "recommended: it does not decide",
                Target::Preview => "preview: it does not decide",
            };
            let version = Span::plain(format!("{} ({})", counted.version, counted.validity));
            let label = Span::faint(std::mem::take(&mut label));
            sheet.0.cells([(0, label), (TEXT, version), (TEXT + 22, Span::plain(role))]);
        }
        if self.counts.is_empty() {
            let why = self.untargeted.as_ref().map_or(String::new(), |why| format!(": {why}"));
            sheet.about("counts", format!("in no version{why}; `check --select {}` runs it anyway", self.id));
        }
    }

    fn what_it_takes(&self, sheet: &mut ExplanationPage) {
        let mut label = "needs";
        let noun = noun(kind_of(self.needs.iter().map(|needed| needed.fact)));
        for needed in &self.needs {
            let how = if needed.changes_the_subject { format!(" This changes the {noun}.") } else { String::new() };
            sheet.about(std::mem::take(&mut label), format!("{}: {}{how}", needed.fact, needed.what));
        }
        let how = match self.changes_the_subject {
            Changes::No if self.needs.is_empty() => "nothing is collected: no program decides it".to_owned(),
            Changes::No => "it only reads".to_owned(),
            Changes::Maybe => format!("it only reads, unless the first fact is absent from the {noun}"),
            Changes::Yes => format!("it creates something in the {noun}: only with --allow-changes"),
        };
        sheet.about(label, how);
    }
}

/// Returns the clauses in the order of the versions; clauses in the same words appear once.
fn demands(standard: &Standard, testcase: &Testcase) -> Vec<Demand> {
    let mut demands: Vec<Demand> = Vec::new();
    for (name, version) in &standard.versions {
        let version_id = format!("{}-{name}", standard.id);
        for clause in version.clauses.iter().filter(|clause| testcase.clauses.contains(&clause.id.value)) {
            let same = |demand: &&mut Demand| demand.level == clause.level && demand.text == clause.text;
            match demands.iter_mut().find(same) {
                Some(demand) => demand.versions.push(version_id.clone()),
                None => demands.push(Demand {
                    id: clause.id.value.clone(),
                    level: clause.level,
                    text: clause.text.clone(),
                    versions: vec![version_id.clone()],
                    url: version.url.clone(),
                }),
            }
        }
    }
    demands
}

fn counts(scope: &Scope, id: &str, today: NaiveDate) -> Vec<Counted> {
    let mut counts = Vec::new();
    for (name, version) in &scope.versions {
        for (target, _) in version.targets.iter().filter(|(_, ids)| ids.iter().any(|other| other == id)) {
            let validity = scope.timeline.validity(name, today);
            counts.push(Counted { version: name.clone(), validity, target: *target });
        }
    }
    counts
}
