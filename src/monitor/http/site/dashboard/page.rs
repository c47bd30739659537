//! The page of the dashboard. It is made for one account, and never kept.

use super::expected::silent;
use super::expiry::expiring;
use crate::accounts::Role;
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::board::View;
use crate::http::login::Login;
use crate::http::pages::segment;
use crate::http::past::Asked;
use crate::http::site::forecast::{ending_certificates, evidence_due};
use crate::http::site::frame::{Head, Place, render};
use crate::http::site::listed::listed;
use crate::http::site::nights::{Pair, compare, days};
use crate::language::Language;
use crate::registry::Registry;
use crate::store::AuditRecord;
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most rows of a table, and the most testcases that are named in one.
const ROWS: usize = 200;
const NAMED: usize = 40;

/// The most uploads that are listed.
const UPLOADS: i64 = 100;

/// The time for which uploads are listed.
const LISTED: TimeDelta = TimeDelta::days(7);

/// The form of times.
const TIME: &str = "%Y-%m-%d %H:%M";

#[derive(Template)]
#[template(path = "site/dashboard.html")]
struct Dashboard<'a> {
    t: Language,
    base: &'a str,
    account: &'a str,
    sees_all: bool,
    /// True if uploads of the account can never count, as it has no key.
    has_no_key: bool,
    silent: Vec<Silence>,
    differences: Vec<Difference>,
    /// The number of subjects and scopes whose last two nights are the same.
    unchanged: usize,
    results: Vec<Expiring>,
    endings: Vec<Ending>,
    refused: Vec<Upload>,
    accepted: Vec<Upload>,
}

struct Silence {
    tested: String,
    scope: String,
    newest: String,
}

/// The last two nights of a subject by a scope.
struct Difference {
    link: String,
    title: String,
    scope: String,
    scope_id: String,
    from: String,
    to: String,
    changes: Vec<Change>,
    more: usize,
}

struct Change {
    id: String,
    from: (&'static str, &'static str),
    to: (&'static str, &'static str),
}

struct Expiring {
    tested: String,
    scope: String,
    testcases: Vec<(String, String)>,
    more: usize,
}

/// A certificate or a statement that ends.
struct Ending {
    link: String,
    title: String,
    kind: &'static str,
    words: String,
    last: String,
    is_over: bool,
}

struct Upload {
    at: String,
    account: String,
    outcome: String,
    detail: String,
}

/// The account that looks, and what it may see.
struct Viewer<'a> {
    app: &'a App,
    login: &'a Login,
    view: &'a View,
    registry: &'a Registry,
    language: Language,
    now: DateTime<Utc>,
}

