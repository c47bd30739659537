//! For those who run the server: health, readiness, metrics, the description of the interface, the audit log.

use super::answer::Answer;
use super::app::App;
use super::login::{Login, credentials};
use super::query::Query;
use crate::accounts::Role;
use crate::judge::{conclusion_word, judge};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::Arc;

/// Says that the database answers. Errors are shown to the configured account only.
pub async fn healthz(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    match app.store.ping().await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => {
            tracing::error!(%error, "the health check failed");
            let may_see = app.settings.health.as_ref().is_some_and(|wanted| {
                credentials(&headers)
                    .is_some_and(|found| is_equal(&found.0, &wanted.0) && is_equal(&found.1, &wanted.1))
            });
            let text = if may_see { error.to_string() } else { "internal server error".to_owned() };
            (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
        }
    }
}

/// Compares two texts in a time that says nothing about them.
fn is_equal(one: &str, other: &str) -> bool {
    Sha256::digest(one) == Sha256::digest(other)
}

/// Says that the server can do its work.
pub async fn readyz(State(app): State<Arc<App>>) -> Response {
    let unavailable = |text: &'static str| (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    match app.board.view(&app.store).await {
        Ok(_) if app.can_write().await => (StatusCode::OK, "ready\n").into_response(),
        Ok(_) => unavailable("nothing can be stored: see the log, and free space where the database is\n"),
        Err(_) => unavailable("the database does not answer\n"),
    }
}

/// Returns the counters of the process, and the standings of subjects.
pub async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Answer> {
    let view = app.board.view(&app.store).await?;
    let (rulebook, now) = (app.rulebook(), app.now());
    let mark = "# This is a demonstration. All subjects are simulated.\n";
    let mut text = if app.settings.demo { mark.to_owned() } else { String::new() };
    text.push_str(&app.metrics.text());
    text.push_str("# HELP scs_monitor_conformant 1 for a subject that conforms to a version, else 0.\n");
    text.push_str("# TYPE scs_monitor_conformant gauge\n");
    let mut newest =
        String::from("# HELP scs_monitor_newest_result_timestamp_seconds The newest result of a subject.\n");
    newest.push_str("# TYPE scs_monitor_newest_result_timestamp_seconds gauge\n");
    for ((subject, uuid), standing) in &view.standings {
        let Some(rules) = rulebook.scopes.get(uuid) else { continue };
        let labels = format!("subject=\"{}\",scope=\"{}\"", escaped(subject), escaped(&rules.id));
        for judged in judge(rules, &standing.latest, now) {
            let value = u8::from(conclusion_word(judged.conclusion) == "conformant");
            let version = escaped(&judged.version);
            // Writing to a string cannot fail.
            let _ = writeln!(text, "scs_monitor_conformant{{{labels},version=\"{version}\"}} {value}");
        }
        if let Some(time) = standing.latest.newest() {
            let _ = writeln!(newest, "scs_monitor_newest_result_timestamp_seconds{{{labels}}} {}", time.timestamp());
        }
    }
    text.push_str(&newest);
    let (waiting, failed) = app.store.unsent_notices().await?;
    text.push_str("# HELP scs_monitor_notifications Messages to operators that wait, or were given up.\n");
    text.push_str("# TYPE scs_monitor_notifications gauge\n");
    for (state, number) in [("waiting", waiting), ("failed", failed)] {
        let _ = writeln!(text, "scs_monitor_notifications{{state=\"{state}\"}} {number}");
    }
    let headers = [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    Ok((headers, text).into_response())
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Returns the description of the interface.
pub async fn openapi() -> Response {
    ([(CONTENT_TYPE, "application/json")], super::openapi::document().to_string()).into_response()
}

/// Lists the last actions.
pub async fn audit(State(app): State<Arc<App>>, login: Login, query: Query) -> Result<Response, Answer> {
    if !login.account.roles.has(Role::Admin) {
        return Err(Answer::unauthorized("reading the audit log takes the role admin"));
    }
    let as_number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let records = app.store.audit(as_number(query.limit()?), as_number(query.skip()?)).await?;
    let text = serde_json::to_string(&records).unwrap_or_default();
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], text).into_response())
}

/// Returns the style of the pages.
pub async fn style() -> Response {
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=3600")];
    (headers, include_str!("../templates/style.css")).into_response()
}
