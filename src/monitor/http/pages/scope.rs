//! `/{view}/scope/{scope}`: the versions of a scope that are listed today, and the modules that they include.

use super::find::find_scope;
use super::form::{Content, Form, plain, render, safe_url};
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::path::Path;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "scope.html")]
struct Scope {
    name: String,
    url: String,
    versions: Vec<Version>,
    modules: Vec<Module>,
}

struct Version {
    name: String,
    state: String,
    stabilized: String,
}

struct Module {
    name: String,
    url: String,
    /// `X` in the column of each version that includes it.
    included: Vec<&'static str>,
}

/// Shows a scope.
pub async fn page(
    State(app): State<Arc<App>>,
    Path((view, scope)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let form = Form::parse(&view)?;
    let rules = find_scope(&app, &scope)?;
    let listed = rules.listed(app.now().date_naive());
    let versions = listed.iter().map(|(name, rule, validity)| Version {
        name: (*name).to_owned(),
        state: validity.to_string(),
        stabilized: rule.stabilized_at.map(|date| date.to_string()).unwrap_or_default(),
    });
    let modules = rules.modules.iter().map(|(id, module)| Module {
        name: module.name.clone(),
        url: safe_url(&module.url).to_owned(),
        included: listed.iter().map(|(_, rule, _)| if rule.includes.contains(id) { "X" } else { "" }).collect(),
    });
    let page = Scope {
        name: rules.name.clone(),
        url: safe_url(&rules.url).to_owned(),
        versions: versions.collect(),
        modules: modules.filter(|module| module.included.contains(&"X")).collect(),
    };
    Ok(render(&app, form, &page)?.response(&headers))
}

impl Content for Scope {
    fn title(&self) -> String {
        self.name.clone()
    }

    fn markdown(&self) -> String {
        let cells = |cell: fn(&Version) -> String| -> String {
            self.versions.iter().map(|version| format!(" {} |", plain(&cell(version)))).collect()
        };
        let rule: String = self.versions.iter().map(|_| "---|").collect();
        let mut text =
            format!("# {}\n\n| |{}\n|---|{rule}\n", plain(&self.name), cells(|version| version.name.clone()));
        text.push_str(&format!("| State |{}\n", cells(|version| version.state.clone())));
        text.push_str(&format!("| Stabilized at |{}\n", cells(|version| version.stabilized.clone())));
        for module in &self.modules {
            let included: String = module.included.iter().map(|x| format!(" {x} |")).collect();
            text.push_str(&format!("| {} |{included}\n", plain(&module.name)));
        }
        text
    }
}
