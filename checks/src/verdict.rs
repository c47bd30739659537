//! Findings of a check ([`Finding`]s) and the conclusion drawn from them (an [`Outcome`]).
//!
//! Checks never choose a verdict. They report what they found, and the evaluator turns
//! that into PASS, FAIL, ABORT or MISS. So no check can turn an error into a green result.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use strum::{Display, EnumString, VariantArray};

/// The verdict on one testcase, or on a target as a whole.
///
/// The order is the order of the roll-up: the greatest verdict wins
/// (`FAIL > MISS > ABORT > PASS`, scs-0003 v2).
#[derive(
    Clone,
    Copy,
    Debug,
    Deserialize,
    Display,
    EnumString,
    Eq,
    Hash,
    JsonSchema,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
    VariantArray,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum Verdict {
    /// Tested, and nothing contradicts the requirement.
    Pass,
    /// It should have been tested, but that went wrong. Nothing is known.
    Abort,
    /// It was not tested, on purpose or for want of means. Nothing is known.
    Miss,
    /// Tested, and the requirement is violated.
    Fail,
}

/// The reason why a testcase has no verdict of its own (ABORT or MISS).
///
/// The words are part of the report format: scripts may rely on them.
#[derive(
    Clone,
    Copy,
    Debug,
    Deserialize,
    Display,
    EnumString,
    Eq,
    Hash,
    JsonSchema,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
    VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum ReasonCode {
    /// MISS: needs an experiment that changes the subject.
    ChangesTheSubject,
    /// MISS: needs the results of tests that take hours, and none were brought along.
    ResultsMissing,
    /// MISS: needs the managers of two domains, and none were named.
    DomainManagersMissing,
    /// MISS: the user's selection left it out.
    NotSelected,
    /// MISS: a recording does not have the facts, as the selection left them out when it was made.
    NotRecorded,
    /// MISS: it concerns another kind of subject, a cluster instead of a cloud or the other way round.
    OtherSubject,
    /// MISS: a scope file names it, but this version of the suite does not know it.
    UnknownTestcase,
    /// MISS: the standard no longer demands it.
    Withdrawn,
    /// MISS: a person has to judge it.
    Manual,
    /// MISS: it does not concern this subject, which lacks what the requirement is about. It does not count.
    NotApplicable,
    /// ABORT or MISS: the run ended early (deadline of the run, Ctrl-C, SIGTERM).
    Interrupted,
    /// ABORT: no connection to the subject.
    Unreachable,
    /// ABORT: the subject's TLS certificate is not acceptable.
    BadCertificate,
    /// ABORT: the endpoint does not serve the expected API.
    NotAnApi,
    /// ABORT: the configuration does not fit the subject, for example by naming an unknown region.
    Configuration,
    /// ABORT: the credentials were refused.
    CredentialsRefused,
    /// ABORT: the account lacks a role that the suite needs.
    RoleMissing,
    /// ABORT: the account has a privileged role; conformance is proven as an ordinary user.
    RoleTooHigh,
    /// ABORT: the subject has no such service, and the rule cannot be decided without it.
    ServiceAbsent,
    /// ABORT: the subject lacks what the test itself needs, for example an image to boot a server from.
    Prerequisite,
    /// ABORT: an external test suite could not be run, or did not finish.
    SuiteFailed,
    /// ABORT: the observations do not suffice for a verdict.
    Inconclusive,
    /// ABORT: the account lacks permission to read facts that the rule needs.
    Forbidden,
    /// ABORT: no answer in time.
    Deadline,
    /// ABORT: the service limits the request rate, longer than the suite retries.
    RateLimited,
    /// ABORT: the service answered with an error.
    RequestFailed,
    /// ABORT: the answer could not be understood.
    InvalidAnswer,
    /// ABORT: public data (releases, ends of life, vulnerabilities) is too old or incomplete.
    OutdatedData,
    /// ABORT: the local clock deviates from that of the subject, and the rule depends on the current time.
    ClockDeviates,
    /// ABORT: the answer, or the list, exceeds the suite's limits.
    TooLarge,
    /// ABORT: a defect of this suite.
    InternalError,
}

