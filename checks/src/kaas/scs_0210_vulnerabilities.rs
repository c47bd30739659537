//! scs-0210: which known vulnerabilities a cluster has, and since when it need not.

use super::affected_range::IsAffected;
use super::known_world::{Known, Older, outdated, unread_records};
use super::kubernetes_version::Version;
use super::scs_0210_version_policy::{Critical, release_of, unclear};
use super::weakness::Weakness;
use crate::facts::{ClusterVersion, KubernetesWorld, WorldData};
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Severity};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0210 v2, recommended: the fix of a critical vulnerability is in use after two days. Other severe ones are listed,
/// with the first release that fixes them and its age.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Vulnerabilities {
    /// The base score from which on a record is listed.
    listed_score: f64,
    /// The definition of critical vulnerabilities, and the time in which they should be fixed.
    critical: Critical,
}

impl Check for Vulnerabilities {
    type Facts<'a> = (&'a ClusterVersion, (&'a KubernetesWorld, DateTime<Utc>));

    fn examine(&self, (cluster, (world, now)): Self::Facts<'_>) -> Findings {
        let known = Known::new(world, now);
        let mut findings = Findings { list: known.problems(), ..Findings::default() };
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
        let products = &self.critical.products;
        let of_kubernetes = known.world.vulnerabilities.iter().filter(|record| record.problem.is_none());
        findings.examined = of_kubernetes.filter(|record| products.are_in(record)).count();
        let weaknesses = known.weaknesses(products, self.listed_score);
        unread_records(version, &weaknesses, findings);
        for weakness in weaknesses.iter().filter(|weakness| weakness.has(version) == IsAffected::Yes) {
            self.affected(version, weakness, known, findings);
        }
        if findings.examined == 0 {
            findings.unknown(outdated("the data has no vulnerability of Kubernetes itself"));
        }
        for data in [WorldData::Releases, WorldData::Vulnerabilities] {
            if let Some(reason) = known.outdated(data, self.critical.recommended_days) {
                findings.unknown(reason);
            }
        }
    }

    fn affected(&self, version: Version, weakness: &Weakness<'_>, known: &Known<'_>, findings: &mut Findings) {
        let critical = weakness.score.is_some_and(|score| score >= self.critical.score);
        let what = weakness.affects(version);
        let about = |finding: Finding| finding.property("gitVersion").observed(version.to_string());
        let Some((newer, release)) = known.after(version).find(|(newer, _)| weakness.has(*newer) != IsAffected::Yes)
        else {
            let message = format!("{what}; no known release of {} fixes it", version.branch);
            return findings.push(about(Finding::info(message)));
        };
        if weakness.has(newer) == IsAffected::Unread {
            return unread_records(newer, std::slice::from_ref(weakness), findings);
        }
        let days = (known.now - release.published_at.earliest()).num_days();
        let message = format!(
            "{what}; fixed in {newer}, published {} ({days} days ago, says {})",
            release.published_at, release.from
        );
        let recommended = self.critical.recommended_days;
        let severity = match known.older(release.published_at, recommended) {
            Older::Yes if critical => Severity::Violation,
            Older::Unclear if critical => {
                findings.unknown(unclear(newer, release, recommended));
                Severity::Warning
            }
            Older::Yes | Older::Unclear => Severity::Warning,
            Older::No => Severity::Info,
        };
        findings.push(about(Finding::new(severity, message)).expected(format!("{newer} or later")));
    }
}

#[cfg(test)]
mod tests {
    use super::super::scs_0210_version_policy::tests::{PRODUCTS, at, known_world, now, record, release};
    use super::*;
    use crate::facts::{Published, Vulnerability};
    use crate::verdict::{Outcome, Verdict};
    use rstest::rstest;

    fn rule() -> String {
        let critical = format!("{{score: 8, days: 14, recommended_days: 2, products: {PRODUCTS}}}");
        format!("{{listed_score: 7, critical: {critical}}}")
    }

    fn outcome(version: &str, world: &KubernetesWorld) -> Outcome {
        let rule: Vulnerabilities = serde_yaml::from_str(&rule()).unwrap();
        let cluster = ClusterVersion { git_version: version.into(), ..ClusterVersion::default() };
        Outcome::of(rule.examine((&cluster, (world, now()))))
    }

    #[rstest]
    #[case(8.0, "2026-11-18T11:59:59Z", Verdict::Fail, Severity::Violation)]
    #[case(8.0, "2026-11-18T12:00:00Z", Verdict::Pass, Severity::Info)]
    #[case(7.9, "2026-11-18T11:59:59Z", Verdict::Pass, Severity::Warning)]
    #[case(7.0, "2026-11-18T12:00:00Z", Verdict::Pass, Severity::Info)]
    fn fix_older_than_two_days_should_be_in_use(
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
        assert!(finding.message.contains("CVE-0000-0002") && finding.message.contains("fixed in 1.36.5, published"));
        assert_eq!(finding.expected.as_deref(), Some("1.36.5 or later"));
        let fixed = outcome("v1.36.5", &world);
        assert_eq!((fixed.verdict, fixed.findings.len()), (Verdict::Pass, 0));
    }

    /// 2 days before noon is the noon of 18 November: a release of that day may be on either side of it.
    #[rstest]
    #[case(8.0, "2026-11-19", Verdict::Pass)]
    #[case(8.0, "2026-11-18", Verdict::Abort)]
    #[case(8.0, "2026-11-17", Verdict::Fail)]
    #[case(7.9, "2026-11-18", Verdict::Pass)]
    fn a_day_without_an_hour_decides_where_the_hour_does_not_matter(
        #[case] base: f64,
        #[case] day: &str,
        #[case] verdict: Verdict,
    ) {
        let mut world = known_world();
        world.releases.push(release("1.36.5", Published::On(day.parse().unwrap())));
        world.vulnerabilities.push(record("CVE-0000-0002", "kubelet", base, "1.36.0", "1.36.4"));
        let outcome = outcome("v1.36.4", &world);
        assert_eq!(outcome.verdict, verdict);
        let told = outcome.reason.map(|reason| reason.message.contains("1.36.5 was published on 2026-11-18"));
        assert_eq!(told, (verdict == Verdict::Abort).then_some(true));
    }

    #[rstest]
    #[case("Kubernetes", 6.9, 0)]
    #[case("kubectl", 9.9, 0)]
    #[case("Kubernetes", 7.0, 1)]
    fn minor_and_foreign_vulnerabilities_are_not_listed(#[case] product: &str, #[case] base: f64, #[case] more: usize) {
        let mut world = known_world();
        world.vulnerabilities.push(record("CVE-0000-0002", product, base, "1.36.0", "1.36.9"));
        let outcome = outcome("v1.36.4", &world);
        assert_eq!((outcome.verdict, outcome.findings.len()), (Verdict::Pass, more));
    }

    #[rstest]
    #[case(7.0, Verdict::Abort)]
    #[case(6.9, Verdict::Pass)]
    fn a_severe_record_that_is_not_understood_aborts(#[case] base: f64, #[case] verdict: Verdict) {
        let mut world = known_world();
        world.vulnerabilities.push(record("CVE-0000-0002", "Kubernetes", base, "soon", "n/a"));
        assert_eq!(outcome("v1.36.4", &world).verdict, verdict);
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
