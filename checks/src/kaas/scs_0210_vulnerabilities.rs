//! scs-0210: which known vulnerabilities a cluster has, and since when it need not.

use super::known_world::{Known, Older, Weakness, base_score, broken, outdated};
use super::kubernetes_version::Version;
use super::scs_0210_version_policy::{Critical, release_of};
use crate::check::Check;
use crate::facts::{ClusterVersion, KubernetesWorld, WorldData};
use crate::verdict::{Finding, Findings, Severity};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0210 v2, recommended: what mends a critical vulnerability is in use after two days. Other
/// severe ones are listed, with the first release that mends them and its age.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Vulnerabilities {
    /// The base score from which on a record is listed.
    listed_score: f64,
    /// Which ones are critical, and how fast they should be mended.
    critical: Critical,
}

impl Check for Vulnerabilities {
    type Facts<'a> = (&'a ClusterVersion, (&'a KubernetesWorld, DateTime<Utc>));

    fn examine(&self, (cluster, (world, now)): Self::Facts<'_>) -> Findings {
        let known = Known::new(world, now);
        let mut findings = Findings { list: known.evidence(), ..Findings::default() };
        match release_of(&cluster.git_version) {
            Ok(version) => self.records(version, &known, &mut findings),
            Err(reason) => findings.unknown(reason),
        }
        for finding in &mut findings.list {
            finding.resource = Some(ClusterVersion::resource());
        }
        findings
    }
}

impl Vulnerabilities {
    fn records(&self, version: Version, known: &Known<'_>, findings: &mut Findings) {
        for record in &known.world.vulnerabilities {
            findings.list.extend(broken(record, self.listed_score));
            let Some(weakness) = Weakness::new(record, &self.critical.products) else { continue };
            findings.examined += 1;
            let Some(score) = base_score(record).filter(|score| *score >= self.listed_score) else { continue };
            findings.list.extend(weakness.unclear());
            if weakness.has(version) {
                findings.push(self.detail(version, score, &weakness, known));
            }
        }
        if findings.examined == 0 {
            findings.unknown(outdated("no vulnerability of Kubernetes itself is known"));
        }
        for data in [WorldData::Releases, WorldData::Vulnerabilities] {
            if let Some(reason) = known.outdated(data, self.critical.recommended_days) {
                findings.unknown(reason);
            }
        }
    }

    fn detail(&self, version: Version, score: f64, weakness: &Weakness<'_>, known: &Known<'_>) -> Finding {
        let mended = known.after(version).find(|(newer, _)| !weakness.has(*newer));
        let (how, late) = match mended {
            None => (format!("no release of {} is known that is not", version.branch), Older::No),
            Some((newer, release)) => {
                let (earliest, latest) = (release.published_at.earliest(), release.published_at);
                let days = (known.now - earliest).num_days();
                let how = format!("{newer} is not, published {latest} ({days} days ago, says {})", release.from);
                (how, known.older(latest, self.critical.recommended_days))
            }
        };
        let severity = match late {
            Older::Yes if score >= self.critical.score => Severity::Violation,
            Older::Yes | Older::Unclear => Severity::Warning,
            Older::No => Severity::Info,
        };
        let message = format!("{version} is affected by {} (base score {score}); {how}", weakness.record.id);
        let finding = Finding::new(severity, message).property("gitVersion").observed(version.to_string());
        match mended {
            Some((newer, _)) => finding.expected(format!("{newer} or later")),
            None => finding,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scs_0210_version_policy::tests::{at, known_world, now, record, release};
    use super::*;
    use crate::facts::Vulnerability;
    use crate::verdict::{Outcome, Verdict};
    use rstest::rstest;

    const RULE: &str =
        "{listed_score: 7, critical: {score: 8, days: 14, recommended_days: 2, products: [Kubernetes, kubelet]}}";

    fn outcome(version: &str, world: &KubernetesWorld) -> Outcome {
        let rule: Vulnerabilities = serde_yaml::from_str(RULE).unwrap();
        let cluster = ClusterVersion { git_version: version.into(), ..ClusterVersion::default() };
        Outcome::of(rule.examine((&cluster, (world, now()))))
    }

    #[rstest]
    #[case(8.0, "2026-11-18T11:59:59Z", Verdict::Fail, Severity::Violation)]
    #[case(8.0, "2026-11-18T12:00:00Z", Verdict::Pass, Severity::Info)]
    #[case(7.9, "2026-11-18T11:59:59Z", Verdict::Pass, Severity::Warning)]
    #[case(7.0, "2026-11-18T12:00:00Z", Verdict::Pass, Severity::Info)]
    fn what_is_mended_for_two_days_should_be_in_use(
        #[case] base: f64,
        #[case] published: &str,
        #[case] verdict: Verdict,
        #[case] severity: Severity,
    ) {
        let mut world = known_world();
        world.releases.push(release("1.36.5", at(published)));
        world.vulnerabilities.push(record("CVE-0000-0002", "kubelet", base, "1.36.0", "1.36.4"));
        let affected = outcome("v1.36.4", &world);
        let finding = affected.findings.last().unwrap();
        assert_eq!((affected.verdict, finding.severity, affected.examined), (verdict, severity, 2));
        assert!(finding.message.contains("CVE-0000-0002") && finding.message.contains("1.36.5 is not, published"));
        assert_eq!(finding.expected.as_deref(), Some("1.36.5 or later"));
        let mended = outcome("v1.36.5", &world);
        assert_eq!((mended.verdict, mended.findings.len()), (Verdict::Pass, world.sources.len()));
    }

    #[rstest]
    #[case("Kubernetes", 6.9, 0)]
    #[case("kops", 9.9, 0)]
    #[case("Kubernetes", 7.0, 1)]
    fn what_weighs_little_or_is_elsewhere_is_not_listed(#[case] product: &str, #[case] base: f64, #[case] more: usize) {
        let mut world = known_world();
        world.vulnerabilities.push(record("CVE-0000-0002", product, base, "1.36.0", "1.36.9"));
        let outcome = outcome("v1.36.4", &world);
        assert_eq!((outcome.verdict, outcome.findings.len()), (Verdict::Pass, world.sources.len() + more));
    }

    #[test]
    fn unknown_is_no_pass() {
        let mut world = known_world();
        assert_eq!(outcome("v1.36.4-beta.1", &world).verdict, Verdict::Abort);
        world.vulnerabilities = vec![Vulnerability { problem: Some("gone".into()), ..Vulnerability::default() }];
        assert_eq!(outcome("v1.36.4", &world).verdict, Verdict::Abort);
        let mut old = known_world();
        old.sources[0].as_of = at("2026-11-18T11:59:59Z").earliest();
        assert_eq!(outcome("v1.36.4", &old).verdict, Verdict::Abort);
        old.sources[0].as_of = at("2026-11-18T12:00:00Z").earliest();
        assert_eq!(outcome("v1.36.4", &old).verdict, Verdict::Pass);
    }
}
