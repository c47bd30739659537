//! scs-0103: flavors say which list of the standard they are on, so that users see what they find in every cloud.

use super::scs_0103_standard_flavors::NAME_SPEC;
use crate::facts::{Flavor, Flavors};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// scs-0103 v2 (proposal): every standard flavor has an extra spec with the value of its list. Any other flavor that has it as well
/// says that it is on none.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RequiredSpec {
    /// The extra spec.
    key: String,
    /// The recommended names of the flavors of each list, by the value for that list.
    lists: NonEmpty<BTreeMap<String, NonEmpty<Vec<String>>>>,
    /// The value for flavors on none of these lists.
    otherwise: String,
}

impl Check for RequiredSpec {
    type Facts<'a> = &'a Flavors;

    fn examine(&self, flavors: &Flavors) -> Findings {
        let concerned =
            flavors.0.iter().filter(|flavor| self.list_of(flavor).is_some() || self.value_of(flavor).is_some());
        Findings::each(concerned, |flavor, findings| findings.list.extend(self.judge(flavor)))
    }
}

impl RequiredSpec {
    /// Returns the value for the list that a flavor is on, by the name that it gives itself for the standard, or else its own.
    fn list_of(&self, flavor: &Flavor) -> Option<&str> {
        let name = flavor.extra_specs.get(NAME_SPEC).unwrap_or(&flavor.name);
        self.lists.iter().find(|(_, names)| names.contains(name)).map(|(value, _)| value.as_str())
    }

    fn value_of<'a>(&self, flavor: &'a Flavor) -> Option<&'a str> {
        flavor.extra_specs.get(&self.key).map(String::as_str)
    }

    fn judge(&self, flavor: &Flavor) -> Option<Finding> {
        let expected = self.list_of(flavor).unwrap_or(&self.otherwise);
        let value = self.value_of(flavor);
        if value == Some(expected) {
            return None;
        }
        let (key, name) = (&self.key, &flavor.name);
        let message = match value {
            None => format!("flavor {name:?} does not say by {key} that it is {expected}"),
            Some(value) => format!("flavor {name:?} says by {key} that it is {value:?}, but it is {expected}"),
        };
        let finding = Finding::violation(message)
            .on(flavor.resource())
            .property(key)
            .expected(format!("{expected:?}"))
            .observed(value.map_or("not set".to_owned(), |value| format!("{value:?}")));
        Some(finding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Outcome, Verdict};
    use rstest::rstest;

    const RULE: &str = "
key: scs:required
lists: {mandatoryv1: [SCS-1V-4], recommendedv1: [SCS-1V-4-10]}
otherwise: optional
";

    #[rstest]
    #[case::mandatory("SCS-1V-4", &[("scs:required", "mandatoryv1")], Verdict::Pass, 1)]
    #[case::recommended("SCS-1V-4-10", &[("scs:required", "recommendedv1")], Verdict::Pass, 1)]
    #[case::other_list("SCS-1V-4-10", &[("scs:required", "mandatoryv1")], Verdict::Fail, 1)]
    #[case::not_set("SCS-1V-4", &[], Verdict::Fail, 1)]
    #[case::other_case("SCS-1V-4", &[("scs:required", "MandatoryV1")], Verdict::Fail, 1)]
    #[case::by_its_spec("m1.small", &[("scs:name-v2", "SCS-1V-4"), ("scs:required", "mandatoryv1")], Verdict::Pass, 1)]
    #[case::spec_comes_first("SCS-1V-4", &[("scs:name-v2", "SCS-2V-8"), ("scs:required", "optional")], Verdict::Pass, 1)]
    #[case::on_no_list("SCS-2V-8", &[("scs:required", "optional")], Verdict::Pass, 1)]
    #[case::pretends("SCS-2V-8", &[("scs:required", "mandatoryv1")], Verdict::Fail, 1)]
    #[case::unknown_word("m1.large", &[("scs:required", "yes")], Verdict::Fail, 1)]
    // Only flavors of the standard have to say it.
    #[case::silent("SCS-2V-8", &[], Verdict::Pass, 0)]
    fn flavors_say_which_list_they_are_on(
        #[case] name: &str,
        #[case] specs: &[(&str, &str)],
        #[case] verdict: Verdict,
        #[case] examined: usize,
    ) {
        let rule: RequiredSpec = serde_yaml::from_str(RULE).unwrap();
        let extra_specs = specs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let flavor = Flavor { name: name.into(), extra_specs, ..Flavor::default() };
        let outcome = Outcome::of(rule.examine(&Flavors(vec![flavor])));
        assert_eq!((outcome.verdict, outcome.examined), (verdict, examined), "{outcome:#?}");
    }
}
