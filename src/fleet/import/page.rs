//! Writes our configuration.

use super::file::Today;
use super::subject::{ImportedAccess, ImportedSubject};
use crate::config::quoted;
use indexmap::IndexMap;
use std::fmt::Write;

/// Returns the text of `scs-conformance.yaml`.
pub(super) fn page(
    today: &Today,
    subjects: &[ImportedSubject],
    presets: &IndexMap<String, Vec<String>>,
    server: &str,
) -> String {
    let mut page = "# Made of config.toml by `scs-conformance import-config`.\n".to_owned();
    page.push_str("defaults: {deadline: 10m, changes: true}\n");
    // Writing to a text cannot fail.
    if let Some(workers) = today.presets.values().filter_map(|preset| preset.workers).max() {
        let _ = writeln!(page, "limits: {{subjects: {}}}", workers.clamp(1, 256));
    }
    page.push_str("outputs: {dir: \"results/{night}/{subject}\", formats: [json, junit, yaml, html]}\n");
    if let Some((key, token)) = today.secrets.keyfile.as_ref().zip(today.secrets.tokenfile.as_ref()) {
        let _ = writeln!(page, "signing: {{key: {{file: {}}}, identity: provider-a}}", quoted(key));
        let decode = "base64 -d \"$0\" | cut -d: -f2-";
        let _ = writeln!(
            page,
            "servers:\n  - url: {}\n    account: provider-a\n    token: {{command: [sh, -c, {}, {}]}}",
            quoted(server),
            quoted(decode),
            quoted(token)
        );
    }
    page.push_str("subjects:\n");
    for subject in subjects {
        let access = match &subject.access {
            ImportedAccess::Cloud(cloud) => format!("cloud: {}", quoted(cloud)),
            ImportedAccess::Kubeconfig(path) => format!("kubeconfig: {}", quoted(path)),
            ImportedAccess::Kind { name, image, config } => {
                let keys = [("name", name), ("image", image), ("config", config)];
                let key = |(key, value): (&str, &Option<String>)| Some(format!("{key}: {}", quoted(value.as_ref()?)));
                format!(
                    "provisioner: {{kind: {{{}}}}}",
                    keys.into_iter().filter_map(key).collect::<Vec<_>>().join(", ")
                )
            }
        };
        let _ = writeln!(page, "  - {{name: {}, scope: {}, {access}}}", quoted(&subject.name), subject.scope);
    }
    if !presets.is_empty() {
        page.push_str("presets:\n");
        for (name, names) in presets {
            let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            let _ = writeln!(page, "  {}: {{subjects: [{}]}}", quoted(name), names.join(", "));
        }
    }
    page
}
