//! The description of the interface, in the form of OpenAPI 3.1.

use super::pages::Form;
use crate::language::Language;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use strum::VariantArray;

/// A path with its method.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The method.
    pub method: &'static str,
    /// The path.
    pub path: &'static str,
    /// The purpose.
    pub summary: &'static str,
    /// True for one that needs a login.
    pub login: bool,
    /// The parameters of the query.
    pub query: &'static [&'static str],
}

const fn operation(
    method: &'static str,
    path: &'static str,
    login: bool,
    query: &'static [&'static str],
    summary: &'static str,
) -> Operation {
    Operation { method, path, summary, login, query }
}

/// Everything that can be asked.
pub const OPERATIONS: &[Operation] = &[
    operation("get", "/", false, &[], "Leads to the overview in the language of the browser."),
    operation("get", "/reports", true, &["subject", "limit", "skip"], "Lists reports, the newest first."),
    operation("post", "/reports", true, &[], "Accepts a signed upload as a whole, or refuses it."),
    operation("get", "/reports/{uuid}", true, &[], "Returns a report."),
    operation("get", "/reports/{uuid}/raw", true, &[], "Returns the bytes that were signed."),
    operation("get", "/reports/{uuid}/signature", false, &[], "Returns the signature of ssh-keygen."),
    operation("get", "/status", false, &["subject", "scopeuuid"], "Evaluates subjects by the rule of today's server."),
    operation("get", "/subjects", false, &[], "Lists subjects with what the roll-up concludes."),
    operation("get", "/groups", false, &[], "Lists groups with their subjects."),
    operation(
        "get",
        "/results",
        true,
        &["approved", "subject", "scopeuuid", "limit", "skip"],
        "Lists the results of the last seven days.",
    ),
    operation("post", "/results", true, &[], "Sets the approval of results, which decides nothing any more."),
    operation("get", "/{view}/table", false, &[], "Shows the overview."),
    operation("get", "/{view}/table_full", false, &[], "Shows the overview with drafts."),
    operation("get", "/{view}/detail/{subject}/{scope}", false, &[], "Shows a subject or a group."),
    operation("get", "/{view}/detail_full/{subject}/{scope}", false, &[], "Shows a subject or a group, with drafts."),
    operation("get", "/{view}/history/{subject}/{scope}", false, &["skip"], "Shows nights and reports of a subject."),
    operation("get", "/{view}/report/{uuid}", false, &[], "Shows a redacted report."),
    operation("get", "/{view}/report_full/{uuid}", true, &[], "Shows a report."),
    operation("get", "/{view}/scope/{scope}", false, &[], "Shows the versions of a scope."),
    operation("get", "/history/{subject}/{scope}", false, &["skip"], "Returns nights and reports of a subject."),
    operation("get", "/audit", true, &["limit", "skip"], "Lists the last actions."),
    operation("get", "/notifications", true, &["limit", "skip"], "Lists the messages to operators."),
    operation("get", "/healthz", false, &[], "Says that the database answers."),
    operation("get", "/readyz", false, &[], "Says that the server can do its work."),
    operation("get", "/metrics", false, &[], "Returns counters and standings for Prometheus."),
    operation("get", "/openapi.json", false, &[], "Returns this description."),
    operation("get", "/{language}/", false, &[], "Shows all subjects to customers."),
    operation("get", "/s/{subject}", false, &[], "Leads to the status page of a subject, for links that last."),
    operation("get", "/{language}/s/{subject}", false, &[], "Shows the status page of a subject."),
    operation("get", "/{language}/s/{subject}/{scope}/{testcase}", false, &[], "Shows the history of a testcase."),
    operation("get", "/{language}/help", false, &[], "Explains the pages."),
    operation(
        "get",
        "/feed.atom",
        false,
        &[],
        "Returns changes of conclusions and certificates as a feed, in English.",
    ),
    operation(
        "get",
        "/s/{subject}/badge.json",
        false,
        &["scope"],
        "Returns the badge as shields.io reads it, in English.",
    ),
    operation("get", "/s/{subject}/badge.svg", false, &["scope"], "Returns the badge of a subject, in English."),
    operation("get", "/s/{subject}/feed.atom", false, &[], "Returns the changes of a subject as a feed, in English."),
    operation("get", "/s/{subject}/logo.svg", false, &[], "Returns the logo of a subject's certificates, in English."),
    operation("get", "/s/{subject}/qr.svg", false, &[], "Returns the QR code of a subject's short address."),
    operation("get", "/{language}/feed.atom", false, &[], "Returns changes of conclusions and certificates as a feed."),
    operation(
        "get",
        "/{language}/s/{subject}/badge.json",
        false,
        &["scope"],
        "Returns the badge as shields.io reads it.",
    ),
    operation("get", "/{language}/s/{subject}/badge.svg", false, &["scope"], "Returns the badge of a subject."),
    operation("get", "/{language}/s/{subject}/feed.atom", false, &[], "Returns the changes of a subject as a feed."),
    operation("get", "/{language}/s/{subject}/logo.svg", false, &[], "Returns the logo of a subject's certificates."),
    operation("get", "/{language}/s/{subject}/{scope}/compare", false, &["a", "b"], "Compares two nights."),
    operation("get", "/{language}/dashboard", true, &[], "Shows the dashboard of an account."),
    operation(
        "get",
        "/{language}/forecast",
        false,
        &[],
        "Shows what changes with the next versions, and what ends soon.",
    ),
    operation("get", "/{language}/revocations", false, &[], "Shows the log of certificates."),
    operation("get", "/{language}/revocations.atom", false, &[], "Returns the log of certificates as a feed."),
    operation("get", "/{language}/scopes", false, &[], "Shows versions, their standards, and who conforms to them."),
    operation("get", "/revocations.atom", false, &[], "Returns the log of certificates as a feed, in English."),
    operation("get", "/revocations.json", false, &[], "Returns the log of certificates, and those that are revoked."),
    operation("get", "/static/site.css", false, &[], "Returns the style of the pages for customers."),
    operation("get", "/static/site.js", false, &[], "Returns the script with the filters of the overview."),
    operation("get", "/static/style.css", false, &[], "Returns the style of the pages."),
];

