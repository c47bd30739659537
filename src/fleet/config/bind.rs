//! Binds the parts of the file to each other and to the definitions.

use super::file::{
    self, ConfigFile, Defaults, LimitsEntry, OutputsEntry, ServerEntry, SigningEntry, SubjectEntry, WaiverEntry,
};
use super::kind::kind_of;
use super::model::{
    Access, BRANCH, Config, NightLimits, Outputs, ScheduleRule, Server, Signing, SigningKeySource, Subject, Waiver,
};
use super::provisioner::{self, ProvisionerEntry};
use super::words::OutputName;
use indexmap::IndexMap;
use schemars::Schema;
use scs_checks::definition::{Definitions, Located, Problem, Problems, Source};
use scs_checks::facts::SubjectKind;
use scs_reports::Format;
use scs_subjects::wire::address::is_local;
use std::path::Path;
use std::time::Duration;
use url::Url;

/// The time limit of a run that has none.
const USUAL: Duration = Duration::from_secs(10 * 60);

/// Collects problems while the parts are bound.
struct Binder<'a> {
    source: &'a Source,
    folder: &'a Path,
    definitions: &'a Definitions,
    problems: Vec<Problem>,
}

impl Config {
    /// Parses a configuration. Paths in it are relative to the folder of the file.
    ///
    /// # Errors
    /// Every problem in the file, with its place.
    pub fn load(source: &Source, folder: &Path, definitions: &Definitions) -> Result<Self, Problems> {
        bind(source, folder, definitions)
    }

    /// Returns the JSON Schema of the file.
    pub fn schema() -> Schema {
        file::schema()
    }
}

fn bind(source: &Source, folder: &Path, definitions: &Definitions) -> Result<Config, Problems> {
    let file: ConfigFile = source.parse().map_err(|problem| Problems(vec![problem]))?;
    let mut binder = Binder { source, folder, definitions, problems: Vec::new() };
    let subjects = binder.subjects(&file.subjects, &file.defaults);
    let presets = file.presets.iter().map(|(name, preset)| (name.clone(), binder.names(&preset.subjects, &subjects)));
    let presets: IndexMap<String, Vec<String>> = presets.collect();
    let config = Config {
        presets,
        schedule: file
            .schedule
            .iter()
            .map(|rule| ScheduleRule { days: rule.days.clone(), sections: rule.sections.to_vec() })
            .collect(),
        limits: binder.limits(&file.limits),
        outputs: binder.outputs(&file.outputs),
        signing: file.signing.and_then(|signing| binder.signing(signing)),
        servers: file.servers.into_iter().filter_map(|server| binder.server(server)).collect(),
        waivers: file.waivers.iter().filter_map(|waiver| binder.waiver(waiver, &subjects)).collect(),
        fail_on: file.fail_on,
        subjects,
    };
    binder.bundles_need_signatures(&config);
    binder.servers_need_signatures(&config);
    if binder.problems.is_empty() { Ok(config) } else { Err(Problems(binder.problems)) }
}

