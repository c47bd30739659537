//! Binds the parts of the file to each other and to the definitions.

use super::certificate::{Certificate, Revocation};
use super::file::{
    self, CertificateEntry, ContactEntry, EvidenceEntry, OperatorEntry, RegistryFile, RevocationEntry, SubjectEntry,
    WaiverEntry,
};
use super::model::{Contact, Evidence, Issuer, Operator, Registry, Subject, Waiver};
use chrono::NaiveDate;
use schemars::Schema;
use scs_checks::definition::{Definitions, Located, Problem, Problems, Source};
use sha2::{Digest, Sha256};
use std::cmp::Reverse;
use std::collections::HashMap;
use url::{Host, Url};

/// Collects problems while the parts are bound.
struct Binder<'a> {
    source: &'a Source,
    definitions: &'a Definitions,
    registry: Registry,
    /// The lines of names, by the kind of the name.
    lines: HashMap<(&'static str, String), usize>,
    problems: Vec<Problem>,
}

impl Registry {
    /// Parses a registry.
    ///
    /// # Errors
    /// Every problem in the file, with its place.
    pub fn parse(source: &Source, definitions: &Definitions) -> Result<Self, Problems> {
        let file: RegistryFile = source.parse().map_err(|problem| Problems(vec![problem]))?;
        let digest = hex::encode(Sha256::digest(&source.text));
        let (registry, lines, problems) = (Self { digest, ..Self::default() }, HashMap::new(), Vec::new());
        let mut binder = Binder { source, definitions, registry, lines, problems };
        binder.bind(&file);
        if binder.problems.is_empty() { Ok(binder.registry) } else { Err(Problems(binder.problems)) }
    }

    /// Returns the JSON Schema of the file.
    pub fn schema() -> Schema {
        file::schema()
    }
}