/// The reason why something could not be decided: a stable code and one sentence for people.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The stable code.
    pub code: ReasonCode,
    /// One sentence: what happened, where, and what to do.
    pub message: String,
}

impl Reason {
    /// Creates a reason from its code and its sentence.
    pub fn new(code: ReasonCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// The weight of a finding.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Tolerated, but worth fixing.
    Warning,
    /// Contradicts the requirement.
    Violation,
}

/// The kind of a resource that a finding is about.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum ResourceKind {
    /// A Nova flavor.
    Flavor,
    /// A Glance image.
    Image,
    /// A Cinder volume type.
    VolumeType,
    /// A rule of the template for new security groups (Neutron).
    DefaultSecurityGroupRule,
    /// A rule of one security group (Neutron).
    SecurityGroupRule,
    /// A network (Neutron).
    Network,
    /// A pool of addresses for subnets (Neutron).
    SubnetPool,
    /// A service of the catalog.
    Service,
    /// An endpoint of a service.
    Endpoint,
    /// A Barbican secret.
    Secret,
    /// A Cinder backup.
    Backup,
    /// A virtual machine.
    Server,
    /// A Keystone domain.
    Domain,
    /// A Kubernetes cluster as a whole.
    Cluster,
    /// A Kubernetes node.
    Node,
    /// A Kubernetes namespace.
    Namespace,
    /// A Kubernetes pod.
    Pod,
    /// A Kubernetes storage class.
    StorageClass,
    /// A Kubernetes ingress class.
    IngressClass,
    /// A kind of objects that the Kubernetes API serves.
    ApiKind,
    /// A test of the Kubernetes end-to-end tests.
    E2eTest,
}

/// The resource that a finding is about.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// The kind of resource.
    pub kind: ResourceKind,
    /// Its identifier in the service. Empty for what does not exist.
    pub id: String,
    /// Its name; the same as the id if the service has no names.
    pub name: String,
}

impl Resource {
    /// Creates a resource that should exist but does not, or that the suite made for a test and has removed.
    pub fn without_id(kind: ResourceKind, name: impl Into<String>) -> Self {
        Self { kind, id: String::new(), name: name.into() }
    }
}

/// One piece of evidence.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The weight of the finding.
    pub severity: Severity,
    /// The resource that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    /// The property of the resource, spelled as the API spells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
    /// The value that the standard expects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The value that was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<String>,
    /// One sentence that says what is the matter.
    pub message: String,
}

impl Finding {
    /// Creates a finding that contradicts the requirement.
    pub fn violation(message: impl Into<String>) -> Self {
        Self::new(Severity::Violation, message)
    }

    /// Creates a finding that is tolerated.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message)
    }

    /// Creates a finding that is merely good to know.
    pub fn info(message: impl Into<String>) -> Self {
        Self::new(Severity::Info, message)
    }

    /// Creates a finding of the given weight.
    pub fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self { severity, resource: None, property: None, expected: None, observed: None, message: bounded(message) }
    }

    /// Names the resource.
    #[must_use]
    pub fn on(mut self, resource: Resource) -> Self {
        let Resource { kind, id, name } = resource;
        self.resource = Some(Resource { kind, id: bounded(id), name: bounded(name) });
        self
    }

    /// Names the property.
    #[must_use]
    pub fn property(mut self, property: impl Into<String>) -> Self {
        self.property = Some(bounded(property));
        self
    }

    /// Says what the standard expects.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(bounded(expected));
        self
    }

    /// Says what was found.
    #[must_use]
    pub fn observed(mut self, observed: impl Into<String>) -> Self {
        self.observed = Some(bounded(observed));
        self
    }
}

/// The longest text of a finding, in bytes: no name in a service has as many. A subject can write what it likes, and each text
/// stands in many findings.
const LONGEST: usize = 1000;

/// Returns a text as it is, or its beginning.
fn bounded(text: impl Into<String>) -> String {
    let text = text.into();
    if text.len() <= LONGEST { text } else { [&text[..text.floor_char_boundary(LONGEST)], "…"].concat() }
}

