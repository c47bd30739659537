//! scs-0116: an ordinary user can keep secrets.

use crate::check::Check;
use crate::facts::SecretTrial;
use crate::verdict::Findings;
use serde::Deserialize;

/// scs-0116 v1: a member may create, list and delete secrets, where there is a key manager.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretPermissions {}

impl Check for SecretPermissions {
    type Facts<'a> = Option<&'a SecretTrial>;

    fn examine(&self, trial: Option<&SecretTrial>) -> Findings {
        todo!()
    }
}
