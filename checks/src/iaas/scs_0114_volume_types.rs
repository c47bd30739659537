//! scs-0114: descriptions of volume types begin with a list of their aspects, for example
//! `[scs:encrypted, replicated] Ceph volumes`.

use crate::facts::{VolumeType, VolumeTypes};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0114 v1: aspect lists are sorted, without repetition, and name known aspects only.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AspectList {
    /// The aspects that the standard defines.
    known: NonEmpty<Vec<String>>,
}

impl Check for AspectList {
    type Facts<'a> = &'a VolumeTypes;

    fn examine(&self, types: &VolumeTypes) -> Findings {
        Findings::each(&types.0, |volume_type, findings| match aspects(&volume_type.description) {
            Some(list) => findings.list.extend(self.judge(volume_type, &list)),
            None => findings.list.extend(near_miss(&volume_type.description).map(|_| ignored_list(volume_type))),
        })
    }
}

impl AspectList {
    /// Returns one finding for the whole list, as one corrected list fixes all of it.
    fn judge(&self, volume_type: &VolumeType, list: &[&str]) -> Option<Finding> {
        let mut corrected = list.to_vec();
        corrected.sort_unstable();
        let mut faults = Vec::new();
        if corrected != list {
            faults.push("it is not sorted".to_owned());
        }
        corrected.dedup();
        if corrected.len() < list.len() {
            faults.push("it names an aspect twice".to_owned());
        }
        let (known, unknown): (Vec<&str>, Vec<&str>) =
            corrected.into_iter().partition(|aspect| self.known.iter().any(|known| known == aspect));
        faults.extend(unknown.iter().map(|aspect| format!("unknown aspect {aspect:?}")));
        let message = format!("the aspect list of volume type {:?} is wrong: {}", volume_type.name, faults.join("; "));
        (!faults.is_empty()).then(|| {
            Finding::violation(message)
                .on(volume_type.resource())
                .property("description")
                .expected(match known.as_slice() {
                    [] => format!("no list, or a sorted list of some of: {}", self.known.join(", ")),
                    known => format!("[scs:{}]", known.join(", ")),
                })
                .observed(format!("{:?}", volume_type.description))
        })
    }
}

/// scs-0114 v1: some volume type has an aspect.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WithAspect {
    /// The aspect.
    aspect: String,
}

impl Check for WithAspect {
    type Facts<'a> = &'a VolumeTypes;

    fn examine(&self, types: &VolumeTypes) -> Findings {
        let aspect = self.aspect.as_str();
        let lists_it =
            |volume_type: &VolumeType| aspects(&volume_type.description).is_some_and(|list| list.contains(&aspect));
        let mut findings = Findings { examined: types.0.len(), ..Findings::default() };
        if types.0.iter().any(lists_it) {
            return findings;
        }
        let missing = Finding::violation(format!("no volume type is advertised as {aspect}"))
            .on(Resource::without_id(ResourceKind::VolumeType, aspect))
            .property("description")
            .expected(format!("a volume type whose description begins with [scs:{aspect}]"))
            .observed(format!("none of {} volume types", types.0.len()));
        findings.push(missing);
        let almost = types.0.iter().filter(|volume_type| {
            aspects(&volume_type.description).is_none()
                && near_miss(&volume_type.description).is_some_and(|list| list.to_lowercase().contains(aspect))
        });
        findings.list.extend(almost.map(ignored_list));
        findings
    }
}

/// Parses the aspects that a description lists; none if it does not begin with a list. Empty and blank entries are
/// kept (quirk Q-0114-3); an empty list is allowed.
fn aspects(description: &str) -> Option<Vec<&str>> {
    let (list, _) = description.strip_prefix("[scs:")?.split_once(']')?;
    if list.contains('[') {
        return None;
    }
    if list.is_empty() {
        return Some(Vec::new());
    }
    Some(list.split(',').map(str::trim).collect())
}

/// Finds a near miss (quirk Q-0114-2): a list in another place, in other letters, with blanks, without its end or
/// with brackets inside counts as none.
fn near_miss(description: &str) -> Option<&str> {
    description.split('[').skip(1).find_map(|bracket| {
        let (key, list) = bracket.split(']').next()?.split_once(':')?;
        key.trim().eq_ignore_ascii_case("scs").then_some(list)
    })
}