/// Everything a check has to say.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Findings {
    /// The number of examined things; a pass over nothing is vacuous.
    pub examined: usize,
    /// The evidence, in the order of the resources.
    pub list: Vec<Finding>,
    /// The gap in the facts, if the rule needs more than was observed, see [`Findings::unknown`].
    pub unknown: Option<Reason>,
}

impl Findings {
    /// Creates an empty list of findings on so many things.
    pub fn over(examined: usize) -> Self {
        Self { examined, ..Self::default() }
    }

    /// Reports that nothing could be decided, as the observations do not suffice.
    pub fn undecided(why: impl Into<String>) -> Self {
        Self { unknown: Some(Reason::new(ReasonCode::Inconclusive, why)), ..Self::default() }
    }

    /// Examines each item with `rule`, which adds what it finds.
    pub fn each<'a, T: 'a>(items: impl IntoIterator<Item = &'a T>, mut rule: impl FnMut(&'a T, &mut Self)) -> Self {
        let mut findings = Self::default();
        for item in items {
            findings.examined += 1;
            rule(item, &mut findings);
        }
        findings
    }

    /// Returns findings on a single thing that was examined.
    pub fn on_one(list: impl IntoIterator<Item = Finding>) -> Self {
        Self { examined: 1, list: list.into_iter().collect(), unknown: None }
    }

    /// Adds a finding.
    pub fn push(&mut self, finding: Finding) {
        self.list.push(finding);
    }

    /// Says that a part of the facts is missing, so that the rule cannot be sure. What is
    /// violated stays violated; without a violation the verdict is ABORT, with the evidence. The
    /// first reason counts.
    pub fn unknown(&mut self, reason: Reason) {
        self.unknown.get_or_insert(reason);
    }
}

/// The verdict on one testcase with its evidence.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// The reason, for ABORT and MISS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The number of examined things.
    pub examined: usize,
    /// True for a PASS over nothing: no resource existed that could have violated the rule.
    pub vacuous: bool,
    /// The evidence.
    pub findings: Vec<Finding>,
}

impl Outcome {
    /// Concludes the verdict from the findings of a check that had all its facts.
    pub fn of(findings: Findings) -> Self {
        let violated = findings.list.iter().any(|f| f.severity == Severity::Violation);
        let (verdict, reason) = match findings.unknown {
            _ if violated => (Verdict::Fail, None),
            Some(reason) => (Verdict::Abort, Some(reason)),
            None => (Verdict::Pass, None),
        };
        let vacuous = verdict == Verdict::Pass && findings.examined == 0;
        Self { verdict, reason, examined: findings.examined, vacuous, findings: shortened(findings.list) }
    }

    /// Concludes that it could not be decided.
    pub fn abort(reason: Reason) -> Self {
        Self::without_test(Verdict::Abort, reason)
    }

    /// Concludes that it was not tried.
    pub fn miss(reason: Reason) -> Self {
        Self::without_test(Verdict::Miss, reason)
    }

    fn without_test(verdict: Verdict, reason: Reason) -> Self {
        Self { verdict, reason: Some(reason), examined: 0, vacuous: false, findings: Vec::new() }
    }
}

/// The most bytes that the findings of one testcase take: a report has to be written, and read, as a whole.
const MOST: usize = 1 << 20;

/// Returns the findings that have room, in their order, the weightiest first to be kept; the last one counts the others.
fn shortened(list: Vec<Finding>) -> Vec<Finding> {
    let mut by_weight: Vec<usize> = (0..list.len()).collect();
    by_weight.sort_by_key(|&index| std::cmp::Reverse(list[index].severity));
    let mut room = MOST;
    let kept = by_weight.into_iter().map_while(|index| {
        room = room.checked_sub(list[index].size())?;
        Some(index)
    });
    let kept: BTreeSet<usize> = kept.collect();
    let left_out = list.len() - kept.len();
    let numbered = list.into_iter().enumerate();
    let mut list: Vec<Finding> =
        numbered.filter(|(index, _)| kept.contains(index)).map(|(_, finding)| finding).collect();
    if left_out > 0 {
        list.push(Finding::info(format!("{left_out} more findings are left out, as there are too many to list")));
    }
    list
}

