//! The traits of rules: every rule of `iaas/` and `kaas/` is a [`Check`], and the definitions know it as a [`Rule`].
//!
//! The argument type of `examine` says what a rule needs, so it cannot be asked before its facts are there.

use crate::facts::{Facts, Inputs, Needs, Now, Unmet};
use crate::verdict::{Findings, Outcome, Reason, ReasonCode};

/// A rule over facts. It is pure: the same facts and parameters give the same findings.
pub trait Check {
    /// The facts that it needs: a fact (`&T`), a fact that may be absent (`Option<&T>`), alternatives
    /// ([`crate::facts::Either`]), "now", or a tuple of these.
    type Facts<'a>: Inputs<'a>;

    /// Returns what is wrong, and with [`Findings::unknown`] what could not be seen.
    fn examine(&self, facts: Self::Facts<'_>) -> Findings;

    /// Returns the reason why the requirement does not concern the subject, such as a cloud without zones to tell apart. The rule is
    /// not evaluated then: nothing was tested, and nothing had to be.
    fn inapplicable(&self, _: &Self::Facts<'_>) -> Option<String> {
        None
    }

    /// Returns the part that a person has to judge, if the rule has no criterion for it. The rule is not evaluated
    /// then, so that a missing criterion never looks like a PASS.
    fn beyond(&self, _: &Self::Facts<'_>) -> Option<String> {
        None
    }
}

/// A check of any kind, whichever facts it takes.
pub trait Rule {
    /// Returns the facts that have to be collected for it.
    fn needs(&self) -> Needs;

    /// Returns true if it takes "now", and so depends on the local clock.
    fn takes_now(&self) -> bool {
        false
    }

    /// Returns the outcome, given what was collected and the instant that counts as now.
    fn evaluate(&self, facts: &Facts, now: Now) -> Outcome;
}

impl<C: Check> Rule for C {
    fn needs(&self) -> Needs {
        <C::Facts<'static> as Inputs<'static>>::NEEDS
    }

    fn takes_now(&self) -> bool {
        <C::Facts<'static> as Inputs<'static>>::TAKES_NOW
    }

    fn evaluate(&self, facts: &Facts, now: Now) -> Outcome {
        // A check that reads no facts could only ever pass.
        const { assert!(!<C::Facts<'static> as Inputs<'static>>::NEEDS.is_empty()) };
        match Inputs::read(facts, now) {
            Ok(inputs) => {
                if let Some(why) = self.inapplicable(&inputs) {
                    return Outcome::miss(Reason::new(ReasonCode::NotApplicable, why));
                }
                if let Some(what) = self.beyond(&inputs) {
                    return Outcome::miss(Reason::new(ReasonCode::Manual, what));
                }
                let doubt = now.clock.finding().filter(|_| self.takes_now());
                let mut findings = self.examine(inputs);
                findings.list.extend(doubt);
                Outcome::of(findings)
            }
            Err(Unmet::Abort(reason)) => Outcome::abort(reason),
            Err(Unmet::Miss(reason)) => Outcome::miss(reason),
        }
    }
}
