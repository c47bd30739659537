//! The page of the forecast.

use super::draft::{Draft, Outset, drafts};
use super::due::{AHEAD, ending_certificates, evidence_due};
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::site::frame::{Head, Place, render};
use crate::http::site::listed::listed;
use crate::http::site::versions::{Version, state};
use crate::judge::Rules;
use crate::language::Language;
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::NaiveDate;
use std::sync::Arc;

/// The most rows of certificates and of statements.
const ROWS: usize = 500;

#[derive(Template)]
#[template(path = "site/forecast.html")]
struct Forecast<'a> {
    t: Language,
    base: &'a str,
    days: u64,
    scopes: Vec<Scope<'a>>,
    certificates: Vec<Ending>,
    evidence: Vec<Due>,
}

struct Scope<'a> {
    id: &'a str,
    name: &'a str,
    /// The versions in force, with the words on their ends.
    in_force: Vec<String>,
    /// The coming changes of the timeline.
    coming: Vec<String>,
    drafts: Vec<Draft<'a>>,
}

struct Ending {
    title: String,
    subject: String,
    scope: String,
    id: String,
    last: String,
    left: String,
    is_renewed: bool,
}

struct Due {
    title: String,
    subject: String,
    tested: String,
    testcase: String,
    last: String,
    is_over: bool,
}

/// Shows what comes.
pub async fn page(
    State(app): State<Arc<App>>,
    Extension(language): Extension<Language>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let (view, accounts) = (app.board.view(&app.store).await?, app.accounts().await?);
    let make = || async {
        let (registry, rulebook, now) = (app.registry(), app.rulebook(), app.now());
        let (subjects, today) = (listed(&registry, &view, &accounts), now.date_naive());
        let scopes = rulebook.scopes.values().map(|rules| Scope {
            id: &rules.id,
            name: &rules.name,
            in_force: in_force(rules, today, language),
            coming: coming(rules, today, language),
            drafts: drafts(Outset { rules, subjects: &subjects, view: &view, now, language }),
        });
        let content = Forecast {
            t: language,
            base: &app.settings.base,
            days: AHEAD,
            scopes: scopes.collect(),
            certificates: endings(&app, today, language),
            evidence: dues(&app, today, language),
        };
        let title = language.text("Forecast", "Ausblick").to_owned();
        render(&app, language, &Head { title, path: "forecast".to_owned(), place: Place::Forecast }, &content)
    };
    let key = format!("forecast {language}");
    Ok(app.page(view.generation, key, make).await?.response(&headers))
}

fn in_force(rules: &Rules, today: NaiveDate, language: Language) -> Vec<String> {
    let versions = Version::listed(rules, today);
    let deciding = versions.iter().filter(|version| version.validity.decides());
    deciding
        .map(|version| format!("{}: {}, {}", version.name, state(version.validity, language), version.end(language)))
        .collect()
}

/// Returns the coming changes of the timeline, the next one first.
fn coming(rules: &Rules, today: NaiveDate, language: Language) -> Vec<String> {
    let mut days: Vec<NaiveDate> = rules.timeline.dates().filter(|day| *day > today).collect();
    days.sort_unstable();
    let mut found = Vec::new();
    for day in days {
        for name in rules.versions.keys() {
            let before = day.pred_opt().map(|before| rules.timeline.validity(name, before));
            let then = rules.timeline.validity(name, day);
            if before != Some(then) {
                let from = language.text("from", "ab");
                found.push(format!("{from} {}: {name} {}", language.date(day), state(then, language)));
            }
        }
    }
    found
}

fn endings(app: &App, today: NaiveDate, language: Language) -> Vec<Ending> {
    let found = ending_certificates(&app.registry(), &app.rulebook(), today);
    let ending = found.into_iter().take(ROWS).map(|one| Ending {
        title: one.title,
        subject: one.subject,
        scope: one.scope,
        id: one.id,
        last: language.date(one.last),
        left: language.number_of_days(one.left),
        is_renewed: one.is_renewed,
    });
    ending.collect()
}

fn dues(app: &App, today: NaiveDate, language: Language) -> Vec<Due> {
    let due = evidence_due(&app.registry(), today).into_iter().take(ROWS).map(|one| Due {
        title: one.title,
        subject: one.subject,
        tested: one.tested,
        testcase: one.testcase,
        last: language.date(one.last),
        is_over: one.is_over,
    });
    due.collect()
}