impl Binder<'_> {
    fn bind(&mut self, file: &RegistryFile) {
        self.registry.issuer = file
            .issuer
            .as_ref()
            .and_then(|issuer| Some(Issuer { name: issuer.name.clone(), url: self.address(&issuer.url)? }));
        file.operators.iter().for_each(|entry| self.operator(entry));
        file.subjects.iter().for_each(|entry| self.subject(entry));
        file.certificates.iter().for_each(|entry| self.certificate(entry));
        // The sort is stable, so certificates of one day keep their order.
        self.registry.certificates.sort_by_key(|certificate| Reverse(certificate.issued));
        file.evidence.iter().for_each(|entry| self.evidence(entry));
        file.waivers.iter().for_each(|entry| self.waiver(entry));
    }

    fn problem<T>(&mut self, at: &Located<T>, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(self.source.problem_at(at, message).help(help));
    }

    fn unknown<'k>(&mut self, kind: &str, name: &Located<String>, known: impl IntoIterator<Item = &'k str>) {
        let problem = self.source.problem_at(name, format!("there is no {kind} \"{}\"", **name));
        self.problems.push(problem.suggest(name, known));
    }

    /// Makes sure that a name is the only one of its kind, and fit for an address.
    fn name(&mut self, kind: &'static str, name: &Located<String>) {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || !name.chars().all(is_plain) {
            let message = format!("\"{}\" cannot be the name of a {kind}", **name);
            self.problem(name, message, "use letters, digits, -, _ and .");
        }
        if let Some(line) = self.lines.insert((kind, name.value.clone()), name.line) {
            let message = format!("there is a second {kind} \"{}\"; the first is in line {line}", **name);
            self.problem(name, message, "rename or remove one of them");
        }
    }

    fn address(&mut self, address: &Located<String>) -> Option<String> {
        if is_address(address) {
            return Some(address.value.clone());
        }
        self.problem(address, format!("\"{}\" is not an address", **address), "write https://HOST/PATH");
        None
    }

    fn optional_address(&mut self, address: Option<&Located<String>>) -> Option<String> {
        address.and_then(|address| self.address(address))
    }

    fn operator(&mut self, entry: &OperatorEntry) {
        self.name("operator", &entry.name);
        let contacts = entry.contacts.iter().filter_map(|contact| self.contact(contact)).collect();
        let title = entry.title.clone().unwrap_or_else(|| entry.name.value.clone());
        let operator = Operator { title, url: self.optional_address(entry.url.as_ref()), contacts };
        self.registry.operators.insert(entry.name.value.clone(), operator);
    }

    fn contact(&mut self, entry: &Located<ContactEntry>) -> Option<Contact> {
        let has_parts =
            |address: &str| address.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'));
        match (&entry.email, &entry.webhook) {
            (Some(address), None)
                if has_parts(address) && !address.contains(|c: char| c.is_whitespace() || c.is_control()) =>
            {
                Some(Contact::Email { address: address.clone(), language: entry.language })
            }
            (None, Some(address)) if is_webhook(address) => Some(Contact::Webhook(address.clone())),
            (Some(_), None) => {
                self.problem(entry, "this is not an address for e-mail", "write email: NAME@HOST");
                None
            }
            (None, Some(_)) => {
                self.problem(entry, "this is not the address of a webhook", "write webhook: https://HOST/PATH");
                None
            }
            _ => {
                self.problem(
                    entry,
                    "a contact has either an e-mail or a webhook",
                    "write two contacts, or remove one of the two",
                );
                None
            }
        }
    }

    fn subject(&mut self, entry: &SubjectEntry) {
        self.name("subject", &entry.name);
        if !self.registry.operators.contains_key(entry.operator.as_str()) {
            let known: Vec<String> = self.registry.operators.keys().cloned().collect();
            self.unknown("operator", &entry.operator, known.iter().map(String::as_str));
        }
        let tested: Vec<&Located<String>> = match (&entry.regions, &entry.configurations) {
            (None, None) => vec![&entry.name],
            (Some(parts), None) | (None, Some(parts)) => parts.iter().collect(),
            (Some(_), Some(configurations)) => {
                let message = format!("subject \"{}\" has regions and configurations", *entry.name);
                self.problem(&configurations[0], message, "make two subjects of it");
                return;
            }
        };
        for name in &tested {
            self.name("subject of reports", name);
        }
        let contacts = entry.contacts.iter().filter_map(|contact| self.contact(contact)).collect();
        let subject = Subject {
            title: entry.title.clone().unwrap_or_else(|| entry.name.value.clone()),
            operator: entry.operator.value.clone(),
            section: entry.section,
            tested: tested.iter().map(|name| name.value.clone()).collect(),
            technology: entry.technology.clone(),
            certificate_url: self.optional_address(entry.certificate_url.as_ref()),
            health_url: self.optional_address(entry.health_url.as_ref()),
            tested_by: entry.tested_by,
            contacts,
        };
        self.registry.subjects.insert(entry.name.value.clone(), subject);
    }

    fn certificate(&mut self, entry: &CertificateEntry) {
        self.name("certificate", &entry.id);
        self.version(&entry.scope, &entry.version);
        let Some(tested) = self.registry.subjects.get(entry.subject.as_str()).map(|subject| subject.tested.clone())
        else {
            let known: Vec<String> = self.registry.subjects.keys().cloned().collect();
            return self.unknown("subject", &entry.subject, known.iter().map(String::as_str));
        };
        for name in entry.covers.iter().flat_map(|covers| covers.iter()) {
            if !tested.contains(&name.value) {
                let kind = format!("region or configuration of \"{}\" named", *entry.subject);
                self.unknown(&kind, name, tested.iter().map(String::as_str));
            }
        }
        let covers = entry.covers.as_ref().map(|covers| covers.iter().map(|name| name.value.clone()).collect());
        let certificate = Certificate {
            id: entry.id.value.clone(),
            subject: entry.subject.value.clone(),
            covers: covers.unwrap_or(tested),
            scope: entry.scope.value.clone(),
            version: entry.version.value.clone(),
            issued: entry.issued,
            revocations: self.revocations(entry.issued, &entry.revocations),
        };
        self.registry.certificates.push(certificate);
    }

    fn version(&mut self, scope: &Located<String>, version: &Located<String>) {
        let definitions = self.definitions;
        match definitions.scopes.get(scope.as_str()) {
            None => self.unknown("scope", scope, definitions.scopes.keys().map(String::as_str)),
            Some(known) if !known.versions.contains_key(version.as_str()) => {
                self.unknown("version", version, known.versions.keys().map(|name| &**name));
            }
            Some(_) => {}
        }
    }

    /// Makes sure that the times follow each other within the validity.
    fn revocations(&mut self, issued: NaiveDate, entries: &[Located<RevocationEntry>]) -> Vec<Revocation> {
        let mut free = Some(issued);
        for entry in entries {
            if free.is_none_or(|free| entry.from < free) {
                self.problem(
                    entry,
                    "this time begins before the issue, or before the end of the one above it",
                    "correct from, or put the earlier one first",
                );
            }
            if entry.until.is_some_and(|until| until <= entry.from) {
                self.problem(entry, "this time ends before it begins", "correct until");
            }
            free = entry.until;
        }
        let revocation = |entry: &Located<RevocationEntry>| Revocation {
            from: entry.from,
            until: entry.until,
            reason: entry.reason.clone(),
        };
        entries.iter().map(revocation).collect()
    }

    /// Makes sure that a subject of reports and a testcase are known.
    fn known(&mut self, subject: &Located<String>, testcase: &Located<String>) {
        if self.registry.subject_of(subject).is_none() {
            let names: Vec<String> = self.registry.subjects.values().flat_map(|one| one.tested.clone()).collect();
            self.unknown("subject of reports", subject, names.iter().map(String::as_str));
        }
        let definitions = self.definitions;
        if definitions.testcase(testcase).is_none() {
            self.unknown("testcase", testcase, definitions.testcases().map(|testcase| testcase.id.as_str()));
        }
    }

    fn evidence(&mut self, entry: &EvidenceEntry) {
        self.known(&entry.subject, &entry.testcase);
        let definitions = self.definitions;
        if definitions.testcase(&entry.testcase).is_some_and(|testcase| !testcase.check.takes_evidence()) {
            let message = format!("{} is decided by a program, not by people", *entry.testcase);
            self.problem(&entry.testcase, message, "remove this statement");
        }
        if entry.sha256.len() != 64 || !entry.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            self.problem(&entry.sha256, "a SHA-256 has 64 hexadecimal digits", "copy what `sha256sum FILE` prints");
        }
        let Some(document) = self.address(&entry.document) else { return };
        self.registry.evidence.push(Evidence {
            subject: entry.subject.value.clone(),
            testcase: entry.testcase.value.clone(),
            conforms: entry.conforms,
            document,
            sha256: entry.sha256.to_lowercase(),
            person: entry.person.clone(),
            date: entry.date,
            due: entry.due,
        });
    }

    fn waiver(&mut self, entry: &WaiverEntry) {
        self.known(&entry.subject, &entry.testcase);
        self.registry.waivers.push(Waiver {
            subject: entry.subject.value.clone(),
            testcase: entry.testcase.value.clone(),
            reason: entry.reason.clone(),
            owner: entry.owner.clone(),
            expires: entry.expires,
        });
    }
}

/// Returns true for an address with https, or for a receiver on this machine.
fn is_webhook(text: &str) -> bool {
    let is_loopback = |url: &Url| match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        _ => false,
    };
    is_address(text) || Url::parse(text).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url))
}

/// Returns true for an address with https.
fn is_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| url.scheme() == "https" && url.has_host())
}
