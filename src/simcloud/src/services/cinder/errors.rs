//! Errors of Cinder.

use crate::http::Reply;
use crate::services::replies::fault;

pub(super) fn bad(message: &str) -> Reply {
    fault("badRequest", 400, message)
}

/// Returns the error of a resource that is not there: `kind` as in the path.
pub(super) fn missing(kind: &str, id: &str) -> Reply {
    let name = match kind {
        "volumes" => "Volume",
        "backups" => "Backup",
        _ => "Snapshot",
    };
    fault("itemNotFound", 404, &format!("{name} {id} could not be found."))
}
