//! scs-0101: guests find enough entropy.

use crate::accepts::Accepts;
use crate::facts::{CpuInstructions, EntropyPool, Flavors, RandomBlocks};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// scs-0101 v1: an extra spec of every flavor.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FlavorExtraSpec {
    /// The key of the extra spec.
    name: String,
    /// Its accepted values.
    accepts: NonEmpty<Accepts>,
}

impl Check for FlavorExtraSpec {
    type Facts<'a> = &'a Flavors;

    fn examine(&self, flavors: &Flavors) -> Findings {
        Findings::each(&flavors.0, |flavor, findings| {
            let value = flavor.extra_specs.get(&self.name);
            if value.is_some_and(|value| self.accepts.accepts(value)) {
                return;
            }
            let wrong = if value.is_some() { "an unexpected value in" } else { "no" };
            let message = format!("flavor {:?} has {wrong} extra spec {}", flavor.name, self.name);
            let finding = Finding::violation(message)
                .on(flavor.resource())
                .property(&self.name)
                .expected(self.accepts.to_string())
                .observed(value.map_or("not set".to_owned(), |value| format!("{value:?}")));
            findings.push(finding);
        })
    }
}

/// scs-0101 v1: the size of the kernel's entropy pool, as the guest reads it.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GuestEntropy {
    /// The value that the kernel has to report.
    equals: String,
}

impl Check for GuestEntropy {
    type Facts<'a> = &'a EntropyPool;

    fn examine(&self, pool: &EntropyPool) -> Findings {
        let finding = (pool.line != self.equals).then(|| {
            Finding::violation("the kernel of the guest does not report the full entropy pool")
                .on(test_server())
                .property("entropy_avail")
                .expected(format!("{:?}", self.equals))
                .observed(format!("{:?}", pool.line))
        });
        Findings::on_one(finding)
    }
}

/// scs-0101 v1: FIPS 140-2 block tests over the guest's random source.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GuestRandomTest {
    /// More failed blocks than this get a note.
    note_above: u64,
    /// The number of failed blocks that is tolerated (quirk Q-0101-1: the supplement says one less).
    at_most: u64,
}

impl Check for GuestRandomTest {
    type Facts<'a> = &'a RandomBlocks;

    fn examine(&self, random: &RandomBlocks) -> Findings {
        let failures = random.failures;
        let finding = if failures > self.at_most {
            Finding::violation(format!("{failures} blocks of random numbers fail the FIPS 140-2 tests"))
        } else if failures > self.note_above {
            Finding::info(format!("{failures} blocks of random numbers fail the FIPS 140-2 tests, an unusual number"))
        } else {
            return Findings::on_one(None);
        };
        let finding = finding.on(test_server()).property("fips_failures").expected(format!("at most {}", self.at_most));
        Findings::on_one([finding.observed(failures.to_string())])
    }
}

/// scs-0101 v1: the CPUs have instructions that give entropy, and the hypervisor shows them to guests.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CpuEntropyInstructions {
    /// The instructions by architecture, one of which suffices, spelled as in `/proc/cpuinfo`.
    any_of: NonEmpty<BTreeMap<String, NonEmpty<Vec<String>>>>,
}

impl Check for CpuEntropyInstructions {
    type Facts<'a> = &'a CpuInstructions;

    fn examine(&self, cpu: &CpuInstructions) -> Findings {
        let Some(wanted) = self.any_of.get(&cpu.architecture) else { return Findings::default() };
        let finding = (!wanted.iter().any(|name| cpu.instructions.contains(name))).then(|| {
            let seen = if cpu.instructions.is_empty() { "none".to_owned() } else { cpu.instructions.join(", ") };
            Finding::violation("the guest's CPU offers none of the expected instructions for random numbers")
                .on(test_server())
                .property("cpu flags")
                .expected(format!("{} ({})", wanted.join(" or "), cpu.architecture))
                .observed(seen)
        });
        Findings::on_one(finding)
    }

    /// Names the limit of the check: the standard lists instructions for x86-64 and arm64 only.
    fn beyond(&self, cpu: &&CpuInstructions) -> Option<String> {
        (!self.any_of.contains_key(&cpu.architecture)).then(|| {
            let known: Vec<&str> = self.any_of.keys().map(String::as_str).collect();
            format!(
                "the guest runs on {:?}, and the rule only knows the instructions of {}; a person has to judge this",
                cpu.architecture,
                known.join(" and ")
            )
        })
    }
}

