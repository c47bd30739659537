//! A virtual machine's own view, as printed on its console.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The sections that the guest printed, each with its lines.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Guest {
    /// Lines by section, for example `entropy-avail`.
    pub sections: BTreeMap<String, Vec<String>>,
}
