//! `/{language}/revocations`: a log of what happened to certificates, as a page, as JSON and as a feed (scs-0004, regulation 7).

use super::feed::{Channel, Item, for_everybody, render as feed, start_of};
use super::frame::{Head, Place, render};
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::cache::Page;
use crate::judge::Rulebook;
use crate::language::Language;
use crate::registry::{Certificate, CertificateChange, CertificateEvent, CertificateState, Registry};
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::NaiveDate;
use serde::Serialize;
use std::sync::Arc;

/// The most entries of the page; JSON has all.
const SHOWN: usize = 500;

/// An entry of the log, with names for people.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// The first day on which it counts.
    pub day: NaiveDate,
    event: &'static str,
    certificate: String,
    /// The name of the subject.
    pub subject: String,
    title: String,
    covers: Vec<String>,
    scope: String,
    scope_name: String,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<NaiveDate>,
    #[serde(skip)]
    last_day: NaiveDate,
}

/// The log as programs read it.
#[derive(Serialize)]
struct Log<'l> {
    demonstration: bool,
    issuer: Option<&'l str>,
    day: NaiveDate,
    /// The ids of the certificates that do not hold today because they were revoked.
    revoked: Vec<String>,
    entries: Vec<Entry>,
}

/// A certificate that is revoked today.
struct Revoked {
    subject: String,
    title: String,
    certificate: String,
    scope: String,
    version: String,
    since: String,
    reason: String,
}

/// An entry as the page shows it.
struct Row {
    date: String,
    class: &'static str,
    words: &'static str,
    note: String,
    covers: String,
    entry: Entry,
}

#[derive(Template)]
#[template(path = "site/revocations.html")]
struct Revocations<'a> {
    t: Language,
    base: &'a str,
    revoked: Vec<Revoked>,
    rows: Vec<Row>,
    /// The number of older entries that only JSON has.
    older: usize,
}

/// Shows the log.
pub async fn page(
    State(app): State<Arc<App>>,
    Extension(language): Extension<Language>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let view = app.board.view(&app.store).await?;
    let make = || async {
        let (registry, rulebook, today) = (app.registry(), app.rulebook(), app.now().date_naive());
        let mut entries = log(&registry, &rulebook, today);
        let older = entries.len().saturating_sub(SHOWN);
        entries.truncate(SHOWN);
        let revoked = revoked(&registry, &rulebook, today, language);
        let rows = entries.into_iter().map(|entry| entry.row(language)).collect();
        let content = Revocations { t: language, base: &app.settings.base, revoked, rows, older };
        let title = language.text("Certificates and revocations", "Zertifikate und Widerrufe").to_owned();
        render(&app, language, &Head { title, path: "revocations".to_owned(), place: Place::Revocations }, &content)
    };
    let key = format!("revocations {language}");
    Ok(app.page(view.generation, key, make).await?.response(&headers))
}