/// Returns the guest that was tested.
fn test_server() -> Resource {
    Resource::without_id(ResourceKind::Server, "test server")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{CloudFacts, Flavor, Now, Slot};
    use crate::rule::Rule;
    use crate::verdict::{Outcome, Reason, ReasonCode, Severity, Verdict};
    use chrono::DateTime;
    use rstest::rstest;

    fn hw_rng() -> FlavorExtraSpec {
        let words = ["True", "true"].map(String::from).into();
        FlavorExtraSpec {
            name: "hw_rng:allowed".into(),
            accepts: NonEmpty::new(Accepts { words, ..Accepts::default() }).unwrap(),
        }
    }

    fn flavor(name: &str, value: Option<&str>) -> Flavor {
        let extra_specs = value.map(|value| ("hw_rng:allowed".to_owned(), value.to_owned()));
        Flavor { name: name.into(), extra_specs: extra_specs.into_iter().collect(), ..Flavor::default() }
    }

    #[rstest]
    #[case(Some("True"), Verdict::Pass)]
    #[case(Some("true"), Verdict::Pass)]
    #[case(Some("False"), Verdict::Fail)]
    #[case(Some(""), Verdict::Fail)]
    #[case(None, Verdict::Fail)]
    fn flavors_need_the_extra_spec(#[case] value: Option<&str>, #[case] verdict: Verdict) {
        let flavors = Flavors(vec![flavor("a", Some("True")), flavor("b", value)]);
        assert_eq!(Outcome::of(hw_rng().examine(&flavors)).verdict, verdict);
    }

    #[test]
    fn each_flavor_without_the_extra_spec_is_named() {
        let flavors = Flavors(vec![flavor("a", None), flavor("b", Some("no"))]);
        let findings = hw_rng().examine(&flavors);
        let seen: Vec<_> =
            findings.list.iter().map(|f| (f.resource.as_ref().unwrap().name.as_str(), f.observed.as_deref())).collect();
        assert_eq!(seen, [("a", Some("not set")), ("b", Some("\"no\""))]);
        assert_eq!(findings.examined, 2);
        assert!(Outcome::of(hw_rng().examine(&Flavors::default())).vacuous);
    }

    #[rstest]
    #[case("256", Verdict::Pass)]
    #[case("255", Verdict::Fail)]
    #[case("257", Verdict::Fail)]
    #[case("3584", Verdict::Fail)]
    #[case("256 ", Verdict::Fail)]
    #[case("", Verdict::Fail)]
    fn the_pool_has_exactly_the_size_of_a_current_kernel(#[case] line: &str, #[case] verdict: Verdict) {
        let pool = EntropyPool { line: line.into(), ..EntropyPool::default() };
        let outcome = Outcome::of(GuestEntropy { equals: "256".into() }.examine(&pool));
        assert_eq!((outcome.verdict, outcome.vacuous), (verdict, false));
    }

    #[rstest]
    #[case(0, Verdict::Pass, None)]
    #[case(3, Verdict::Pass, None)]
    #[case(4, Verdict::Pass, Some(Severity::Info))]
    #[case(5, Verdict::Pass, Some(Severity::Info))]
    #[case(6, Verdict::Fail, Some(Severity::Violation))]
    #[case(u64::MAX, Verdict::Fail, Some(Severity::Violation))]
    fn few_blocks_may_fail(#[case] failures: u64, #[case] verdict: Verdict, #[case] finding: Option<Severity>) {
        let random = RandomBlocks { failures, blocks: 1000, ..RandomBlocks::default() };
        let outcome = Outcome::of(GuestRandomTest { note_above: 3, at_most: 5 }.examine(&random));
        assert_eq!((outcome.verdict, outcome.findings.first().map(|f| f.severity)), (verdict, finding));
        assert!(!outcome.vacuous);
    }

    fn on_a_guest(architecture: &str, instructions: &[&str]) -> Outcome {
        let rule: CpuEntropyInstructions =
            serde_yaml::from_str("any_of: {x86_64: [rdrand, rdseed], aarch64: [rng]}").unwrap();
        let cpu = CpuInstructions {
            architecture: architecture.into(),
            instructions: instructions.iter().map(|&name| name.to_owned()).collect(),
            console: Vec::new(),
        };
        let not = Reason::new(ReasonCode::NotSelected, "not collected");
        let facts = CloudFacts { cpu_instructions: Slot::Known(cpu), ..CloudFacts::none(&not) };
        rule.evaluate(&facts.into(), Now::named(DateTime::UNIX_EPOCH))
    }

    #[rstest]
    #[case("x86_64", &["rdrand", "rdseed"], Verdict::Pass)]
    #[case("x86_64", &["rdrand"], Verdict::Pass)]
    #[case("x86_64", &["rdseed"], Verdict::Pass)]
    #[case("x86_64", &[], Verdict::Fail)]
    #[case("x86_64", &["rng"], Verdict::Fail)]
    #[case("x86_64", &["RDRAND", "rdrand2"], Verdict::Fail)]
    #[case("aarch64", &["rng"], Verdict::Pass)]
    #[case("aarch64", &[], Verdict::Fail)]
    #[case("aarch64", &["rdrand", "rdseed"], Verdict::Fail)]
    #[case("riscv64", &["rdrand", "rdseed", "rng"], Verdict::Miss)]
    #[case("", &["rdrand"], Verdict::Miss)]
    fn one_instruction_of_the_architecture_suffices(
        #[case] architecture: &str,
        #[case] instructions: &[&str],
        #[case] verdict: Verdict,
    ) {
        let outcome = on_a_guest(architecture, instructions);
        assert_eq!((outcome.verdict, outcome.vacuous), (verdict, false));
    }

    #[test]
    fn finding_names_the_instructions_seen() {
        let first = |outcome: Outcome| outcome.findings[0].clone();
        let finding = first(on_a_guest("x86_64", &["rng"]));
        assert_eq!(finding.expected.as_deref(), Some("rdrand or rdseed (x86_64)"));
        assert_eq!(finding.observed.as_deref(), Some("rng"));
        assert_eq!(first(on_a_guest("aarch64", &[])).observed.as_deref(), Some("none"));
    }

    #[test]
    fn an_architecture_without_a_criterion_is_left_to_people() {
        let reason = on_a_guest("riscv64", &[]).reason.unwrap();
        assert_eq!(reason.code, ReasonCode::Manual);
        assert!(reason.message.contains("\"riscv64\"") && reason.message.contains("aarch64 and x86_64"), "{reason:?}");
    }

    #[rstest]
    #[case("any_of: {}")]
    #[case("any_of: {x86_64: []}")]
    fn no_instructions_at_all_are_no_parameters(#[case] yaml: &str) {
        assert!(serde_yaml::from_str::<CpuEntropyInstructions>(yaml).is_err());
    }
}
