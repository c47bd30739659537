//! scs-0101: guests find enough entropy.

use crate::accepts::Accepts;
use crate::check::Check;
use crate::facts::{EntropyPool, Flavors, RandomBlocks};
use crate::non_empty::NonEmpty;
use crate::verdict::{Finding, Findings, Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
            let wrong = if value.is_some() { "another value in" } else { "no" };
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
    /// What the kernel has to say.
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
    /// More failed blocks than these are worth a note.
    note_above: u64,
    /// How many failed blocks are tolerated (quirk Q-0101-1: the supplement says one less).
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

/// The guest that was asked.
fn test_server() -> Resource {
    Resource::without_id(ResourceKind::Server, "test server")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Flavor;
    use crate::verdict::{Outcome, Severity, Verdict};
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
}
