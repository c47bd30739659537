//! Properties of every KaaS testcase, independent of its rule.

use crate::definition::{Definitions, Source, Target};
use crate::facts::{Facts, Now, SubjectKind};
use crate::verdict::{Reason, ReasonCode, Verdict};
use chrono::DateTime;

macro_rules! files {
    ($($name:literal)*) => { [$(($name, include_str!(concat!("../../../standards/", $name, ".yaml")))),*] };
}

fn definitions() -> Definitions {
    let files = files!(
        "kaas/scs-0201-cncf-conformance" "kaas/scs-0210-kubernetes-version-policy" "kaas/scs-0211-default-storage-class"
        "kaas/scs-0214-node-distribution" "kaas/scs-0217-cluster-hardening" "kaas/scs-0219-kaas-networking"
        "kaas/scs-0220-node-software" "scopes/scs-compatible-kaas" "data/distributions"
    );
    let sources = files.map(|(path, text)| Source::new(path, text.as_bytes()).unwrap());
    Definitions::load(&sources).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The law: a testcase that was not tested, or went wrong, is never green.
#[test]
fn nothing_passes_without_facts() {
    let reason = Reason::new(ReasonCode::RequestFailed, "503");
    let failed = Facts::failed(SubjectKind::Cluster, &reason);
    let now = Now::named(DateTime::UNIX_EPOCH);
    let none = Facts::none(SubjectKind::Cluster, &reason);
    for testcase in definitions().testcases() {
        let rule = testcase.check.rule();
        assert_eq!(rule.evaluate(&none, now).verdict, Verdict::Miss, "{}", testcase.id);
        let expected = if rule.needs().is_empty() { Verdict::Miss } else { Verdict::Abort };
        assert_eq!(rule.evaluate(&failed, now).verdict, expected, "{}", testcase.id);
    }
}

#[test]
fn scope_matches_the_published_one() {
    let definitions = definitions();
    let version = &definitions.scopes["scs-compatible-kaas"].versions["v1"];
    let expected = ["cncf-k8s-conformance", "version-policy-check", "kaas-networking-check"];
    assert_eq!(version.target(Target::Main), expected);
}
