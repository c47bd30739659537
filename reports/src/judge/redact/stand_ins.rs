//! The stand-ins of a redacted recording: for what each stands, and where else that occurs.

use crate::judge::evaluate::Collected;
use crate::judge::recording::Recording;
use indexmap::IndexMap;
use scs_checks::facts::{CloudFacts, Slot};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use url::Url;

/// The stand-ins by their originals.
#[derive(Default)]
pub(super) struct StandIns {
    by_original: IndexMap<(String, String), String>,
    counts: BTreeMap<String, usize>,
}

impl StandIns {
    /// Returns the stand-in of an original; an empty original needs none.
    pub fn of(&mut self, kind: &str, original: &str) -> String {
        if original.is_empty() {
            return String::new();
        }
        let key = (kind.to_owned(), original.to_owned());
        if let Some(known) = self.by_original.get(&key) {
            return known.clone();
        }
        let count = self.counts.entry(kind.to_owned()).or_default();
        *count += 1;
        let stand_in = if kind == "host" { format!("host-{count}.example.org") } else { format!("{kind}-{count}") };
        self.by_original.insert(key, stand_in.clone());
        stand_in
    }

    /// Returns the kind of an original that is known already.
    pub fn kind_of(&self, original: &str) -> Option<&'static str> {
        const IDS: &[&str] = &["project", "image", "flavor", "volume-type", "rule", "resource"];
        IDS.iter().copied().find(|kind| self.by_original.contains_key(&((*kind).to_owned(), original.to_owned())))
    }

    /// Learns the hosts of all addresses, and the project in their paths.
    pub fn know_addresses(&mut self, collected: &Collected, facts: &CloudFacts) {
        let mut addresses: Vec<&str> =
            collected.subject.details.get("auth_url").map(String::as_str).into_iter().collect();
        if let Slot::Known(catalog) = &facts.catalog {
            addresses.extend(
                catalog.services.iter().flat_map(|service| &service.endpoints).map(|endpoint| endpoint.url.as_str()),
            );
        }
        if let Slot::Known(answer) = &facts.s3_answer {
            addresses.push(&answer.url);
        }
        if let Slot::Known(endpoints) = &facts.tls_endpoints {
            endpoints.0.iter().map(|endpoint| endpoint.host.as_str()).for_each(|host| drop(self.of("host", host)));
        }
        addresses
            .extend(collected.records.values().flat_map(|record| &record.requests).map(|request| request.url.as_str()));
        for address in addresses {
            if let Some(host) = Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned)) {
                self.of("host", &host);
            }
        }
        if let Some(project) = collected.subject.details.get("project") {
            self.of("project", project);
        }
    }

    /// Replaces hosts and ids wherever else they occur: in addresses, in texts, in properties.
    /// Names are left to the fields that hold them: a project may be called `debian`.
    pub fn replace_everywhere(&self, recording: &Recording) -> serde_json::Result<Recording> {
        let originals = self
            .by_original
            .iter()
            .filter(|((kind, original), _)| {
                original.len() >= Finder::SHORTEST
                    && !matches!(
                        kind.as_str(),
                        "property"
                            | "value"
                            | "tag"
                            | "role"
                            | "cloud"
                            | "region"
                            | "payload"
                            | "segment"
                            | "type"
                            | "person"
                            | "document"
                            | "zone"
                    )
            })
            .map(|((_, original), stand_in)| (original.as_str(), stand_in.as_str()));
        let mut value = serde_json::to_value(recording)?;
        Finder::of(originals).replace_in(&mut value);
        serde_json::from_value(value)
    }
}

/// Finds originals in texts, however many there are: a cloud with 10,000 images and flavors has 20,000 ids, and each of
/// them may occur in each of 500,000 texts. So each text is read once, and originals are looked up by how they begin.
struct Finder<'a> {
    /// The longest first, as a shorter one may be the beginning of it.
    by_beginning: HashMap<&'a [u8], Vec<(&'a str, &'a str)>>,
}

impl<'a> Finder<'a> {
    /// Shorter originals occur anywhere by chance.
    const SHORTEST: usize = 6;

    fn of(originals: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut by_beginning: HashMap<_, Vec<_>> = HashMap::new();
        for (original, stand_in) in originals {
            if let Some(beginning) = original.as_bytes().get(..Self::SHORTEST) {
                by_beginning.entry(beginning).or_default().push((original, stand_in));
            }
        }
        for same in by_beginning.values_mut() {
            same.sort_by_key(|(original, _)| std::cmp::Reverse(original.len()));
        }
        Self { by_beginning }
    }

    fn replace_in(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.replaced(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.replace_in(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.replace_in(field)),
            _ => {}
        }
    }

    fn replaced(&self, text: &str) -> String {
        let (mut replaced, mut rest, mut at) = (String::new(), text, 0);
        while at < rest.len() {
            match self.at(rest.as_bytes(), at) {
                None => at += 1,
                Some((original, stand_in)) => {
                    // An original begins and ends with whole characters, so these places are never within one.
                    replaced.push_str(rest.get(..at).unwrap_or_default());
                    replaced.push_str(stand_in);
                    rest = rest.get(at + original.len()..).unwrap_or_default();
                    at = 0;
                }
            }
        }
        replaced + rest
    }

    /// Returns the longest original that stands at this place, with its stand-in.
    fn at(&self, text: &[u8], at: usize) -> Option<(&'a str, &'a str)> {
        let same = self.by_beginning.get(text.get(at..at + Self::SHORTEST)?)?;
        let here = text.get(at..)?;
        same.iter().find(|(original, _)| here.starts_with(original.as_bytes())).copied()
    }
}
