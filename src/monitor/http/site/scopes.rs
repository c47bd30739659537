//! `/{language}/scopes`: each version of each scope, its standards, and the subjects that conform to it.

use super::frame::{Head, Place, render};
use super::listed::{Listed, listed};
use super::mark::Mark;
use super::versions::{Standard, Version, VersionRow};
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::board::View;
use crate::http::pages::{safe_url, segment};
use crate::judge::{Judgement, Latest, Rules, judge};
use crate::language::Language;
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::{DateTime, Utc};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "site/scopes.html")]
struct Scopes<'a> {
    t: Language,
    base: &'a str,
    scopes: Vec<Scope<'a>>,
}

struct Scope<'a> {
    id: &'a str,
    name: &'a str,
    url: &'a str,
    /// All versions.
    versions: Vec<VersionRow<'a>>,
    /// Those that are listed today; they are the columns of the matrices.
    listed: Vec<Version<'a>>,
    standards: Vec<Row<'a>>,
    subjects: Vec<SubjectRow>,
}

/// A standard, with the number of mandatory testcases in each version that includes it.
struct Row<'a> {
    standard: Standard<'a>,
    cells: Vec<Option<usize>>,
}

struct SubjectRow {
    link: String,
    title: String,
    cells: Vec<Cell>,
}

/// The standing of a subject by a version: the worst of its regions or configurations.
struct Cell {
    mark: Mark,
    word: &'static str,
    /// The number of those that conform.
    conformant: usize,
    /// The number of all.
    total: usize,
}

/// Shows all scopes.
pub async fn page(
    State(app): State<Arc<App>>,
    Extension(language): Extension<Language>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let (view, accounts) = (app.board.view(&app.store).await?, app.accounts().await?);
    let make = || async {
        let (rulebook, now) = (app.rulebook(), app.now());
        let subjects = listed(&app.registry(), &view, &accounts);
        let scopes = rulebook.scopes.values().map(|rules| scope(rules, &subjects, &view, now, language)).collect();
        let title = language.text("Scopes and versions", "Geltungsbereiche und Versionen").to_owned();
        let head = Head { title, path: "scopes".to_owned(), place: Place::Scopes };
        render(&app, language, &head, &Scopes { t: language, base: &app.settings.base, scopes })
    };
    let key = format!("scopes {language}");
    Ok(app.page(view.generation, key, make).await?.response(&headers))
}

fn scope<'a>(rules: &'a Rules, subjects: &[Listed], view: &View, now: DateTime<Utc>, language: Language) -> Scope<'a> {
    let listed = Version::listed(rules, now.date_naive());
    let standards = rules.modules.keys().map(|id| row(rules, id, &listed));
    let has_results = |subject: &&Listed| subject.tested.iter().any(|one| view.standing(one, &rules.uuid).is_some());
    let row_of = |subject: &Listed| subject_row(rules, subject, view, now, language);
    Scope {
        id: &rules.id,
        name: &rules.name,
        url: safe_url(&rules.url),
        versions: Version::all(rules, now.date_naive()).iter().map(|version| version.row(language)).collect(),
        standards: standards.filter(|row| row.cells.iter().any(Option::is_some)).collect(),
        subjects: subjects.iter().filter(has_results).map(row_of).collect(),
        listed,
    }
}

fn row<'a>(rules: &'a Rules, id: &'a str, listed: &[Version<'_>]) -> Row<'a> {
    let testcases = rules.modules.get(id).map(|module| module.testcases.as_slice()).unwrap_or_default();
    let mandatory = |version: &Version<'_>| testcases.iter().filter(|id| version.rule.demands(id)).count();
    let includes = |version: &Version<'_>| version.rule.includes.iter().any(|include| include == id);
    let cells = listed.iter().map(|version| includes(version).then(|| mandatory(version))).collect();
    Row { standard: Standard::new(rules, id), cells }
}

fn subject_row(rules: &Rules, subject: &Listed, view: &View, now: DateTime<Utc>, language: Language) -> SubjectRow {
    let nothing = Latest::default();
    let judge = |tested: &String| judge(rules, view.latest(tested, &rules.uuid).unwrap_or(&nothing), now);
    let judged: Vec<Vec<Judgement>> = subject.tested.iter().map(judge).collect();
    let columns = judged.first().map_or(0, Vec::len);
    let cell = |column: usize| {
        let marks: Vec<Mark> = judged.iter().filter_map(|one| one.get(column)).map(Mark::of_version).collect();
        let conformant = marks.iter().filter(|mark| **mark == Mark::Passes).count();
        let mark = marks.iter().copied().min().unwrap_or(Mark::NotTested);
        Cell { mark, word: mark.of_version_word(language), conformant, total: marks.len() }
    };
    let cells = (0..columns).map(cell).collect();
    SubjectRow { link: segment(&subject.name), title: subject.title.clone(), cells }
}
