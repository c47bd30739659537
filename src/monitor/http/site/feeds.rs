//! `/feed.atom` and `/s/{subject}/feed.atom`: changes of conclusions and of certificates.

use super::feed::{Channel, Item, for_everybody, render, start_of};
use super::listed::{Listed, find_listed, listed};
use super::revocations::log;
use super::words;
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::board::View;
use crate::http::cache::Page;
use crate::http::pages::segment;
use crate::http::past::Asked;
use crate::http::path::Path;
use crate::judge::Rules;
use crate::language::Language;
use crate::transitions::Transition;
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::NaiveDate;
use std::sync::Arc;

/// Returns the feed of all subjects.
pub async fn all(
    State(app): State<Arc<App>>,
    Extension(language): Extension<Language>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let (view, accounts) = (app.board.view(&app.store).await?, app.accounts().await?);
    let make = || async {
        let subjects = listed(&app.registry(), &view, &accounts);
        let channel = Channel {
            title: language.text("SCS compliance of all subjects", "SCS-Konformität aller Prüflinge").to_owned(),
            path: format!("{language}/feed.atom"),
            page: format!("{language}/"),
            language,
        };
        feed(&app, &view, &channel, &subjects).await
    };
    let page = app.page(view.generation, format!("feed {language}"), make).await?;
    Ok(for_everybody(&page, &headers))
}

/// Returns the feed of a subject.
pub async fn one(
    State(app): State<Arc<App>>,
    Extension(language): Extension<Language>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let (view, accounts) = (app.board.view(&app.store).await?, app.accounts().await?);
    let subject = find_listed(&app.registry(), &view, &accounts, &name)?;
    let make = || async {
        let channel = Channel {
            title: format!("{}: {}", language.text("SCS compliance", "SCS-Konformität"), subject.title),
            path: format!("{language}/s/{}/feed.atom", segment(&name)),
            page: format!("{language}/s/{}", segment(&name)),
            language,
        };
        feed(&app, &view, &channel, std::slice::from_ref(&subject)).await
    };
    let page = app.page(view.generation, format!("feed {language} {name}"), make).await?;
    Ok(for_everybody(&page, &headers))
}

async fn feed(app: &App, view: &View, channel: &Channel, subjects: &[Listed]) -> Result<Page, Answer> {
    let (rulebook, now, language) = (app.rulebook(), app.now(), channel.language);
    let events = log(&app.registry(), &rulebook, now.date_naive());
    let is_shown = |name: &str| subjects.iter().any(|subject| subject.name == name);
    let mut items: Vec<Item> =
        events.iter().filter(|event| is_shown(&event.subject)).map(|event| event.item(language)).collect();
    for subject in subjects {
        for tested in &subject.tested {
            for rules in rulebook.scopes.values() {
                let Some(standing) = view.standing(tested, &rules.uuid) else { continue };
                let asked = Asked { subject: tested, rules, revision: standing.revision(), now };
                let past = app.pasts.conclusions(&app.store, asked).await?;
                items.extend(
                    past.transitions.iter().filter_map(|change| item(change, subject, tested, rules, language)),
                );
            }
        }
    }
    Ok(render(app, channel, items))
}

/// Returns the entry on a change; none for one of a version that did not decide then.
fn item(change: &Transition, subject: &Listed, tested: &str, rules: &Rules, language: Language) -> Option<Item> {
    let night: NaiveDate = change.night.parse().ok()?;
    let before = night.pred_opt()?;
    let decides = [night, before].iter().any(|day| rules.timeline.validity(&change.version, *day).decides());
    let part = if subject.tested.len() > 1 { format!(" ({tested})") } else { String::new() };
    let Transition { version, from, to, .. } = change;
    decides.then(|| Item {
        key: format!("change {tested} {} {version} {night} {from} {to}", rules.uuid),
        at: start_of(night),
        title: format!("{}{part}: {} {version} {}", subject.title, rules.name, words::conclusion(to, language)),
        summary: words::change(change, language),
        path: format!("{language}/s/{}", segment(&subject.name)),
    })
}
