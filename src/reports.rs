//! The one reader of reports: whatever reads a report of this program reads it here, and gets only one that does not
//! contradict itself.

use crate::files;
use scs_reports::{Report, SCHEMA_VERSION};
use std::path::Path;

/// Reads a report and checks that it does not contradict itself.
///
/// # Errors
/// One sentence: which file, what is wrong, where, and what to do.
pub fn read(path: &Path) -> Result<Report, String> {
    let report: Report = files::read_json(path, "report", SCHEMA_VERSION)?;
    report.verify().map_err(|contradiction| {
        let shown = path.display();
        format!("{shown} contradicts itself: {contradiction}. Check the subject again; a report must not be edited")
    })?;
    Ok(report)
}