impl Finding {
    /// Estimates the number of bytes that it takes.
    fn size(&self) -> usize {
        let resource = self.resource.as_ref().map_or(0, |resource| resource.id.len() + resource.name.len());
        let texts = [&self.property, &self.expected, &self.observed];
        let texts: usize = texts.into_iter().flatten().map(String::len).sum();
        size_of::<Self>() + resource + texts + self.message.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// A subject that offers thousands of bad things with long names.
    #[test]
    fn bounded_findings_keep_the_deciding_ones() {
        let name = "n".repeat(100_000);
        let resource = || Resource { kind: ResourceKind::Image, id: "i".into(), name: name.clone() };
        let weight = |index| if index == 9_999 { Severity::Violation } else { Severity::Warning };
        let finding = |index: usize| Finding::new(weight(index), &name).on(resource());
        let outcome =
            Outcome::of(Findings { examined: 10_000, list: (0..10_000).map(finding).collect(), unknown: None });
        let (told, listed) = outcome.findings.split_last().unwrap();
        assert_eq!((outcome.verdict, listed.last().unwrap().severity), (Verdict::Fail, Severity::Violation));
        assert_eq!(
            told.message,
            format!("{} more findings are left out, as there are too many to list", 10_000 - listed.len())
        );
        assert!(listed.iter().map(Finding::size).sum::<usize>() <= MOST && listed.len() > 400);
        let message = &listed[0].message;
        assert!(message.ends_with("n…") && message.capacity() < 2 * LONGEST, "{}", message.capacity());
    }

    #[test]
    fn the_worst_verdict_is_the_greatest() {
        let worst = [Verdict::Pass, Verdict::Miss, Verdict::Abort, Verdict::Fail].into_iter().max();
        assert_eq!(worst, Some(Verdict::Fail));
        assert!(Verdict::Miss > Verdict::Abort && Verdict::Abort > Verdict::Pass);
    }

    #[rstest]
    #[case(vec![], 3, Verdict::Pass, false)]
    #[case(vec![], 0, Verdict::Pass, true)]
    #[case(vec![Finding::warning("w"), Finding::info("i")], 1, Verdict::Pass, false)]
    #[case(vec![Finding::warning("w"), Finding::violation("v")], 1, Verdict::Fail, false)]
    #[case(vec![Finding::violation("v")], 0, Verdict::Fail, false)]
    fn findings_decide(
        #[case] list: Vec<Finding>,
        #[case] examined: usize,
        #[case] verdict: Verdict,
        #[case] vacuous: bool,
    ) {
        let outcome = Outcome::of(Findings { examined, list, unknown: None });
        assert_eq!((outcome.verdict, outcome.vacuous, outcome.reason), (verdict, vacuous, None));
    }

    #[rstest]
    #[case(None, 2, Verdict::Abort)]
    #[case(None, 0, Verdict::Abort)]
    #[case(Some(Finding::warning("w")), 2, Verdict::Abort)]
    #[case(Some(Finding::violation("v")), 2, Verdict::Fail)]
    fn unknown_is_never_a_pass_and_excuses_no_violation(
        #[case] finding: Option<Finding>,
        #[case] examined: usize,
        #[case] verdict: Verdict,
    ) {
        let first = Reason::new(ReasonCode::Forbidden, "first");
        let mut findings = Findings { examined, list: finding.clone().into_iter().collect(), unknown: None };
        findings.unknown(first.clone());
        findings.unknown(Reason::new(ReasonCode::Deadline, "second"));
        let outcome = Outcome::of(findings);
        assert_eq!((outcome.verdict, outcome.vacuous), (verdict, false));
        assert_eq!(outcome.reason, (verdict == Verdict::Abort).then_some(first));
        assert_eq!(outcome.findings, Vec::from_iter(finding));
    }
}