/// Returns the log as JSON.
pub async fn json(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Answer> {
    let view = app.board.view(&app.store).await?;
    let make = || async {
        let (registry, rulebook, today) = (app.registry(), app.rulebook(), app.now().date_naive());
        let log = Log {
            demonstration: app.settings.demo,
            issuer: registry.issuer.as_ref().map(|issuer| issuer.name.as_str()),
            day: today,
            revoked: revoked_ids(&registry, today),
            entries: log(&registry, &rulebook, today),
        };
        Ok::<_, Answer>(Page::new("application/json", serde_json::to_string(&log).unwrap_or_default()))
    };
    let page = app.page(view.generation, "revocations json".to_owned(), make).await?;
    Ok(for_everybody(&page, &headers))
}

/// Returns the log as a feed.
pub async fn atom(
    State(app): State<Arc<App>>,
    Extension(language): Extension<Language>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let view = app.board.view(&app.store).await?;
    let make = || async {
        let channel = Channel {
            title: language.text("Certificates and revocations", "Zertifikate und Widerrufe").to_owned(),
            path: format!("{language}/revocations.atom"),
            page: format!("{language}/revocations"),
            language,
        };
        let entries = log(&app.registry(), &app.rulebook(), app.now().date_naive());
        let items = entries.iter().map(|entry| entry.item(language)).collect();
        Ok::<_, Answer>(feed(&app, &channel, items))
    };
    let key = format!("revocations atom {language}");
    let page = app.page(view.generation, key, make).await?;
    Ok(for_everybody(&page, &headers))
}

/// Returns the entries until a day, the newest first.
pub fn log(registry: &Registry, rulebook: &Rulebook, today: NaiveDate) -> Vec<Entry> {
    registry.log_until(today).iter().map(|event| entry(event, registry, rulebook)).collect()
}

fn entry(event: &CertificateEvent<'_>, registry: &Registry, rulebook: &Rulebook) -> Entry {
    let certificate = event.certificate;
    let (reason, since, until) = match event.change {
        CertificateChange::RevocationBegins { reason, until } => (Some(reason.to_owned()), None, until),
        CertificateChange::RevocationEnds { reason, since } => (Some(reason.to_owned()), Some(since), None),
        CertificateChange::Issued | CertificateChange::Expired => (None, None, None),
    };
    Entry {
        day: event.day,
        event: event.change.word(),
        certificate: certificate.id.clone(),
        subject: certificate.subject.clone(),
        title: title_of(registry, &certificate.subject),
        covers: certificate.covers.clone(),
        scope: certificate.scope.clone(),
        scope_name: scope_name(rulebook, &certificate.scope),
        version: certificate.version.clone(),
        reason,
        since,
        until,
        last_day: certificate.last_day(),
    }
}

fn revoked(registry: &Registry, rulebook: &Rulebook, today: NaiveDate, language: Language) -> Vec<Revoked> {
    let revoked = registry.certificates.iter().filter_map(|certificate| {
        let CertificateState::Revoked { since, reason } = certificate.state_on(today) else { return None };
        Some(Revoked {
            subject: certificate.subject.clone(),
            title: title_of(registry, &certificate.subject),
            certificate: certificate.id.clone(),
            scope: scope_name(rulebook, &certificate.scope),
            version: certificate.version.clone(),
            since: language.date(since),
            reason,
        })
    });
    revoked.collect()
}

/// Returns the ids of the certificates that are revoked on a day.
fn revoked_ids(registry: &Registry, today: NaiveDate) -> Vec<String> {
    let is_revoked = |one: &&Certificate| matches!(one.state_on(today), CertificateState::Revoked { .. });
    registry.certificates.iter().filter(is_revoked).map(|one| one.id.clone()).collect()
}

fn title_of(registry: &Registry, subject: &str) -> String {
    registry.subjects.get(subject).map_or_else(|| subject.to_owned(), |found| found.title.clone())
}

/// Returns the name of a scope for people.
pub fn scope_name(rulebook: &Rulebook, scope: &str) -> String {
    rulebook.find(scope).map_or_else(|| scope.to_owned(), |rules| rules.name.clone())
}

impl Entry {
    fn row(self, language: Language) -> Row {
        Row {
            date: language.date(self.day),
            class: self.class(),
            words: self.words(language),
            note: self.note(language),
            covers: self.covers.join(", "),
            entry: self,
        }
    }

    /// Returns the words of the change.
    fn words(&self, language: Language) -> &'static str {
        match self.event {
            "issued" => language.text("Issued", "Ausgestellt"),
            "revocation-begins" => language.text("Revocation begins", "Widerruf beginnt"),
            "revocation-ends" => language.text("Revocation ends, valid again", "Widerruf endet, gilt wieder"),
            _ => language.text("Validity ended", "Gültigkeit endete"),
        }
    }

    /// Returns the class of the color of the change.
    fn class(&self) -> &'static str {
        match self.event {
            "issued" | "revocation-ends" => "pass",
            "revocation-begins" => "fail",
            _ => "plain",
        }
    }

    /// Returns what else is to be said.
    fn note(&self, language: Language) -> String {
        let mut note = self.reason.clone().unwrap_or_default();
        let mut add = |english: &str, german: &str, day: NaiveDate| {
            let gap = if note.is_empty() { "" } else { "; " };
            note.push_str(&format!("{gap}{} {}", language.text(english, german), language.date(day)));
        };
        match self.event {
            "issued" => add("valid until", "gültig bis", self.last_day),
            "expired" => add("last day:", "letzter Tag:", self.last_day),
            _ => {
                self.since.into_iter().for_each(|day| add("revoked since", "widerrufen seit", day));
                self.until.into_iter().for_each(|day| add("valid again from", "gilt wieder ab", day));
            }
        }
        note
    }

    /// Returns the entry of a feed.
    pub fn item(&self, language: Language) -> Item {
        let Self { title, scope_name, version, certificate, .. } = self;
        let words = self.words(language);
        Item {
            key: format!("certificate {certificate} {} {}", self.event, self.day),
            at: start_of(self.day),
            title: format!("{title}: {} {scope_name} {version}: {words}", language.text("certificate", "Zertifikat")),
            summary: self.note(language),
            path: format!("{language}/s/{}", self.subject),
        }
    }
}
