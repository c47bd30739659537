//! Finds what the path of a page names.

use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::board::View;
use crate::judge::Rules;
use std::sync::Arc;

/// Finds a scope by its UUID or its short name.
///
/// # Errors
/// There is none.
pub fn find_scope(app: &App, scope: &str) -> Result<Arc<Rules>, Answer> {
    app.rules(scope)
        .ok_or_else(|| Answer::not_found("scope: there is none of this UUID or name; use one of the overview"))
}

/// Finds the subjects of a name: those of a group, or one that has reports or is listed in a group. Other accounts are nobody's
/// business, so they are answered like what does not exist.
///
/// # Errors
/// There is none.
pub async fn find_subjects(app: &App, view: &View, name: &str) -> Result<Vec<String>, Answer> {
    let accounts = app.accounts().await?;
    let is_member = || accounts.get(name).is_some_and(|account| account.group.is_some());
    let subjects: Vec<String> = match name.strip_prefix("group-") {
        Some(group) => accounts.members(group).into_iter().map(str::to_owned).collect(),
        None if view.knows(name) || is_member() => vec![name.to_owned()],
        None => Vec::new(),
    };
    if subjects.is_empty() { Err(unknown()) } else { Ok(subjects) }
}

/// Finds a subject alone.
///
/// # Errors
/// There is none, or it is a group.
pub async fn find_subject(app: &App, view: &View, name: &str) -> Result<(), Answer> {
    match find_subjects(app, view, name).await?.as_slice() {
        [subject] if subject == name => Ok(()),
        _ => Err(unknown()),
    }
}

fn unknown() -> Answer {
    Answer::not_found("subject: nothing is known of it; /subjects lists all")
}
