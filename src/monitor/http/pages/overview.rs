//! `/{view}/table`: all subjects and groups, by scope.

use super::form::{Content, Form, plain, render, segment};
use crate::accounts::Accounts;
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::board::{Summary, View};
use crate::http::path::Path;
use crate::http::words::{Badge, MARKS};
use crate::judge::Rules;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "table.html")]
struct Overview<'a> {
    base: &'a str,
    form: &'static str,
    detail: &'static str,
    scopes: Vec<Scope>,
    marks: &'static str,
}

struct Scope {
    name: String,
    uuid: String,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    link: String,
    badge: Badge,
    words: String,
}

/// Shows the overview.
pub async fn table(
    State(app): State<Arc<App>>,
    Path(view): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    show(&app, &view, false, &headers).await
}

/// Shows the overview with drafts.
pub async fn table_full(
    State(app): State<Arc<App>>,
    Path(view): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    show(&app, &view, true, &headers).await
}

async fn show(app: &App, form: &str, drafts: bool, headers: &HeaderMap) -> Result<Response, Answer> {
    let form = Form::parse(form)?;
    let (view, accounts) = (app.board.view(&app.store).await?, app.accounts().await?);
    let make = || async {
        let rulebook = app.rulebook();
        let scopes = rulebook.scopes.values().map(|rules| scope(rules, &view, &accounts, app.now(), drafts));
        let overview = Overview {
            base: &app.settings.base,
            form: if form == Form::Markdown { "page" } else { form.name() },
            detail: if drafts { "detail_full" } else { "detail" },
            marks: MARKS,
            scopes: scopes.filter(|scope| !scope.rows.is_empty()).collect(),
        };
        render(app, form, &overview)
    };
    let key = format!("table {} {drafts}", form.name());
    Ok(app.page(view.generation, key, make).await?.response(headers))
}

/// A subject alone, or a group.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
struct Member<'a> {
    name: &'a str,
    is_group: bool,
}

/// The rows of the overview, with their subjects.
type Members<'a> = BTreeMap<Member<'a>, Vec<&'a str>>;

fn scope(rules: &Rules, view: &View, accounts: &Accounts, now: DateTime<Utc>, drafts: bool) -> Scope {
    let mut members: Members<'_> = BTreeMap::new();
    for (subject, _) in view.standings.keys().filter(|(_, uuid)| *uuid == rules.uuid) {
        match accounts.get(subject).and_then(|account| account.group.as_ref()) {
            None => drop(members.insert(Member { name: subject, is_group: false }, vec![subject])),
            Some(group) => drop(members.insert(Member { name: group, is_group: true }, accounts.members(group))),
        }
    }
    let rows = members.into_iter().map(|(member, subjects)| row(member, &subjects, rules, view, now, drafts));
    Scope { name: rules.name.clone(), uuid: rules.uuid.clone(), rows: rows.collect() }
}

fn row(member: Member<'_>, subjects: &[&str], rules: &Rules, view: &View, now: DateTime<Utc>, drafts: bool) -> Row {
    let summaries: Vec<Option<Arc<Summary>>> =
        subjects.iter().map(|subject| Some(view.standing(subject, &rules.uuid)?.summary(rules, now, drafts))).collect();
    let words = |summary: &Option<Arc<Summary>>| {
        summary.as_ref().map_or_else(|| "no result".to_owned(), |summary| summary.words.clone())
    };
    let words = match summaries.as_slice() {
        [summary] => words(summary),
        many => {
            let named = subjects.iter().zip(many).map(|(subject, summary)| format!("{subject}: {}", words(summary)));
            named.collect::<Vec<_>>().join("; ")
        }
    };
    let badges =
        summaries.iter().map(|summary| summary.as_ref().map_or_else(Badge::nothing, |known| known.badge.clone()));
    let link = if member.is_group { format!("group-{}", member.name) } else { member.name.to_owned() };
    Row { name: member.name.to_owned(), link: segment(&link), badge: Badge::worst(badges), words }
}

impl Content for Overview<'_> {
    fn title(&self) -> String {
        "SCS compliance".to_owned()
    }

    fn markdown(&self) -> String {
        let mut text = String::from("# SCS compliance\n");
        for scope in &self.scopes {
            text.push_str(&format!("\n## {}\n\n| Subject | Versions | State |\n|---|---|---|\n", plain(&scope.name)));
            for row in &scope.rows {
                let link = format!("{}page/{}/{}/{}", self.base, self.detail, row.link, scope.uuid);
                let badge = format!("{} {}", row.badge.sign, plain(&row.badge.versions));
                text.push_str(&format!("| {} | [{badge}]({link}) | {} |\n", plain(&row.name), plain(&row.words)));
            }
        }
        text
    }
}
