//! Shared parts of the rules about API servers.

use super::super::kubernetes_version::{Branch, Spelled};
use crate::facts::{ApiServerFlags, ApiServerProcess, ClusterVersion};
use crate::verdict::{Finding, Findings, Reason, ReasonCode};

/// A flag without which no API server starts. One that does not show it has hidden flags.
const NEVER_MISSING: &str = "etcd-servers";

/// Judges every API server that is visible by some of its flags. A missing flag has its default only if the others
/// can be seen; one with a value from the environment is unknown.
pub(super) fn every_server(
    flags: &ApiServerFlags,
    by: &[&str],
    mut rule: impl FnMut(&ApiServerProcess, &mut Findings),
) -> Findings {
    if flags.0.is_empty() {
        return Findings::undecided("no API server is visible");
    }
    Findings::each(&flags.0, |server, findings| {
        let hidden = by.iter().find(|flag| server.is_from_environment(flag));
        if server.flag(NEVER_MISSING).is_none() {
            undecided(server, NEVER_MISSING, "it shows no flags, or not all of them", findings);
        } else if !server.unread.is_empty() {
            let why = "its command line has words that are not flags, so it may have hidden flags";
            undecided(server, by.first().unwrap_or(&NEVER_MISSING), why, findings);
        } else if let Some(flag) = hidden {
            undecided(
                server,
                flag,
                "the value comes from the environment of the container, which cannot be read",
                findings,
            );
        } else {
            rule(server, findings);
        }
    })
}

/// Creates a violation about a flag of an API server.
pub(super) fn violation(server: &ApiServerProcess, flag: &str, message: &str) -> Finding {
    by_flag(Finding::violation(format!("{}: {message}", server.pod)), server, flag)
}

/// Creates a warning about a flag of an API server.
pub(super) fn warning(server: &ApiServerProcess, flag: &str, message: &str) -> Finding {
    by_flag(Finding::warning(format!("{}: {message}", server.pod)), server, flag)
}

fn by_flag(finding: Finding, server: &ApiServerProcess, flag: &str) -> Finding {
    let observed = server.flags.get(flag).map_or_else(|| "not set".to_owned(), |values| values.join(", "));
    finding.on(server.resource()).property(format!("--{flag}")).observed(observed)
}

/// Reports that a flag of an API server leaves the testcase undecided.
pub(super) fn undecided(server: &ApiServerProcess, flag: &str, why: &str, findings: &mut Findings) {
    let message = format!("{}: {why}", server.pod);
    let finding = Finding::warning(format!("not decided: {message}"));
    findings.push(finding.on(server.resource()).property(format!("--{flag}")));
    findings.unknown(Reason::new(ReasonCode::Inconclusive, message));
}

/// Returns true for a flag that was given, and neither empty nor off.
pub(super) fn is_set(server: &ApiServerProcess, flag: &str) -> bool {
    server.flag(flag).is_some_and(|value| !value.is_empty() && !is_false(value))
}

/// Returns true if a value is a spelling of "no" in programs written in Go.
pub(super) fn is_false(value: &str) -> bool {
    matches!(value, "0" | "f" | "F" | "false" | "FALSE" | "False")
}

/// Returns the branch of the API server, or the reason why it is not known.
pub(super) fn branch_of(cluster: &ClusterVersion) -> Result<Branch, Reason> {
    spelled(cluster).map(|spelled| spelled.version.branch)
}

/// Explains that a feature of later branches cannot be judged, if the server is older.
pub(super) fn too_old(cluster: &ClusterVersion, since: Branch, what: &str) -> Option<Reason> {
    let Spelled { version, pre_release } = match spelled(cluster) {
        Ok(spelled) => spelled,
        Err(reason) => return Some(reason),
    };
    let is_old = version.branch < since || pre_release && version.branch == since;
    let message = || format!("server too old: it is {}, and {what} exists from {since} on", cluster.git_version);
    is_old.then(|| Reason::new(ReasonCode::Prerequisite, message()))
}

