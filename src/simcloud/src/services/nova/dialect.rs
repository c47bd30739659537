//! The microversion that a request to Nova and its answer speak.

use super::errors::error;
use crate::http::{Call, Reply};
use crate::services::microversion::{Asked, unsupported};
use crate::state::{Nova, Version};

/// The lowest microversion.
pub(super) const LOWEST: Version = Version(2, 1);

/// The version that request and answer speak, and how the answer says so.
pub(super) struct Dialect {
    pub(super) version: Version,
    headers: Vec<(&'static str, String)>,
}

impl Dialect {
    /// Settles the version; the error is the whole refusal.
    pub(super) fn from_call(call: &Call, nova: &Nova) -> Result<Self, Reply> {
        if !nova.knows_microversions {
            return Ok(Self { version: LOWEST, headers: Vec::new() });
        }
        let highest = nova.max_microversion;
        let new_header = highest >= Version(2, 27);
        let legacy = call.header("x-openstack-nova-api-version").map_or(Asked::Nothing, Asked::word);
        let asked = match call.header("openstack-api-version").filter(|_| new_header) {
            Some(header) => Some(Asked::from_header(header, "compute")).filter(|asked| *asked != Asked::Nothing),
            None => None,
        };
        let version = match asked.unwrap_or(legacy) {
            Asked::Nothing => LOWEST,
            Asked::Latest => highest,
            Asked::Exactly(version) => version,
            Asked::Malformed(text) => {
                return Err(error("badRequest", 400, &Asked::complaint(&text)));
            }
        };
        let dialect = Self { version, headers: headers(version, new_header) };
        if version < LOWEST || version > highest {
            return Err(dialect.mark(error("computeFault", 406, &unsupported(version, LOWEST, highest))));
        }
        Ok(dialect)
    }

    /// Says in the answer which version it speaks.
    pub(super) fn mark(&self, reply: Reply) -> Reply {
        reply.headers(&self.headers)
    }

    /// Tells whether this version has come.
    pub(super) fn has(&self, minor: u16) -> bool {
        self.version >= Version(2, minor)
    }
}

fn headers(version: Version, new_header: bool) -> Vec<(&'static str, String)> {
    let mut headers = vec![("x-openstack-nova-api-version", version.to_string())];
    if new_header {
        headers.push(("openstack-api-version", format!("compute {version}")));
        headers.push(("vary", "OpenStack-API-Version".to_owned()));
    }
    headers.push(("vary", "X-OpenStack-Nova-API-Version".to_owned()));
    headers
}
