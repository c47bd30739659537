//! The folder of a report, by the pattern of the configuration.

use super::model::Subject;
use chrono::NaiveDate;
use std::path::PathBuf;

/// Returns the folder for the files of a subject in a night, whatever the working folder is later. A further attempt has a
/// folder of its own.
pub fn folder_of(pattern: &str, subject: &Subject, night: NaiveDate, attempt: u32) -> PathBuf {
    let folder = pattern
        .replace("{night}", &night.to_string())
        .replace("{subject}", &subject.name)
        .replace("{group}", subject.group.as_deref().unwrap_or("no-group"))
        .replace("{scope}", &subject.scope);
    // No name of a subject has this sign.
    let folder = match attempt {
        0 | 1 => PathBuf::from(folder),
        number => PathBuf::from(format!("{folder}~{number}")),
    };
    std::path::absolute(&folder).unwrap_or(folder)
}