fn spelled(cluster: &ClusterVersion) -> Result<Spelled, Reason> {
    let version = cluster.git_version.parse::<Spelled>();
    version.map_err(|error| Reason::new(ReasonCode::InvalidAnswer, error.to_string()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::verdict::{Outcome, Severity, Verdict};
    use rstest::rstest;

    /// Returns an API server that shows its flags, with these among them.
    pub fn server(words: &[&str]) -> ApiServerProcess {
        let words = ["kube-apiserver", "--etcd-servers=https://127.0.0.1:2379"].iter().chain(words).copied();
        ApiServerProcess::of_words("kube-apiserver-cp-1", words)
    }

    /// Returns one API server with these flags.
    pub fn flags(words: &[&str]) -> ApiServerFlags {
        ApiServerFlags(vec![server(words)])
    }

    pub fn version(git_version: &str) -> ClusterVersion {
        ClusterVersion { git_version: git_version.to_owned(), ..ClusterVersion::default() }
    }

    /// Returns the verdict, and how many warnings there are.
    pub fn judged(findings: Findings) -> (Verdict, usize) {
        let outcome = Outcome::of(findings);
        assert!(!outcome.vacuous, "{outcome:?}");
        let is_warning = |finding: &&Finding| finding.severity == Severity::Warning;
        (outcome.verdict, outcome.findings.iter().filter(is_warning).count())
    }

    fn hidden() -> ApiServerProcess {
        ApiServerProcess::of_words("kube-apiserver-cp-2", ["kube-apiserver", "--config=/etc/config.yaml"])
    }

    #[rstest]
    #[case::good(vec![server(&["--good"])], (Verdict::Pass, 0))]
    #[case::bad(vec![server(&["--good"]), server(&[])], (Verdict::Fail, 0))]
    #[case::hidden(vec![server(&["--good"]), hidden()], (Verdict::Abort, 1))]
    #[case::bad_and_hidden(vec![hidden(), server(&[])], (Verdict::Fail, 1))]
    #[case::none(vec![], (Verdict::Abort, 0))]
    #[case::from_the_environment(vec![server(&["--good=$(GOOD)"])], (Verdict::Abort, 1))]
    #[case::another_from_the_environment(vec![server(&["--good", "--etcd-servers=$(ETCD)"])], (Verdict::Pass, 0))]
    #[case::more_flags_from_the_environment(vec![server(&["--good", "$(FLAGS)"])], (Verdict::Abort, 1))]
    #[case::after_two_hyphens(vec![server(&["--", "--good"])], (Verdict::Abort, 1))]
    #[case::one_hyphen(vec![server(&["-good"])], (Verdict::Abort, 1))]
    fn every_server_counts_and_none_proves_nothing(
        #[case] servers: Vec<ApiServerProcess>,
        #[case] expected: (Verdict, usize),
    ) {
        let findings = every_server(&ApiServerFlags(servers), &["good"], |server, findings| {
            if !is_set(server, "good") {
                findings.push(violation(server, "good", "it is not good"));
            }
        });
        assert_eq!(judged(findings), expected);
    }

    #[rstest]
    #[case(&["--a=x"], true)]
    #[case(&["--a"], true)]
    #[case(&["--a=true"], true)]
    #[case(&["--a=false"], false)]
    #[case(&["--a=x", "--a=False"], false)]
    #[case(&["--a="], false)]
    #[case(&[], false)]
    fn a_flag_is_set_if_it_says_something(#[case] words: &[&str], #[case] expected: bool) {
        assert_eq!(is_set(&server(words), "a"), expected);
    }

    #[rstest]
    #[case("v1.22.17", Some("server too old"))]
    #[case("v1.23.0-beta.0", Some("server too old"))]
    #[case("v1.23.0", None)]
    #[case("v1.24.0-rc.1", None)]
    #[case("v2.0.0", None)]
    #[case("v1.23.0-gke.1", None)]
    #[case("unknown", Some("not a version"))]
    fn a_server_is_too_old_before_a_branch(#[case] git_version: &str, #[case] why: Option<&str>) {
        let reason = too_old(&version(git_version), "1.23".parse().unwrap(), "it");
        assert_eq!(reason.is_some(), why.is_some());
        assert!(reason.is_none_or(|reason| reason.message.contains(why.unwrap())));
    }
}
