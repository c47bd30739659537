//! A request to Cinder that passed the gates, and the forms that all answers to it share.

use super::errors::{bad, missing};
use crate::http::{Call, Query, Reply};
use crate::services::replies;
use crate::state::Version;
use crate::tokens::Token;
use crate::world::World;
use serde_json::{Value, json};

/// A request that passed the gates: whose it is, and in which version it speaks.
pub(super) struct ApiRequest<'a> {
    pub(super) call: &'a Call,
    pub(super) token: &'a Token,
    pub(super) version: Version,
}

impl ApiRequest<'_> {
    /// Returns the project that asks.
    pub(super) fn project(&self) -> &str {
        self.token.project_id().unwrap_or_default()
    }

    /// Tells whether this version has come.
    pub(super) fn has(&self, minor: u16) -> bool {
        self.version >= Version(3, minor)
    }

    /// Returns the links to a resource.
    pub(super) fn links(&self, kind: &str, id: &str) -> Value {
        let (root, project) = (self.call.root(), self.project());
        json!([
            {"rel": "self", "href": format!("{root}/v3/{project}/{kind}/{id}")},
            {"rel": "bookmark", "href": format!("{root}/{project}/{kind}/{id}")},
        ])
    }

    /// Returns a page of a list that has its newest items last; it shows them first.
    pub(super) fn page<T>(
        &self,
        world: &World,
        kind: &str,
        items: Vec<&T>,
        id: impl Fn(&T) -> &str,
        show: impl Fn(&T) -> Value,
    ) -> Reply {
        let query = &self.call.query;
        let limit = match limit(query, world.state.cinder.max_page) {
            Ok(limit) => limit,
            Err(message) => return bad(message),
        };
        let items: Vec<&T> = items.into_iter().rev().collect();
        let start = match query.get("marker") {
            None => 0,
            Some(marker) => match items.iter().position(|item| id(item) == marker) {
                Some(at) => at + 1,
                None => return missing(kind, marker),
            },
        };
        let items = replies::page(items, start, limit);
        let mut body = json!({kind: items.iter().map(|item| show(item)).collect::<Vec<_>>()});
        if let Some(last) = items.last().filter(|_| items.len() == limit) {
            let query = query.clone().without("marker").with("marker", id(last));
            let next = query.behind(&format!("{}{}", self.call.root(), self.call.path));
            body[format!("{kind}_links")] = json!([{"rel": "next", "href": next}]);
        }
        Reply::json(200, &body)
    }
}

/// Reads the limit of a page; the error is the message of the refusal.
pub(super) fn limit(query: &Query, most: usize) -> Result<usize, &'static str> {
    match query.get("limit").map(str::parse::<i64>) {
        None => Ok(most),
        Some(Err(_)) => Err("limit param must be an integer"),
        Some(Ok(number)) => {
            usize::try_from(number).map(|number| number.min(most)).map_err(|_| "limit param must be positive")
        }
    }
}

/// Writes a moment as Cinder does.
pub(super) fn time(moment: &chrono::DateTime<chrono::Utc>) -> String {
    moment.format("%Y-%m-%dT%H:%M:%S.000000").to_string()
}
