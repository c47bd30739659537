//! The redaction of a report that is to be published. Every field of it is named here, so that the compiler asks about a
//! new one. What stays on which level, and why, stands in `docs/redaction.md`.

use super::address::address;
use super::records::{self, changes, evidence};
use super::stand_ins::StandIns;
use super::text::{KNOWN_ROLES, REDACTED, is_word, wordless};
use crate::report::{CollectionRecord, Report, Subject, TestcaseResult};
use scs_checks::facts::Now;
use scs_checks::verdict::{Finding, Outcome, Resource, ResourceKind};
use std::net::IpAddr;
use url::Url;

/// The part of a report that others may see.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Level {
    /// Verdicts, and which property of what kind of resource violates what: for everybody.
    Public,
    /// Also names of images, flavors and classes, and what was observed: for partners.
    Curated,
    /// Everything.
    Full,
}

/// Returns the report as others may see it on a level. Verdicts, tallies, and the number and weight of findings stay.
pub fn redact_report(mut report: Report, level: Level) -> Report {
    if level != Level::Full {
        let names = StandIns::default();
        let mut redaction = Redaction { level, names, hosts: Vec::new() };
        redaction.learn(&report);
        redaction.report(&mut report);
    }
    report
}

struct Redaction {
    level: Level,
    names: StandIns,
    /// Hosts of the subject, with their stand-ins, the longest first.
    hosts: Vec<(String, String)>,
}

impl Redaction {
    /// Learns the names and addresses of the subject itself.
    fn learn(&mut self, report: &Report) {
        let details = report.subject.details.values().map(String::as_str);
        let requests = report.facts.values().flat_map(|record| &record.requests).map(|request| request.url.as_str());
        let urls = details.chain(requests).filter_map(|text| Url::parse(text).ok());
        let hosts = urls.filter_map(|url| url.host_str().map(str::to_owned));
        self.hosts = hosts.map(|host| (host.clone(), self.names.of("host", &host))).collect();
        for (key, value) in &report.subject.details {
            if matches!(key.as_str(), "project" | "user" | "cluster" | "context" | "cloud") && value.len() > 3 {
                self.hosts.push((value.clone(), self.names.of(key, value)));
            }
        }
        self.hosts.sort_by_key(|(original, _)| std::cmp::Reverse(original.len()));
        self.hosts.dedup();
    }

    fn report(&mut self, report: &mut Report) {
        let Report {
            schema_version: _,
            id: _,
            tool: _,
            definitions: _,
            run_by,
            subject,
            scope: _,
            started_at: _,
            finished_at: _,
            reference,
            expires_at: _,
            clock,
            marks: _,
            selection: _,
            interrupted,
            changes: made,
            versions: _,
            standards: _,
            testcases,
            facts,
        } = report;
        records::run_by(run_by);
        self.subject(subject);
        interrupted.iter_mut().for_each(wordless);
        made.iter_mut().for_each(|made| changes(made, &mut self.names));
        let now = Now::from_clock(*reference, *clock);
        testcases.values_mut().for_each(|testcase| self.testcase(testcase, now));
        facts.values_mut().for_each(|record| self.record(record));
    }

    fn subject(&mut self, subject: &mut Subject) {
        let Subject { name: _, kind: _, simulated: _, details, state: _, reason } = subject;
        reason.iter_mut().for_each(wordless);
        for (key, value) in details.iter_mut() {
            *value = self.detail(key, value);
        }
        let level = if self.level == Level::Public { "public" } else { "curated" };
        details.insert("redaction".to_owned(), level.to_owned());
    }

    fn detail(&mut self, key: &str, value: &str) -> String {
        match key {
            "version" | "interface" => self.text(value),
            "auth_url" | "server" => address(value, &mut self.names),
            "region" if self.level == Level::Curated => self.text(value),
            "roles" => {
                let known = value.split(", ").filter(|role| KNOWN_ROLES.contains(role));
                known.collect::<Vec<_>>().join(", ")
            }
            _ => self.names.of(key, value),
        }
    }

    fn testcase(&mut self, testcase: &mut TestcaseResult, now: Now) {
        let TestcaseResult {
            verdict: _,
            reason,
            examined: _,
            vacuous: _,
            findings,
            evidence: stated,
            standard: _,
            description: _,
            url: _,
            remedy: _,
            clauses: _,
            check: _,
            needs: _,
            fallbacks: _,
            targets: _,
            section: _,
            lifetime: _,
            expires_at: _,
            duration_ms: _,
            attempts,
        } = testcase;
        if self.level == Level::Public {
            // There are no requests that they could be counted of.
            *attempts = 0;
        }
        if let Some(stated) = stated {
            // What is said of it is said anew, with the stand-ins.
            evidence(stated, &mut self.names);
            Outcome { reason: *reason, findings: *findings, .. } = stated.outcome(now);
            return;
        }
        reason.iter_mut().for_each(wordless);
        findings.iter_mut().for_each(|finding| self.finding(finding));
    }

    fn finding(&mut self, finding: &mut Finding) {
        let Finding { severity: _, resource, property, expected, observed, message } = finding;
        // The message may quote names of the resource.
        let said = match self.level {
            Level::Public => REDACTED.to_owned(),
            _ => self.message(message, resource.as_ref()),
        };
        *message = said;
        resource.iter_mut().for_each(|resource| self.resource(resource));
        for text in [property, expected].into_iter().flatten() {
            *text = self.text(text);
        }
        if let Some(text) = observed {
            *text = if self.level == Level::Public { REDACTED.to_owned() } else { self.text(text) };
        }
    }

