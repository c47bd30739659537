//! `/{language}/s/{subject}/{scope}/{testcase}`: the history of a testcase, and the time that fixes took (scs-0004, regulation 8c).

use super::chart::{Chart, axis};
use super::frame::{Head, Place, render};
use super::listed::{Listed, find_listed};
use super::part::DAYS;
use super::state::{Member, ScopeState, states};
use super::words;
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::board::View;
use crate::http::pages::{safe_url, segment};
use crate::http::past::{Asked, SHOWN, Strips};
use crate::http::path::Path;
use crate::judge::{ResultChange, Rules, Strip, verdicts};
use crate::language::Language;
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::NaiveDate;
use scs_checks::verdict::Verdict;
use std::sync::Arc;

/// The most changes and failures that are listed of a member.
const LISTED: usize = 200;

#[derive(Template)]
#[template(path = "site/testcase.html")]
struct History<'a> {
    t: Language,
    base: &'a str,
    link: String,
    title: &'a str,
    id: &'a str,
    scope_name: &'a str,
    description: &'a str,
    url: &'a str,
    /// The standards that it belongs to: names and addresses.
    standards: Vec<(String, String)>,
    /// The versions whose target `main` has it.
    versions: String,
    members: Vec<MemberHistory>,
    axis: Vec<String>,
}

/// The history of one member.
struct MemberHistory {
    name: String,
    class: &'static str,
    word: String,
    chart: Chart,
    flapping: Vec<String>,
    changes: Vec<Change>,
    failures: Vec<String>,
    /// The changes of conclusions that come from new rules: days and sentences.
    new_rules: Vec<(String, String)>,
    is_cut: bool,
}

/// A change from one result to the next.
struct Change {
    day: String,
    from: &'static str,
    to: &'static str,
    class: &'static str,
    report: String,
}

/// Shows the history of a testcase.
pub async fn page(
    State(app): State<Arc<App>>,
    Extension(language): Extension<Language>,
    Path((name, scope, id)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let rules = app.rules(&scope).ok_or_else(|| Answer::not_found("scope: there is none of this UUID or name"))?;
    if !rules.testcases.contains_key(&id) {
        return Err(Answer::not_found("testcase: the scope has none of this id"));
    }
    let (view, accounts) = (app.board.view(&app.store).await?, app.accounts().await?);
    let listed = find_listed(&app.registry(), &view, &accounts, &name)?;
    let make = || async {
        let path = ["s", &segment(&listed.name), &segment(&rules.id), &segment(&id)].join("/");
        let head = Head { title: format!("{id} – {}", listed.title), path, place: Place::Subject };
        render(&app, language, &head, &history(&app, &view, &listed, &rules, &id, language).await?)
    };
    let key = format!("site testcase {language} {name} {} {id}", rules.uuid);
    Ok(app.page(view.generation, key, make).await?.response(&headers))
}

async fn history<'a>(
    app: &'a App,
    view: &View,
    listed: &'a Listed,
    rules: &'a Rules,
    id: &'a str,
    t: Language,
) -> Result<History<'a>, Answer> {
    let states = states(app, view, listed).await?;
    let scope = states.iter().find(|scope| scope.rules.uuid == rules.uuid);
    let mut members = Vec::new();
    if let Some(scope) = scope {
        for member in &scope.members {
            let asked = Asked { subject: &member.name, rules, revision: member.revision, now: app.now() };
            let strips = app.pasts.strips(&app.store, asked).await?;
            let latest = view.latest(&member.name, &rules.uuid);
            let verdict = latest.and_then(|latest| verdicts(rules, latest, app.now()).get(id).copied());
            members.push(of_member(scope, member, &strips, (id, verdict.unwrap_or(Verdict::Miss)), t));
        }
    }
    let testcase = rules.testcases.get(id);
    let standards = rules.modules.values().filter(|module| module.testcases.iter().any(|one| one == id));
    Ok(History {
        t,
        base: &app.settings.base,
        link: segment(&listed.name),
        title: &listed.title,
        id,
        scope_name: &rules.name,
        description: testcase.map(|testcase| testcase.description.as_str()).unwrap_or_default(),
        url: testcase.map(|testcase| safe_url(&testcase.url)).unwrap_or_default(),
        standards: standards.map(|module| (module.name.clone(), safe_url(&module.url).to_owned())).collect(),
        versions: versions(rules, id, app.now().date_naive()),
        members,
        axis: axis(app.now().date_naive(), SHOWN, t),
    })
}

/// Returns the names of the versions listed on a day whose target `main` has a testcase.
fn versions(rules: &Rules, id: &str, day: NaiveDate) -> String {
    let listed = rules.listed(day).into_iter();
    let demanding = listed.filter(|(_, version, _)| version.demands(id)).map(|(name, ..)| name);
    demanding.collect::<Vec<_>>().join(", ")
}

fn of_member(
    scope: &ScopeState,
    member: &Member,
    strips: &Strips,
    (id, verdict): (&str, Verdict),
    t: Language,
) -> MemberHistory {
    let (strip, nothing) = (strips.of.get(id), Strip::default());
    let known = strip.unwrap_or(&nothing);
    let change = |change: &ResultChange| Change {
        day: t.date(change.day),
        from: words::day(change.from),
        to: words::day(change.to),
        class: words::day_class(change.to),
        report: strips.report(change.report).unwrap_or_default().to_owned(),
    };
    let is_demanded = |version: &str| scope.rules.versions.get(version).is_some_and(|version| version.demands(id));
    let transitions = member.conclusions.transitions.iter();
    let new_rules = transitions
        .filter(|change| change.new_rules && is_demanded(&change.version))
        .filter_map(|change| Some((t.date(change.night.parse().ok()?), words::change(change, t))));
    MemberHistory {
        name: member.name.clone(),
        class: words::class(Some(verdict)),
        word: words::since(verdict, strip, t),
        chart: Chart::new(strip, DAYS, t),
        flapping: known.flapping().iter().rev().map(|one| words::flapping(one, t)).collect(),
        changes: known.changes.iter().rev().take(LISTED).map(change).collect(),
        failures: known.failures().iter().rev().take(LISTED).map(|failure| words::failure(failure, t)).collect(),
        new_rules: new_rules.collect(),
        is_cut: strips.is_cut || known.changes.len() > LISTED,
    }
}