fn ignored_list(volume_type: &VolumeType) -> Finding {
    let message = format!(
        "the aspect list of volume type {:?} is not in the required form, so it does not count",
        volume_type.name
    );
    Finding::warning(message)
        .on(volume_type.resource())
        .property("description")
        .expected("a list at the very beginning, in the form [scs:encrypted, replicated]")
        .observed(format!("{:?}", volume_type.description))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Outcome, Severity, Verdict};
    use rstest::rstest;

    fn types(descriptions: &[&str]) -> VolumeTypes {
        let volume_type = |(i, description): (usize, &&str)| VolumeType {
            id: format!("id-{i}"),
            name: format!("type-{i}"),
            description: (*description).to_owned(),
            ..VolumeType::default()
        };
        VolumeTypes(descriptions.iter().enumerate().map(volume_type).collect())
    }

    fn syntax() -> AspectList {
        AspectList { known: NonEmpty::new(["encrypted", "replicated"].map(String::from).into()).unwrap() }
    }

    #[rstest]
    #[case("", Verdict::Pass)]
    #[case("Fast volumes", Verdict::Pass)]
    #[case("[fast] volumes", Verdict::Pass)]
    #[case("[scs:] nothing special", Verdict::Pass)]
    #[case("[scs:encrypted]", Verdict::Pass)]
    #[case("[scs:encrypted,replicated] Ceph", Verdict::Pass)]
    #[case("[scs: encrypted , replicated ]", Verdict::Pass)]
    #[case("[scs:encrypted [x]]", Verdict::Pass)]
    #[case("[scs:encrypted", Verdict::Pass)]
    #[case("[scs:replicated, encrypted]", Verdict::Fail)]
    #[case("[scs:encrypted, encrypted]", Verdict::Fail)]
    #[case("[scs:encrypted, fast]", Verdict::Fail)]
    #[case("[scs:Encrypted]", Verdict::Fail)]
    #[case("[scs:encrypted,]", Verdict::Fail)]
    #[case("[scs:,]", Verdict::Fail)]
    #[case("[scs: ]", Verdict::Fail)]
    #[case("[scs:\u{200b}]", Verdict::Fail)]
    fn lists_are_sorted_single_and_known(#[case] description: &str, #[case] verdict: Verdict) {
        let outcome = Outcome::of(syntax().examine(&types(&["", description])));
        assert_eq!((outcome.verdict, outcome.examined), (verdict, 2), "{:?}", outcome.findings);
    }

    #[test]
    fn a_wrong_list_is_shown_corrected() {
        let findings = syntax().examine(&types(&["[scs:replicated, fast, encrypted, replicated] x", "[scs:fast]"]));
        let first = &findings.list[0];
        assert_eq!(first.resource.as_ref().unwrap().id, "id-0");
        assert_eq!(first.expected.as_deref(), Some("[scs:encrypted, replicated]"));
        for fault in ["not sorted", "twice", "\"fast\""] {
            assert!(first.message.contains(fault), "{}", first.message);
        }
        assert_eq!(findings.list.len(), 2);
    }

    #[rstest]
    #[case("Ceph [scs:encrypted]")]
    #[case(" [scs:encrypted]")]
    #[case("[SCS:encrypted]")]
    #[case("[scs :encrypted]")]
    #[case("[new] [scs:encrypted]")]
    #[case("[scs:encrypted")]
    #[case("[scs:encrypted, [fast]]")]
    #[case("[scs:encrypted [x]]")]
    fn near_misses_are_warned_of(#[case] description: &str) {
        let findings = syntax().examine(&types(&[description]));
        assert_eq!(findings.list.iter().map(|f| f.severity).collect::<Vec<_>>(), [Severity::Warning]);
        let outcome = Outcome::of(WithAspect { aspect: "encrypted".into() }.examine(&types(&[description])));
        let severities: Vec<_> = outcome.findings.iter().map(|f| f.severity).collect();
        assert_eq!((outcome.verdict, severities), (Verdict::Fail, vec![Severity::Violation, Severity::Warning]));
    }

    #[rstest]
    #[case("encrypted", &["[scs:encrypted]"], Verdict::Pass)]
    #[case("encrypted", &["plain", "[scs:encrypted, replicated]"], Verdict::Pass)]
    #[case("replicated", &["[scs:encrypted, replicated]"], Verdict::Pass)]
    #[case("replicated", &["[scs:encrypted]"], Verdict::Fail)]
    #[case("encrypted", &["[scs:unencrypted]"], Verdict::Fail)]
    #[case("encrypted", &["encrypted"], Verdict::Fail)]
    #[case("encrypted", &[], Verdict::Fail)]
    fn some_type_has_the_aspect(#[case] aspect: &str, #[case] descriptions: &[&str], #[case] verdict: Verdict) {
        let outcome = Outcome::of(WithAspect { aspect: aspect.into() }.examine(&types(descriptions)));
        assert_eq!(outcome.verdict, verdict);
        assert_eq!(outcome.findings.len(), usize::from(verdict == Verdict::Fail));
    }
}
