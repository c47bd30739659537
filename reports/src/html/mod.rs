//! The report as one HTML page that needs nothing else: no network, no other file, no script.
//!
//! Templates in `templates/html` make the page from the views built here. Every text passes
//! [`Escape`], and a content security policy forbids whatever a mistake might let through.

mod case;
mod cleanup;
mod escape;
mod facts;
mod findings;
mod look;
mod overview;
mod policy;
mod sections;
#[cfg(test)]
mod tests;
mod words;

use crate::report::Report;
use crate::text::thousands;
use askama::Template;
use scs_checks::facts::FactKind;
use scs_checks::verdict::Verdict;

pub(crate) use escape::Escape;
use look::Look;

/// Renders the report as a page.
///
/// # Errors
/// Those of the templates; writing to memory has none.
pub(crate) fn render(report: &Report) -> askama::Result<String> {
    Page::of(report).render()
}

/// The whole page.
#[derive(Template)]
#[template(path = "html/page.html")]
struct Page<'a> {
    report: &'a Report,
    style: &'static str,
    script: &'static str,
    policy: String,
    notices: Vec<overview::Notice<'a>>,
    made: Option<cleanup::Made<'a>>,
    conclusions: Vec<overview::Sentence>,
    versions: Vec<overview::Version<'a>>,
    sections: Vec<sections::Section<'a>>,
    facts: Vec<facts::Fact<'a>>,
    /// The look of each verdict, and the number of testcases that have it.
    filter: Vec<(Look, String)>,
}

impl<'a> Page<'a> {
    fn of(report: &'a Report) -> Self {
        let verdicts = [Verdict::Fail, Verdict::Abort, Verdict::Miss, Verdict::Pass];
        let filter = verdicts.map(|verdict| {
            let number = report.testcases.values().filter(|result| result.verdict == verdict).count();
            (Look::of(report, Some(verdict)), thousands(number))
        });
        Self {
            report,
            style: policy::STYLE,
            script: policy::SCRIPT,
            policy: policy::policy(),
            notices: overview::notices(report),
            made: cleanup::made(report),
            conclusions: overview::conclusions(report),
            versions: overview::versions(report),
            sections: sections::sections(report),
            facts: facts::facts(report),
            filter: filter.into(),
        }
    }

    /// Returns the first word of the title: what the reader of many tabs wants to know.
    fn word(&self) -> &'static str {
        let failure = self.notices.iter().map(|notice| notice.look).find(|look| look.class == "fail");
        let first = self.conclusions.iter().map(|sentence| sentence.look);
        failure.or(first.min_by_key(|look| look.class != "fail")).map_or("", |look| look.word)
    }

    fn was_collected(&self, kind: &FactKind) -> bool {
        self.report.facts.contains_key(kind)
    }

    fn took(&self) -> String {
        let took = self.report.finished_at - self.report.started_at;
        words::span(took.num_milliseconds().try_into().unwrap_or_default())
    }
}
