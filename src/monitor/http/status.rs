//! `/status`, `/subjects` and `/groups`: what holds now, for programs.

use super::accepts::accepts_json;
use super::answer::Answer;
use super::app::App;
use super::cache::Page;
use super::query::Query;
use crate::judge::{Evaluation, Judgement, conclusion_word, evaluate, judge, overall, passed_by_the_old_rule_alone};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

const JSON: &str = "application/json";

/// Returns the evaluations of subjects by the rule of today's server.
pub async fn status(State(app): State<Arc<App>>, headers: HeaderMap, query: Query) -> Result<Response, Answer> {
    if !accepts_json(&headers) {
        return Err(Answer::new(StatusCode::NOT_ACCEPTABLE, "Accept: only application/json can be had here"));
    }
    let (subject, scope) = (query.text("subject").map(str::to_owned), query.uuid("scopeuuid")?);
    let view = app.board.view(&app.store).await?;
    let make = || async {
        let (rulebook, now) = (app.rulebook(), app.now());
        let mut subjects: BTreeMap<&str, BTreeMap<&str, Evaluation>> = BTreeMap::new();
        for ((name, uuid), standing) in &view.standings {
            let is_wanted = subject.as_ref().is_none_or(|subject| subject == name)
                && scope.as_ref().is_none_or(|scope| scope == uuid);
            if let Some(rules) = rulebook.scopes.get(uuid).filter(|_| is_wanted) {
                let evaluation = evaluate(rules, &standing.latest, now, false);
                subjects.entry(name).or_default().insert(uuid, evaluation);
            }
        }
        Ok::<_, Answer>(Page::new(JSON, serde_json::to_string(&subjects).unwrap_or_default()))
    };
    if subject.as_ref().is_some_and(|subject| !view.knows(subject)) {
        return Ok(make().await?.response(&headers));
    }
    let key = format!("status {} {}", subject.clone().unwrap_or_default(), scope.clone().unwrap_or_default());
    Ok(app.page(view.generation, key, make).await?.response(&headers))
}

/// The standing of a subject by a scope, by the roll-up.
#[derive(Debug, Serialize)]
struct ScopeStanding {
    scope: String,
    name: String,
    conclusion: &'static str,
    /// True if today's server counts a version as passed on which the roll-up does not conclude that.
    counted_as_passed_by_the_old_rule: bool,
    newest_result: Option<String>,
    versions: Vec<VersionStanding>,
}

#[derive(Debug, Serialize)]
struct VersionStanding {
    version: String,
    validity: String,
    /// The first day on which the version is no longer in force, as far as it is known.
    ends: Option<NaiveDate>,
    conclusion: &'static str,
    /// The instant from which on nothing is concluded any more without a further report.
    until: Option<DateTime<Utc>>,
    passed: usize,
    failed: usize,
    aborted: usize,
    missing: usize,
}

impl From<Judgement> for VersionStanding {
    fn from(judged: Judgement) -> Self {
        let (counts, conclusion) = (judged.counts, conclusion_word(judged.conclusion));
        Self {
            version: judged.version,
            validity: judged.validity.to_string(),
            ends: judged.ends,
            conclusion,
            until: judged.until,
            passed: counts.passed,
            failed: counts.failed,
            aborted: counts.aborted,
            missing: counts.missing,
        }
    }
}

#[derive(Debug, Serialize)]
struct Subject {
    subject: String,
    group: Option<String>,
    scopes: Vec<ScopeStanding>,
}

/// Returns all subjects with what the roll-up concludes on them.
pub async fn subjects(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Answer> {
    let (view, accounts) = (app.board.view(&app.store).await?, app.accounts().await?);
    let make = || async {
        let (rulebook, now) = (app.rulebook(), app.now());
        let mut subjects: BTreeMap<&str, Subject> = BTreeMap::new();
        for ((name, uuid), standing) in &view.standings {
            let Some(rules) = rulebook.scopes.get(uuid) else { continue };
            let judged = judge(rules, &standing.latest, now);
            let conclusion = conclusion_word(overall(&judged));
            let old = evaluate(rules, &standing.latest, now, false);
            let group = accounts.get(name).and_then(|account| account.group.clone());
            let subject = || Subject { subject: name.clone(), group, scopes: Vec::new() };
            subjects.entry(name).or_insert_with(subject).scopes.push(ScopeStanding {
                scope: uuid.clone(),
                name: rules.name.clone(),
                conclusion,
                counted_as_passed_by_the_old_rule: !passed_by_the_old_rule_alone(&old, &judged).is_empty(),
                newest_result: standing.latest.newest().map(|time| time.to_rfc3339()),
                versions: judged.into_iter().map(VersionStanding::from).collect(),
            });
        }
        let subjects: Vec<Subject> = subjects.into_values().collect();
        Ok::<_, Answer>(Page::new(JSON, serde_json::to_string(&subjects).unwrap_or_default()))
    };
    Ok(app.page(view.generation, "subjects".to_owned(), make).await?.response(&headers))
}

/// Returns the groups with their subjects.
pub async fn groups(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Answer> {
    let accounts = app.accounts().await?;
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for account in accounts.iter() {
        if let Some(group) = &account.group {
            groups.entry(group).or_default().push(&account.subject);
        }
    }
    Ok(Page::new(JSON, serde_json::to_string(&groups).unwrap_or_default()).response(&headers))
}
