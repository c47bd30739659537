//! `/{language}/`: all subjects, the certified ones first, each with the sentence that a customer reads first.

use super::frame::{Head, Place, render};
use super::listed::{Listed, listed};
use super::state::{Mood, ScopeState, states};
use super::words::{self, CertificateWords};
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::board::View;
use crate::http::pages::segment;
use crate::language::Language;
use crate::registry::Section;
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "site/overview.html")]
struct Overview<'a> {
    t: Language,
    base: &'a str,
    sections: Vec<Group>,
    /// The choices of the filters: values with their words.
    operators: BTreeMap<String, String>,
    scopes: BTreeMap<String, String>,
    moods: Vec<(&'static str, &'static str)>,
}

/// A section of the overview.
struct Group {
    id: &'static str,
    title: &'static str,
    rows: Vec<Row>,
}

/// A subject by one scope.
struct Row {
    title: String,
    link: String,
    operator: String,
    operator_title: String,
    technology: Option<String>,
    scope: String,
    scope_name: String,
    class: &'static str,
    state: &'static str,
    sentence: String,
    version: String,
    tested: String,
    /// The notes beside it: that the version is about to expire, what other versions conclude.
    notes: Vec<String>,
    /// The members that differ, each with its sign and sentence.
    members: Vec<(&'static str, String, String)>,
    number_of_members: usize,
    certificates: Vec<CertificateWords>,
}

/// Shows the overview.
pub async fn page(
    State(app): State<Arc<App>>,
    Extension(language): Extension<Language>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let view = app.board.view(&app.store).await?;
    let make = || async {
        let title = language.text("Which clouds conform?", "Welche Clouds sind konform?").to_owned();
        let head = Head { title, path: String::new(), place: Place::Overview };
        render(&app, language, &head, &overview(&app, &view, language).await?)
    };
    let key = format!("overview {language}");
    Ok(app.page(view.generation, key, make).await?.response(&headers))
}

async fn overview<'a>(app: &'a App, view: &View, language: Language) -> Result<Overview<'a>, Answer> {
    let (registry, accounts) = (app.registry(), app.accounts().await?);
    let (mut certified, mut others) = (Vec::new(), Vec::new());
    for one in listed(&registry, view, &accounts) {
        let states = states(app, view, &one).await?;
        let rows = if one.section == Section::Certified { &mut certified } else { &mut others };
        rows.extend(states.iter().map(|state| row(&one, state, language)));
        if states.is_empty() {
            rows.push(without_scope(&one, language));
        }
    }
    let all = || certified.iter().chain(&others);
    let operators = all().filter(|row: &&Row| !row.operator.is_empty());
    let operators = operators.map(|row| (row.operator.clone(), row.operator_title.clone())).collect();
    let scopes = all().filter(|row| !row.scope.is_empty());
    let scopes = scopes.map(|row| (row.scope.clone(), row.scope_name.clone())).collect();
    let moods = [Mood::Conformant, Mood::CertifiedFailing, Mood::Failing, Mood::Untested, Mood::Undecided];
    let moods = moods.into_iter().filter(|mood| all().any(|row| row.state == mood.name()));
    let moods = moods.map(|mood| (mood.name(), words::mood(mood, language))).collect();
    let groups = [
        Group { id: "certified", title: language.text("Certified", "Zertifiziert"), rows: certified },
        Group {
            id: "listed",
            title: language.text("Tested, not certified", "Getestet, nicht zertifiziert"),
            rows: others,
        },
    ];
    let sections = groups.into_iter().filter(|group| !group.rows.is_empty()).collect();
    Ok(Overview { t: language, base: &app.settings.base, sections, operators, scopes, moods })
}

/// Returns the row of a subject that nothing is known of but that it exists.
fn without_scope(listed: &Listed, language: Language) -> Row {
    let operator = listed.operator.as_ref();
    let sentence = language.text("Not tested yet", "Noch nicht getestet").to_owned();
    Row {
        title: listed.title.clone(),
        link: segment(&listed.name),
        operator: operator.map(|operator| operator.name.clone()).unwrap_or_default(),
        operator_title: operator.map(|operator| operator.title.clone()).unwrap_or_default(),
        technology: listed.technology.clone(),
        scope: String::new(),
        scope_name: String::new(),
        class: Mood::Untested.class(),
        state: Mood::Untested.name(),
        sentence,
        version: String::new(),
        tested: String::new(),
        notes: Vec::new(),
        members: Vec::new(),
        number_of_members: listed.tested.len(),
        certificates: Vec::new(),
    }
}

fn row(listed: &Listed, scope: &ScopeState, language: Language) -> Row {
    let base = Row {
        scope: scope.rules.id.clone(),
        scope_name: scope.rules.name.clone(),
        certificates: certificates(scope, language),
        ..without_scope(listed, language)
    };
    let Some((version, worst)) = scope.speaking().and_then(|version| Some((version, scope.worst(version)?))) else {
        return Row { sentence: words::no_version(language).to_owned(), ..base };
    };
    let differing = scope.differing(version).into_iter();
    let members =
        differing.map(|(name, standing)| (Mood::of(&standing).class(), name.to_owned(), standing.sentence(language)));
    let mood = scope.mood();
    Row {
        class: Mood::of(&worst).class(),
        state: mood.name(),
        sentence: worst.sentence(language),
        version: version.to_owned(),
        tested: words::tested(&worst, language),
        notes: notes(scope, version, language),
        members: members.collect(),
        ..base
    }
}

/// Returns the certificates that the overview tells of: an expired one for as long as the status page has to be there.
fn certificates(scope: &ScopeState, language: Language) -> Vec<CertificateWords> {
    let shown = scope.certificates.iter().filter(|one| scope.today <= one.online_until());
    shown.map(|one| words::certificate(scope, one, language)).collect()
}

/// Says that the version that speaks is about to expire, and what the other versions in force conclude.
fn notes(scope: &ScopeState, speaking: &str, language: Language) -> Vec<String> {
    let deciding = scope.deciding();
    let expiry = deciding.iter().find(|judged| judged.version == speaking);
    let expiry = expiry.and_then(|judged| words::expiry(judged, language));
    let others = deciding.iter().filter(|judged| judged.version != speaking).filter_map(|judged| {
        let sentence = scope.worst(&judged.version)?.sentence(language);
        // The sentence of one that is fulfilled names its version.
        Some(if sentence.contains(&judged.version) { sentence } else { format!("{}: {sentence}", judged.version) })
    });
    expiry.into_iter().chain(others).collect()
}