impl Binder<'_> {
    fn problem<T>(&mut self, at: &Located<T>, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(self.source.problem_at(at, message).help(help));
    }

    fn unknown<'k>(&mut self, kind: &str, name: &Located<String>, known: impl IntoIterator<Item = &'k str>) {
        let problem = self.source.problem_at(name, format!("there is no {kind} \"{}\"", **name));
        self.problems.push(problem.suggest(name, known));
    }

    fn subjects(&mut self, entries: &[SubjectEntry], defaults: &Defaults) -> Vec<Subject> {
        let mut subjects: Vec<Subject> = Vec::new();
        for entry in entries {
            if subjects.iter().any(|known| known.name == *entry.name) {
                self.problem(
                    &entry.name,
                    format!("there is a second subject \"{}\"", *entry.name),
                    "rename one of them",
                );
            }
            subjects.extend(self.subject(entry, defaults));
        }
        subjects
    }

    fn subject(&mut self, entry: &SubjectEntry, defaults: &Defaults) -> Option<Subject> {
        self.name(&entry.name);
        let access = self.access(entry);
        let scope = self.scope(entry, defaults);
        let (access, scope) = (access?, scope?);
        self.scope_fits(entry, &scope, access.kind());
        if entry.name.contains(BRANCH) && access.kind() == SubjectKind::Cloud {
            self.problem(&entry.name, "a cloud has no branch of Kubernetes", "remove {branch} from the name");
        }
        let mut variables = defaults.variables.clone();
        variables.extend(entry.variables.clone());
        Some(Subject {
            name: entry.name.value.clone(),
            group: entry.group.clone(),
            scope,
            access,
            changes: entry.changes.or(defaults.changes).unwrap_or(false),
            deadline: entry.deadline.or(defaults.deadline).map_or(USUAL, |time| time.0),
            exclusive: entry.exclusive.clone(),
            contact: entry.contact.clone().or_else(|| defaults.contact.clone()),
            variables,
        })
    }

    /// Checks that the scope is about this kind of subject.
    fn scope_fits(&mut self, entry: &SubjectEntry, scope: &str, kind: SubjectKind) {
        if let Some(other) = kind_of(self.definitions, scope).filter(|other| *other != kind) {
            let message = format!("this subject is a {kind}, but the scope {scope} is about a {other}");
            self.problem(entry.scope.as_ref().unwrap_or(&entry.name), message, "choose a scope for it");
        }
    }

    /// Checks that a name can be that of a folder, of an account and of a cluster.
    fn name(&mut self, name: &Located<String>) {
        let plain = name.replacen(BRANCH, "", 1);
        let is_fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if plain.is_empty() || plain.starts_with('.') || plain.len() > 60 || !plain.chars().all(is_fine) {
            let help = "use at most 60 letters, digits, -, _ and . (not at the beginning), and {branch} at most once";
            self.problem(name, format!("\"{}\" cannot be the name of a subject", **name), help);
        }
    }

    fn access(&mut self, entry: &SubjectEntry) -> Option<Access> {
        if let Some(provisioner) = &entry.provisioner {
            return self.provisioned(entry, provisioner);
        }
        match (&entry.cloud, &entry.kubeconfig) {
            (Some(cloud), None) => {
                if let Some(context) = &entry.context {
                    self.problem(
                        context,
                        "a cloud has no context",
                        "remove it, or name a kubeconfig instead of a cloud",
                    );
                }
                let region = entry.region.as_ref().map(|region| region.value.clone());
                Some(Access::Cloud { cloud: cloud.value.clone(), region })
            }
            (None, Some(kubeconfig)) => {
                if let Some(region) = &entry.region {
                    self.problem(
                        region,
                        "a cluster has no region",
                        "remove it, or name a cloud instead of a kubeconfig",
                    );
                }
                let context = entry.context.as_ref().map(|context| context.value.clone());
                Some(Access::Cluster { kubeconfig: self.folder.join(&kubeconfig.value), context })
            }
            (Some(_), Some(kubeconfig)) => {
                self.problem(kubeconfig, "a subject is a cloud or a cluster", "make two subjects of it");
                None
            }
            (None, None) => {
                let message = format!("the subject \"{}\" says not how it is reached", *entry.name);
                self.problem(&entry.name, message, "add cloud: NAME, kubeconfig: FILE or provisioner: …");
                None
            }
        }
    }

    fn provisioned(&mut self, entry: &SubjectEntry, provisioner: &Located<ProvisionerEntry>) -> Option<Access> {
        let texts = [("cloud", &entry.cloud), ("region", &entry.region), ("context", &entry.context)];
        let place = |at: &Located<String>| (at.line, at.column);
        let texts = texts.into_iter().filter_map(|(key, value)| Some((key, place(value.as_ref()?))));
        let kubeconfig = entry.kubeconfig.as_ref().map(|at| ("kubeconfig", (at.line, at.column)));
        if let Some((key, (line, column))) = kubeconfig.into_iter().chain(texts).next() {
            let problem = self.source.problem(line, column, format!("a subject with a provisioner has no {key}"));
            self.problems.push(problem.help("remove it, or the provisioner"));
        }
        let branch = entry.name.contains(BRANCH).then_some(BRANCH);
        let bound = provisioner::bind(provisioner, self.source, self.folder, branch);
        let bound = bound.map_err(|problems| self.problems.extend(problems)).ok()?;
        Some(Access::Provisioned(Box::new(bound)))
    }

    fn scope(&mut self, entry: &SubjectEntry, defaults: &Defaults) -> Option<String> {
        let Some(scope) = entry.scope.as_ref().or(defaults.scope.as_ref()) else {
            let message = format!("the subject \"{}\" has no scope", *entry.name);
            self.problem(&entry.name, message, "add scope: scs-compatible-iaas here or under defaults");
            return None;
        };
        if self.definitions.scopes.contains_key(&scope.value) {
            return Some(scope.value.clone());
        }
        let definitions = self.definitions;
        self.unknown("scope", scope, definitions.scopes.keys().map(String::as_str));
        None
    }

    /// Returns names of subjects, all of which are known.
    fn names(&mut self, names: &[Located<String>], subjects: &[Subject]) -> Vec<String> {
        for name in names {
            self.known(name, subjects);
        }
        names.iter().map(|name| name.value.clone()).collect()
    }

    fn known(&mut self, name: &Located<String>, subjects: &[Subject]) {
        if !subjects.iter().any(|subject| subject.name == **name) {
            self.unknown("subject", name, subjects.iter().map(|subject| subject.name.as_str()));
        }
    }

    fn limits(&mut self, limits: &LimitsEntry) -> NightLimits {
        let mut number = |value: &Option<Located<usize>>, usual| match value {
            Some(number) if (1..=256).contains(&number.value) => number.value,
            Some(number) => {
                self.problem(number, format!("{} is not a number between 1 and 256", **number), "choose one of these");
                usual
            }
            None => usual,
        };
        NightLimits {
            subjects: number(&limits.subjects, 16),
            requests_per_host: number(&limits.requests_per_host, 8),
            deadline: limits.deadline.map_or(Duration::from_secs(5 * 3600), |time| time.0),
        }
    }

    fn outputs(&mut self, outputs: &OutputsEntry) -> Outputs {
        let usual = "results/{night}/{subject}".to_owned();
        let dir = outputs.dir.as_ref().map_or(usual, |dir| dir.value.clone());
        if let Some(place) = &outputs.dir {
            self.folder_pattern(place);
        }
        let usual = vec![Format::Json, Format::Junit, Format::Yaml, Format::Html];
        let names = outputs.formats.as_ref().map_or([].as_slice(), |formats| formats.as_slice());
        let report = |name: &OutputName| if let OutputName::Report(format) = name { Some(*format) } else { None };
        let mut formats = if names.is_empty() { usual } else { names.iter().filter_map(report).collect() };
        if !formats.contains(&Format::Json) {
            formats.insert(0, Format::Json);
        }
        let bundle = names.contains(&OutputName::Bundle);
        Outputs { dir: self.folder.join(dir).display().to_string(), formats, bundle }
    }

    /// Checks that each subject and night gets a folder of its own.
    fn folder_pattern(&mut self, dir: &Located<String>) {
        for needed in ["{night}", "{subject}"] {
            if !dir.contains(needed) {
                let message = format!("the folder needs {needed}, or reports would overwrite each other");
                self.problem(dir, message, "write a folder like results/{night}/{subject}");
            }
        }
        let known = ["night", "subject", "group", "scope"];
        let mut rest = dir.value.as_str();
        while let Some((_, after)) = rest.split_once('{') {
            let (word, behind) = after.split_once('}').unwrap_or((after, ""));
            if !known.contains(&word) {
                let problem = self.source.problem_at(dir, format!("{{{word}}} is unknown in the folder"));
                self.problems.push(problem.suggest(word, known));
            }
            rest = behind;
        }
    }

    fn signing(&mut self, entry: SigningEntry) -> Option<Signing> {
        let key = match (entry.key, entry.agent) {
            (Some(key), None) => SigningKeySource::Key(key.within(self.folder)),
            (None, Some(public)) => SigningKeySource::Agent(self.folder.join(public)),
            _ => {
                self.problem(
                    &entry.identity,
                    "signing takes either a key or an agent",
                    "name key: {file: …} or agent: PUBLIC-KEY-FILE",
                );
                return None;
            }
        };
        let passphrase = entry.passphrase.map(|secret| secret.within(self.folder));
        Some(Signing { key, passphrase, identity: entry.identity.value })
    }

    fn server(&mut self, entry: ServerEntry) -> Option<Server> {
        let Ok(url) = Url::parse(&entry.url) else {
            self.problem(
                &entry.url,
                format!("\"{}\" is not an address", *entry.url),
                "write one like https://compliance.example.org",
            );
            return None;
        };
        if url.scheme() != "https" && !is_local(&url) {
            self.problem(&entry.url, "the token would be sent without encryption", "use https");
        }
        if !url.username().is_empty() || url.password().is_some() {
            self.problem(&entry.url, "there is a password in the address", "use account and token");
        }
        if entry.account.is_empty() || entry.account.contains(':') {
            self.problem(
                &entry.account,
                "this cannot be the name of an account",
                "it must not be empty nor have a colon",
            );
        }
        Some(Server { url, account: entry.account.value, token: entry.token.within(self.folder) })
    }

    fn waiver(&mut self, entry: &WaiverEntry, subjects: &[Subject]) -> Option<Waiver> {
        if let Some(subject) = &entry.subject {
            self.known(subject, subjects);
        }
        for (text, word) in [(&entry.reason, "reason"), (&entry.owner, "owner")] {
            if text.trim().is_empty() {
                self.problem(text, format!("a waiver needs its {word}"), "say it");
            }
        }
        let Some(testcase) = self.definitions.testcase(&entry.testcase) else {
            let definitions = self.definitions;
            let known = definitions.testcases().map(|testcase| testcase.id.as_str());
            self.unknown("testcase", &entry.testcase, known);
            return None;
        };
        Some(Waiver {
            subject: entry.subject.as_ref().map(|subject| subject.value.clone()),
            testcase: testcase.id.clone(),
            resource: entry.resource.clone(),
            reason: entry.reason.value.clone(),
            owner: entry.owner.value.clone(),
            expires: entry.expires,
        })
    }

    /// A bundle that nobody signs proves nothing.
    fn bundles_need_signatures(&mut self, config: &Config) {
        if config.outputs.bundle && config.signing.is_none() {
            let problem = self.source.problem(0, 0, "bundles are signed, and there is no key");
            self.problems.push(problem.help("add signing: {key: {file: …}, identity: …}"));
        }
    }

    /// Servers take signed reports in the form of today's suite only.
    fn servers_need_signatures(&mut self, config: &Config) {
        if config.servers.is_empty() {
            return;
        }
        if config.signing.is_none() {
            let problem = self.source.problem(0, 0, "result servers take signed reports only, and there is no key");
            self.problems.push(problem.help("add signing: {key: {file: …}, identity: …}"));
        }
        if !config.outputs.formats.iter().any(|format| format.is_for_upload()) {
            let problem = self.source.problem(0, 0, "result servers take yaml reports, and none is written");
            self.problems.push(problem.help("add yaml to the formats of outputs"));
        }
    }
}
