//! `/{language}/s/{subject}/{scope}/compare`: two nights side by side.

use super::frame::{Head, Place, render};
use super::listed::{Listed, find_listed};
use super::nights::{Pair, compare, days};
use super::words::conclusion;
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::board::{Standing, View};
use crate::http::cache::Page;
use crate::http::pages::segment;
use crate::http::past::{Asked, SHOWN, Strips};
use crate::http::path::Path;
use crate::http::query::Query;
use crate::judge::Rules;
use crate::language::Language;
use crate::store::NightRow;
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "site/compare.html")]
struct Compare<'a> {
    t: Language,
    base: &'a str,
    link: String,
    title: &'a str,
    scope: &'a str,
    scope_id: &'a str,
    has_form: bool,
    /// The days with reports and the chosen ones, the newest first; the chosen ones are marked.
    options: Vec<Choice>,
    from: String,
    to: String,
    parts: Vec<Part>,
}

struct Choice {
    day: NaiveDate,
    date: String,
    is_from: bool,
    is_to: bool,
}

/// A region or configuration.
struct Part {
    /// Its name; empty if there is only one.
    name: String,
    /// The days of the two without a report.
    silent: Vec<String>,
    versions: Vec<VersionLine>,
    changed: Vec<Row>,
    same: Vec<Row>,
}

struct VersionLine {
    name: String,
    from: String,
    to: String,
}

struct Row {
    id: String,
    link: String,
    description: String,
    from: (&'static str, &'static str),
    to: (&'static str, &'static str),
}

/// The nights that are compared.
#[derive(Clone, Copy)]
struct Nights {
    from: NaiveDate,
    to: NaiveDate,
}

/// Shows two nights; the last two with reports if none are named.
pub async fn page(
    State(app): State<Arc<App>>,
    Extension(language): Extension<Language>,
    Path((name, scope)): Path<(String, String)>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let (view, accounts) = (app.board.view(&app.store).await?, app.accounts().await?);
    let subject = find_listed(&app.registry(), &view, &accounts, &name)?;
    let rules = app.rules(&scope).ok_or_else(|| Answer::not_found("scope: there is none of this name"))?;
    let (from, to) = (day(&query, "a")?, day(&query, "b")?);
    let asked = Compared { app: &app, view: &view, subject: &subject, rules: &rules, language };
    let make = || asked.page(from, to);
    // Any two days may be asked for: only the page without any is kept.
    if from.is_some() || to.is_some() {
        return Ok(make().await?.response(&headers));
    }
    let key = format!("compare {language} {name} {}", rules.uuid);
    Ok(app.page(view.generation, key, make).await?.response(&headers))
}

fn day(query: &Query, name: &str) -> Result<Option<NaiveDate>, Answer> {
    let Some(text) = query.text(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| Answer::invalid(format!("{name}: is not a day; write it as 2026-11-30")))
}

/// Everything that a comparison depends on.
struct Compared<'a> {
    app: &'a App,
    view: &'a View,
    subject: &'a Listed,
    rules: &'a Rules,
    language: Language,
}

/// A region or configuration with its past.
struct Past<'a> {
    tested: &'a str,
    strips: Arc<Strips>,
    recorded: Vec<NightRow>,
}

impl<'a> Compared<'a> {
    async fn page(&self, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<Page, Answer> {
        let mut pasts = self.pasts().await?;
        let known: BTreeSet<NaiveDate> = pasts.iter().flat_map(|past| days(&past.strips)).collect();
        let nights = nights(&known, from, to, self.app.now().date_naive());
        // Strips know no day before these.
        let since = nights.from.min(nights.to).max((self.app.now() - SHOWN).date_naive());
        for past in &mut pasts {
            past.recorded = self.app.store.nights(past.tested, &self.rules.uuid, since).await?;
        }
        self.content(&pasts, &known, nights)
    }

    async fn pasts(&self) -> Result<Vec<Past<'a>>, Answer> {
        let Self { app, view, subject, rules, .. } = *self;
        let mut found = Vec::new();
        for tested in &subject.tested {
            let revision = view.standing(tested, &rules.uuid).map_or(0, Standing::revision);
            let asked = Asked { subject: tested, rules, revision, now: app.now() };
            let strips = app.pasts.strips(&app.store, asked).await?;
            found.push(Past { tested, strips, recorded: Vec::new() });
        }
        Ok(found)
    }

