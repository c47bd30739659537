//! scs-0115: new security groups let nothing in and everything out.

use crate::check::Check;
use crate::facts::{DefaultSecurityGroupRules, Either, FreshSecurityGroup};
use crate::verdict::Findings;
use serde::Deserialize;

/// scs-0115 v1: judged by the template (OpenStack 2023.2), else by a fresh group.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultRules {}

impl Check for DefaultRules {
    type Facts<'a> = Either<&'a DefaultSecurityGroupRules, &'a FreshSecurityGroup>;

    fn examine(&self, rules: Self::Facts<'_>) -> Findings {
        todo!()
    }
}
