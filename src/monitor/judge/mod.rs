//! Judges what was uploaded, at an instant: by the roll-up of scs-checks, and by the rule of today's server beside it.
//!
//! Pure: the same functions serve pages, interfaces and the record of each night.

mod compatible;
mod latest;
mod nights;
mod results;
mod rollup;
mod rules;
mod standards;
mod strip;

pub use compatible::{Buckets, Evaluation, VersionEvaluation, evaluate, passed_by_the_old_rule_alone};
pub use latest::{Latest, LatestResult};
pub use nights::{Before, NightOfVersion, Past, nights};
pub use results::Results;
pub use rollup::{Judgement, conclusion_word, failing, is_worse, judge, overall};
pub use rules::{ModuleRule, Rulebook, Rules, TestcaseRule, VersionRule};
pub use standards::{StandardState, standards, verdicts};
pub use strip::{Day, Failure, Flapping, ResultChange, Run, Strip, strips};

#[cfg(test)]
pub(crate) use rules::tests::{rulebook_of, rules_of};