/// Returns everything that a parameter of a path can be; none if that is not limited.
fn choices(parameter: &str) -> Option<Vec<&'static str>> {
    match parameter {
        "view" => Some(Form::VARIANTS.iter().map(|form| form.name()).collect()),
        "language" => Some(Language::VARIANTS.iter().map(|language| language.code()).collect()),
        _ => None,
    }
}

/// Returns the first parts of all paths.
pub fn first_parts() -> BTreeSet<&'static str> {
    let firsts = OPERATIONS.iter().filter_map(|operation| operation.path.split('/').find(|part| !part.is_empty()));
    let expanded = firsts.flat_map(|first| {
        let parameter = first.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        parameter.and_then(choices).unwrap_or_else(|| vec![first])
    });
    expanded.collect()
}

/// Returns the description.
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in OPERATIONS {
        let entry = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Some(methods) = entry.as_object_mut() {
            methods.insert(operation.method.to_owned(), described(operation));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "scs-monitor",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The result server of the SCS conformance suite.",
        },
        "paths": paths,
        "components": {
            "securitySchemes": { "basic": { "type": "http", "scheme": "basic" } },
            "schemas": { "Refusal": {
                "type": "object",
                "required": ["detail"],
                "properties": { "detail": { "type": "string", "description": "The field, the problem, and the remedy." } },
            } },
        },
    })
}

fn described(operation: &Operation) -> Value {
    let in_path = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let path = in_path.map(|name| {
        let schema = match choices(name) {
            Some(choices) => json!({"type": "string", "enum": choices}),
            None => json!({"type": "string"}),
        };
        json!({"name": name, "in": "path", "required": true, "schema": schema})
    });
    let query = operation.query.iter().map(|name| {
        let kind = match *name {
            "limit" | "skip" => json!({"type": "integer", "minimum": 0}),
            "approved" => json!({"type": "boolean"}),
            "scopeuuid" => json!({"type": "string", "format": "uuid"}),
            _ => json!({"type": "string"}),
        };
        json!({"name": name, "in": "query", "required": false, "schema": kind})
    });
    let parameters: Vec<Value> = path.chain(query).collect();
    let refusal = json!({"description": "Refused.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}});
    let mut described = json!({
        "summary": operation.summary,
        "parameters": parameters,
        "responses": { "200": {"description": "Done."}, "4XX": refusal },
    });
    if operation.login {
        described["security"] = json!([{"basic": []}]);
    }
    if (operation.method, operation.path) == ("post", "/reports") {
        let text = json!({"schema": {"type": "string"}});
        described["requestBody"] = json!({"required": true, "content": {
            "application/x-signed-yaml": text, "application/x-signed-json": text}});
    }
    if (operation.method, operation.path) == ("post", "/results") {
        described["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": {}}}});
    }
    described
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_parts_have_no_parameters() {
        let found = first_parts();
        for expected in ["reports", "notifications", "revocations.json", "s", "page", "markdown", "en", "de"] {
            assert!(found.contains(expected), "{expected} is missing in {found:?}");
        }
        assert!(found.iter().all(|part| !part.is_empty() && !part.contains(['{', '/'])), "{found:?}");
    }
}
