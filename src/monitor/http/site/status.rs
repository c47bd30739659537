//! `/{language}/s/{subject}`: the public status page of a subject (scs-0004, regulation 4).

use super::chart::axis;
use super::first::{First, first};
use super::frame::{Head, Place, render};
use super::listed::{Listed, find_listed};
use super::part::{Part, Source, part};
use super::state::{Member, ScopeState, states};
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::board::View;
use crate::http::pages::segment;
use crate::http::past::{Asked, SHOWN, Strips};
use crate::http::path::Path;
use crate::judge::{Latest, verdicts};
use crate::language::Language;
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "site/status.html")]
struct Status<'a> {
    t: Language,
    base: &'a str,
    link: String,
    listed: &'a Listed,
    firsts: Vec<First>,
    parts: Vec<Part>,
    /// The days at which the axis of strips is labelled.
    axis: Vec<String>,
    /// The address that stays, as people type it.
    address: String,
    /// True if there is a QR code, which needs a whole address.
    has_code: bool,
    has_certificate: bool,
}

/// Shows the status page of a subject.
pub async fn page(
    State(app): State<Arc<App>>,
    Extension(language): Extension<Language>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let (view, accounts) = (app.board.view(&app.store).await?, app.accounts().await?);
    let listed = find_listed(&app.registry(), &view, &accounts, &name)?;
    let make = || async {
        let path = format!("s/{}", segment(&listed.name));
        let head = Head { title: listed.title.clone(), path, place: Place::Subject };
        render(&app, language, &head, &status(&app, &view, &listed, language).await?)
    };
    let key = format!("site status {language} {name}");
    Ok(app.page(view.generation, key, make).await?.response(&headers))
}

async fn status<'a>(app: &'a App, view: &View, listed: &'a Listed, t: Language) -> Result<Status<'a>, Answer> {
    let (registry, now) = (app.registry(), app.now());
    let (mut firsts, mut parts) = (Vec::new(), Vec::new());
    for scope in &states(app, view, listed).await? {
        let strips = strips_of(app, scope).await?;
        let nothing = Latest::default();
        let latest = |member: &Member| view.latest(&member.name, &scope.rules.uuid).unwrap_or(&nothing);
        let verdicts: Vec<_> = scope.members.iter().map(|member| verdicts(&scope.rules, latest(member), now)).collect();
        let each = scope.members.iter().zip(&verdicts).zip(&strips);
        let sources: Vec<Source<'_>> = each
            .map(|((member, verdicts), strips)| Source {
                registry: &registry,
                scope,
                member,
                verdicts,
                strips,
                language: t,
            })
            .collect();
        firsts.push(first(&registry, listed, scope, &sources, t));
        parts.extend(sources.into_iter().map(part));
    }
    let (link, axis) = (segment(&listed.name), axis(now.date_naive(), SHOWN, t));
    Ok(Status {
        t,
        base: &app.settings.base,
        address: app.settings.address(&format!("s/{link}")),
        has_code: app.settings.public.is_some(),
        has_certificate: registry.certificates_of(&listed.name).any(|one| one.issued <= now.date_naive()),
        link,
        listed,
        firsts,
        parts,
        axis,
    })
}

/// Returns the strips of all members.
async fn strips_of(app: &App, scope: &ScopeState) -> Result<Vec<Arc<Strips>>, Answer> {
    let mut found = Vec::new();
    for member in &scope.members {
        let asked = Asked { subject: &member.name, rules: &scope.rules, revision: member.revision, now: app.now() };
        found.push(app.pasts.strips(&app.store, asked).await?);
    }
    Ok(found)
}