/// Shows the dashboard of the account that has logged in.
pub async fn page(
    State(app): State<Arc<App>>,
    Extension(language): Extension<Language>,
    login: Login,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let (view, registry) = (app.board.view(&app.store).await?, app.registry());
    let viewer = Viewer { app: &app, login: &login, view: &view, registry: &registry, language, now: app.now() };
    let (differences, unchanged) = viewer.differences().await?;
    let content = Dashboard {
        t: language,
        base: &app.settings.base,
        account: &login.account.subject,
        sees_all: viewer.sees_all(),
        has_no_key: login.account.signers.is_empty(),
        silent: viewer.silent(),
        differences,
        unchanged,
        results: viewer.results(),
        endings: viewer.endings(),
        refused: viewer.uploads(false).await?,
        accepted: viewer.uploads(true).await?,
    };
    let title = language.text("Dashboard", "Arbeitsübersicht").to_owned();
    let head = Head { title, path: "dashboard".to_owned(), place: Place::Dashboard };
    let mut response = render(&app, language, &head, &content)?.response(&headers);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

impl Viewer<'_> {
    fn sees_all(&self) -> bool {
        self.login.account.roles.has(Role::ReadAny)
    }

    /// Returns true for a subject of reports that the account owns or uploads for, and for all with the role to read them.
    fn may_see(&self, tested: &str) -> bool {
        let Login { account, accounts, .. } = self.login;
        account.may_read(tested) || accounts.upload_refusal(account, tested).is_none()
    }

    fn silent(&self) -> Vec<Silence> {
        let never = || self.language.text("never", "nie").to_owned();
        let found = silent(self.registry, &self.app.rulebook(), self.view, self.now, |tested| self.may_see(tested));
        let row = found.into_iter().take(ROWS).map(|one| Silence {
            tested: one.tested,
            scope: one.scope,
            newest: one.newest.map_or_else(never, |time| time.format(TIME).to_string()),
        });
        row.collect()
    }

    /// Compares the last two nights of each subject and scope.
    async fn differences(&self) -> Result<(Vec<Difference>, usize), Answer> {
        let (rulebook, language) = (self.app.rulebook(), self.language);
        let subjects = listed(self.registry, self.view, &self.login.accounts);
        let (mut found, mut unchanged) = (Vec::new(), 0);
        for ((tested, scope), standing) in self.view.standings.iter().filter(|((tested, _), _)| self.may_see(tested)) {
            let Some(rules) = rulebook.scopes.get(scope) else { continue };
            let asked = Asked { subject: tested, rules, revision: standing.revision(), now: self.now };
            let strips = self.app.pasts.strips(&self.app.store, asked).await?;
            let [to, from] = days(&strips).into_iter().take(2).collect::<Vec<_>>()[..] else { continue };
            let mut pairs = compare(rules, &strips, from, to);
            pairs.retain(|pair| pair.from != pair.to);
            if pairs.is_empty() || found.len() >= ROWS {
                unchanged += usize::from(pairs.is_empty());
                continue;
            }
            let subject = subjects.iter().find(|subject| subject.tested.contains(tested));
            let change = |pair: &Pair<'_>| Change {
                id: pair.id.to_owned(),
                from: (pair.from.class(), pair.from.word(language)),
                to: (pair.to.class(), pair.to.word(language)),
            };
            found.push(Difference {
                link: subject.map(|subject| segment(&subject.name)).unwrap_or_default(),
                title: tested.clone(),
                scope: rules.name.clone(),
                scope_id: segment(&rules.id),
                from: language.date(from),
                to: language.date(to),
                more: pairs.len().saturating_sub(NAMED),
                changes: pairs.iter().take(NAMED).map(change).collect(),
            });
        }
        Ok((found, unchanged))
    }

    fn results(&self) -> Vec<Expiring> {
        let rulebook = self.app.rulebook();
        let mine = self.view.standings.iter().filter(|((tested, _), _)| self.may_see(tested));
        let expiring = mine.filter_map(|((tested, scope), standing)| {
            let rules = rulebook.scopes.get(scope)?;
            let found = expiring(rules, &standing.latest, self.now);
            let more = found.len().saturating_sub(NAMED);
            let last = |end: DateTime<Utc>| end.format(TIME).to_string();
            let testcases: Vec<_> = found.into_iter().take(NAMED).map(|(id, end)| (id, last(end))).collect();
            let (tested, scope) = (tested.clone(), rules.name.clone());
            (!testcases.is_empty()).then_some(Expiring { tested, scope, testcases, more })
        });
        expiring.take(ROWS).collect()
    }

    /// Returns the certificates and statements that end, the earliest first.
    fn endings(&self) -> Vec<Ending> {
        let (today, language) = (self.now.date_naive(), self.language);
        let is_mine = |subject: &str| {
            let known = self.registry.subjects.get(subject);
            known.is_some_and(|known| known.tested.iter().any(|tested| self.may_see(tested)))
        };
        let mut found = BTreeMap::new();
        for one in ending_certificates(self.registry, &self.app.rulebook(), today) {
            let ending = Ending {
                link: segment(&one.subject),
                title: one.title,
                kind: language.text("Certificate", "Zertifikat"),
                words: format!("{} ({})", one.id, one.scope),
                last: language.date(one.last),
                is_over: false,
            };
            found.extend(is_mine(&one.subject).then_some(((one.last, one.id), ending)));
        }
        for one in evidence_due(self.registry, today).into_iter().filter(|one| self.may_see(&one.tested)) {
            let ending = Ending {
                link: segment(&one.subject),
                title: one.tested.clone(),
                kind: language.text("Evidence", "Nachweis"),
                words: one.testcase.clone(),
                last: language.date(one.last),
                is_over: one.is_over,
            };
            found.insert((one.last, format!("{} {}", one.tested, one.testcase)), ending);
        }
        found.into_values().take(ROWS).collect()
    }

    async fn uploads(&self, accepted: bool) -> Result<Vec<Upload>, Answer> {
        let account = (!self.sees_all()).then_some(self.login.account.subject.as_str());
        let records = self.app.store.uploads_since(account, self.now - LISTED, accepted, UPLOADS).await?;
        let upload = |one: AuditRecord| Upload {
            at: one.at.format(TIME).to_string(),
            account: one.account,
            outcome: one.outcome,
            detail: one.detail,
        };
        Ok(records.into_iter().map(upload).collect())
    }
}