    /// Redacts a message, with the stand-ins of its resource.
    fn message(&mut self, message: &str, resource: Option<&Resource>) -> String {
        let Some(original) = resource else { return self.text(message) };
        let mut stand_in = original.clone();
        self.resource(&mut stand_in);
        let mut said = message.to_owned();
        for (from, to) in [(&original.id, &stand_in.id), (&original.name, &stand_in.name)] {
            if from.len() > 3 && from != to {
                said = said.replace(from.as_str(), to);
            }
        }
        self.text(&said)
    }

    fn resource(&mut self, resource: &mut Resource) {
        let Resource { kind, id, name } = resource;
        let same = id == name;
        let stand_in = self.name(*kind, name);
        *id = if same { stand_in.clone() } else { self.names.of(&kind.to_string(), id) };
        *name = stand_in;
    }

    /// Returns a name, where it is that of what everybody sees; else a stand-in.
    fn name(&mut self, kind: ResourceKind, name: &str) -> String {
        let curated = self.level == Level::Curated;
        match kind {
            // Names of the standards.
            ResourceKind::Flavor if name.starts_with("SCS-") => self.text(name),
            ResourceKind::ApiKind | ResourceKind::E2eTest => self.text(name),
            ResourceKind::Flavor
            | ResourceKind::Image
            | ResourceKind::VolumeType
            | ResourceKind::StorageClass
            | ResourceKind::IngressClass
                if curated =>
            {
                self.text(name)
            }
            ResourceKind::Service if is_word(name) => name.to_owned(),
            ResourceKind::Endpoint => address(name, &mut self.names),
            _ => self.names.of(&kind.to_string(), name),
        }
    }

    fn record(&mut self, record: &mut CollectionRecord) {
        if self.level == Level::Public {
            record.requests.clear();
        }
        records::record(record, &mut |url, id| {
            *url = address(url, &mut self.names);
            *id = None;
        });
    }

    /// Returns a text without hosts and names of the subject, addresses of machines and people, and ids.
    fn text(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for (original, stand_in) in &self.hosts {
            text = text.replace(original.as_str(), stand_in);
        }
        let ends = |c: char| c.is_whitespace() || "\"'`()[]{}<>,;|".contains(c);
        text.split_inclusive(ends)
            .map(|word| {
                let bare = word.trim_end_matches(ends);
                let rest = word.get(bare.len()..).unwrap_or_default();
                format!("{}{rest}", self.word(bare))
            })
            .collect()
    }

    fn word(&mut self, word: &str) -> String {
        let bare = word.trim_end_matches(['.', ':', '!', '?']);
        let end = word.get(bare.len()..).unwrap_or_default();
        match Url::parse(bare).ok().filter(Url::has_host) {
            Some(url) if url.domain().is_some() => return public_address(url) + end,
            Some(_) => return address(bare, &mut self.names) + end,
            None => {}
        }
        if let Some((key, value)) = bare.split_once('=') {
            return format!("{}={}{end}", self.word(key), self.word(value));
        }
        let (host, port) = bare.rsplit_once(':').filter(|(host, _)| !host.contains(':')).unwrap_or((bare, ""));
        let ip = |text: &str| text.split('/').next().unwrap_or_default().parse::<IpAddr>().ok();
        let is_everything = matches!(bare, "0.0.0.0/0" | "::/0");
        let kind = if ip(bare).or(ip(host)).is_some() && !is_everything {
            "address"
        } else if bare.contains('@') {
            "account"
        } else if is_id(bare) {
            "id"
        } else {
            return word.to_owned();
        };
        let port = if port.is_empty() || kind != "address" { String::new() } else { format!(":{port}") };
        let original = if port.is_empty() { bare } else { host };
        format!("{}{port}{end}", self.names.of(kind, original))
    }
}

/// Returns an address that is not the subject's, without what one needs to be let in there.
fn public_address(mut url: Url) -> String {
    // Both fail only for addresses that cannot have them.
    let _ = (url.set_username(""), url.set_password(None));
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

/// Returns true for a UUID, also without hyphens, and for longer hexadecimal digits.
fn is_id(word: &str) -> bool {
    let word = word.strip_prefix("req-").unwrap_or(word);
    let digits = word.chars().filter(char::is_ascii_hexdigit).count();
    digits >= 32 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("image Debian 13 is old", "image Debian 13 is old")]
    #[case("no answer from 10.1.2.3:8774.", "no answer from address-1:8774.")]
    #[case("(fd00::1), 10.0.0.0/8 and 0.0.0.0/0", "(address-1), address-2 and 0.0.0.0/0")]
    #[case("ask erika@acme.example", "ask account-1")]
    #[case("0f1e2d3c-5a0e-4a55-9b0a-0c4d7e2f11aa", "id-1")]
    #[case("of project 21dced0fd20347869b93710d2b98aae0:", "of project id-1:")]
    #[case(
        "keystone.acme.example and https://keystone.acme.example/v3",
        "host-1.example.org and https://host-1.example.org/v3"
    )]
    #[case("at https://u:p@cloud.debian.org/images?x=y", "at https://cloud.debian.org/images")]
    fn texts_tell_nothing_of_the_subject(#[case] text: &str, #[case] expected: &str) {
        let mut names = StandIns::default();
        let host = "keystone.acme.example".to_owned();
        let hosts = vec![(host.clone(), names.of("host", &host))];
        let mut redaction = Redaction { level: Level::Curated, names, hosts };
        assert_eq!(redaction.text(text), expected);
    }
}
