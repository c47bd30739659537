//! scs-0302: customers manage their own domain, and nothing else.

use crate::facts::{DomainManagerTrial, ManagerBehavior, StepOutcome};
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Reason, ReasonCode, Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0302 v1: a domain manager can do something in every way that was tried, or is refused it in every way.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DomainManager {
    /// The behavior that is judged.
    pub behavior: ManagerBehavior,
}

impl Check for DomainManager {
    type Facts<'a> = &'a DomainManagerTrial;

    fn examine(&self, trial: &DomainManagerTrial) -> Findings {
        let steps = trial.0.get(&self.behavior);
        Findings::each(self.behavior.steps(), |step, findings| match steps.and_then(|steps| steps.get(*step)) {
            Some(outcome) => self.judge(step, outcome, findings),
            None => findings.unknown(Reason::new(ReasonCode::Inconclusive, format!("{step} was not tried"))),
        })
    }
}

impl DomainManager {
    fn judge(&self, step: &str, outcome: &StepOutcome, findings: &mut Findings) {
        match (outcome, self.behavior.is_allowed()) {
            (StepOutcome::Unknown(reason), _) => {
                let message = format!("{step}: {}", reason.message);
                findings.unknown(Reason::new(reason.code, message));
            }
            (StepOutcome::Effective, true) | (StepOutcome::Refused(_), false) => {}
            (StepOutcome::Refused(how) | StepOutcome::Ineffective(how), true) => findings.push(
                Finding::violation(format!("a domain manager cannot do this in the own domain: {step}"))
                    .on(domain())
                    .property(step)
                    .expected("it has its effect")
                    .observed(how),
            ),
            (StepOutcome::Effective, false) => findings.push(
                Finding::violation(format!("a domain manager can do what must be refused: {step}"))
                    .on(domain())
                    .property(step)
                    .expected("it is refused, and changes nothing")
                    .observed("it has its effect"),
            ),
            (StepOutcome::Ineffective(how), false) => findings.push(
                Finding::warning(format!("the service accepts {step} from a domain manager, but does nothing"))
                    .on(domain())
                    .property(step)
                    .expected("it is refused")
                    .observed(how),
            ),
        }
    }
}

/// Returns the domain in which it was tried.
fn domain() -> Resource {
    Resource::without_id(ResourceKind::Domain, "domain of the first manager")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Outcome, Verdict};
    use rstest::rstest;
    use strum::VariantArray;

    /// Returns a trial in which everything was as the standard wants it.
    fn proper() -> DomainManagerTrial {
        let mut trial = DomainManagerTrial::untried();
        for behavior in ManagerBehavior::VARIANTS {
            for step in behavior.steps() {
                let refused = StepOutcome::Refused("HTTP 403".to_owned());
                let outcome = if behavior.is_allowed() { StepOutcome::Effective } else { refused };
                trial.note(*behavior, step, outcome);
            }
        }
        trial
    }

    fn verdict(behavior: ManagerBehavior, trial: &DomainManagerTrial) -> Verdict {
        Outcome::of(DomainManager { behavior }.examine(trial)).verdict
    }

    #[test]
    fn nothing_passes_that_was_not_tried() {
        for behavior in ManagerBehavior::VARIANTS {
            assert_eq!(verdict(*behavior, &DomainManagerTrial::untried()), Verdict::Abort, "{behavior}");
            assert_eq!(verdict(*behavior, &DomainManagerTrial(Default::default())), Verdict::Abort, "{behavior}");
            assert_eq!(verdict(*behavior, &proper()), Verdict::Pass, "{behavior}");
        }
    }

    #[test]
    fn each_missing_step_makes_its_behavior_undecided() {
        for behavior in ManagerBehavior::VARIANTS {
            for step in behavior.steps() {
                let mut trial = proper();
                trial.0.get_mut(behavior).unwrap().remove(*step);
                assert_eq!(verdict(*behavior, &trial), Verdict::Abort, "{behavior} {step}");
            }
        }
    }

    #[rstest]
    #[case(ManagerBehavior::Users, StepOutcome::Effective, Verdict::Pass)]
    #[case(ManagerBehavior::Users, StepOutcome::Refused("403".into()), Verdict::Fail)]
    #[case(ManagerBehavior::Users, StepOutcome::Ineffective("same as before".into()), Verdict::Fail)]
    #[case(ManagerBehavior::RoleChanges, StepOutcome::Effective, Verdict::Fail)]
    #[case(ManagerBehavior::RoleChanges, StepOutcome::Refused("403".into()), Verdict::Pass)]
    #[case(ManagerBehavior::RoleChanges, StepOutcome::Ineffective("204".into()), Verdict::Pass)]
    #[case(ManagerBehavior::Users, StepOutcome::Unknown(Reason::new(ReasonCode::Deadline, "late")), Verdict::Abort)]
    #[case(
        ManagerBehavior::RoleChanges,
        StepOutcome::Unknown(Reason::new(ReasonCode::Deadline, "late")),
        Verdict::Abort
    )]
    fn one_step_decides(#[case] behavior: ManagerBehavior, #[case] outcome: StepOutcome, #[case] expected: Verdict) {
        let mut trial = proper();
        trial.note(behavior, behavior.steps()[0], outcome);
        assert_eq!(verdict(behavior, &trial), expected);
        let others = ManagerBehavior::VARIANTS.iter().filter(|other| **other != behavior);
        others.for_each(|other| assert_eq!(verdict(*other, &trial), Verdict::Pass, "{other}"));
    }
}