    fn content(&self, pasts: &[Past<'_>], known: &BTreeSet<NaiveDate>, nights: Nights) -> Result<Page, Answer> {
        let Self { app, subject, rules, language, .. } = *self;
        let silent = language.text("no report", "kein Bericht");
        let choice = |day: NaiveDate| Choice {
            day,
            date: match known.contains(&day) {
                true => language.date(day),
                false => format!("{} – {silent}", language.date(day)),
            },
            is_from: day == nights.from,
            is_to: day == nights.to,
        };
        let mut choices = known.clone();
        if !known.is_empty() {
            choices.extend([nights.from, nights.to]);
        }
        let content = Compare {
            t: language,
            base: &app.settings.base,
            link: segment(&subject.name),
            title: &subject.title,
            scope: &rules.name,
            scope_id: &rules.id,
            has_form: !app.settings.as_files,
            options: choices.into_iter().rev().map(choice).collect(),
            from: language.date(nights.from),
            to: language.date(nights.to),
            parts: pasts.iter().map(|past| self.part(past, nights)).collect(),
        };
        let title = format!("{}: {}", language.text("Two nights", "Zwei Nächte"), subject.title);
        let path = format!("s/{}/{}/compare", segment(&subject.name), segment(&rules.id));
        render(app, language, &Head { title, path, place: Place::Subject }, &content)
    }

    fn part(&self, past: &Past<'_>, nights: Nights) -> Part {
        let known = days(&past.strips);
        let both = BTreeSet::from([nights.from, nights.to]);
        let pairs = compare(self.rules, &past.strips, nights.from, nights.to);
        let (changed, same): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|pair| pair.from != pair.to);
        Part {
            name: if self.subject.tested.len() > 1 { past.tested.to_owned() } else { String::new() },
            silent: both.into_iter().filter(|day| !known.contains(day)).map(|day| self.language.date(day)).collect(),
            versions: versions(&past.recorded, nights, self.language),
            changed: self.rows(&changed),
            same: self.rows(&same),
        }
    }

    fn rows(&self, pairs: &[Pair<'_>]) -> Vec<Row> {
        let row = |pair: &Pair<'_>| Row {
            id: pair.id.to_owned(),
            link: segment(pair.id),
            description: self.rules.testcases.get(pair.id).map(|rule| rule.description.clone()).unwrap_or_default(),
            from: (pair.from.class(), pair.from.word(self.language)),
            to: (pair.to.class(), pair.to.word(self.language)),
        };
        pairs.iter().map(row).collect()
    }
}

/// Returns the nights that are asked for; without any the last one with a report, and the one with a report before it.
fn nights(known: &BTreeSet<NaiveDate>, from: Option<NaiveDate>, to: Option<NaiveDate>, today: NaiveDate) -> Nights {
    let to = to.or(known.last().copied()).unwrap_or(today);
    let before = known.range(..to).next_back().copied();
    Nights { from: from.or(before).or(to.pred_opt()).unwrap_or(to), to }
}

/// Returns the conclusions on each version on both nights.
fn versions(recorded: &[NightRow], nights: Nights, language: Language) -> Vec<VersionLine> {
    let mut lines: BTreeMap<&str, VersionLine> = BTreeMap::new();
    let nothing = || language.text("nothing was recorded", "nichts festgehalten").to_owned();
    let (from, to) = (nights.from.to_string(), nights.to.to_string());
    for row in recorded.iter().filter(|row| row.night == from || row.night == to) {
        let line = lines.entry(&row.version).or_insert_with(|| VersionLine {
            name: row.version.clone(),
            from: nothing(),
            to: nothing(),
        });
        let words = conclusion(&row.conclusion, language).to_owned();
        if row.night == from {
            line.from.clone_from(&words);
        }
        if row.night == to {
            line.to = words;
        }
    }
    lines.into_values().rev().collect()
}
