//! Reads files: all of them through one bounded reader, and the JSON files that this program writes (recordings and
//! reports) by their version.

mod reader;

pub use reader::{ReadError, Trouble, deadline, give_up_at, open, read, read_named, read_text, rest, was_read};

use crate::wire::json;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::Path;
use std::{fs, io};

/// The largest file of ours that is read, in bytes: 10,000 images with all properties take about 20 MiB.
const LARGEST: u64 = 48 << 20;

/// Makes a folder that only its owner can look into, unless it is there already.
///
/// # Errors
/// It cannot be made.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Reads a file of ours; `what` names its kind in messages, `current` is the version of the
/// format that this program understands. An older one is refused as well: its facts could mean something else.
///
/// # Errors
/// One sentence: which file, what is wrong, where, and what to do.
pub fn read_json<T: DeserializeOwned>(path: &Path, what: &str, current: u32) -> Result<T, String> {
    let bytes = read_named(path, LARGEST).map_err(|error| match &error.trouble {
        Trouble::Unreadable(_) | Trouble::TooLate => error.to_string(),
        Trouble::Folder => format!("{} is a folder; name a {what} in it", path.display()),
        _ => format!("{error}, so it is not a {what}"),
    })?;
    let shown = path.display();
    let text = String::from_utf8(bytes).map_err(|_| format!("{shown} is not text, so it is not a {what}"))?;
    parse_json(&text, &shown.to_string(), what, current)
}

/// Reads the text of such a file; `shown` names it in messages.
///
/// # Errors
/// As [`read_json`].
pub fn parse_json<T: DeserializeOwned>(text: &str, shown: &str, what: &str, current: u32) -> Result<T, String> {
    check_version(text, current).map_err(|why| format!("{shown} is not a {what} for this program: {why}"))?;
    json::check(text.as_bytes(), json::FILE).map_err(|flaw| format!("{shown}: this is not a {what}: {flaw}"))?;
    let deserializer = &mut serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let place = format!("{}:{}", error.inner().line(), error.inner().column());
        let path = error.path().to_string();
        let message = error.into_inner().to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        format!("{shown}:{place}: this is not a {what}: at {path}: {message}")
    })
}

fn check_version(text: &str, current: u32) -> Result<(), String> {
    #[derive(Deserialize)]
    struct Versioned {
        schema_version: Option<u64>,
    }
    let found: Versioned = serde_json::from_str(text).map_err(|error| format!("it is not a JSON object ({error})"))?;
    match found.schema_version {
        None => Err("it has no schema_version".into()),
        Some(version) if version > u64::from(current) => {
            Err(format!("its schema_version is {version}, newer than {current}; use a newer scs-conformance"))
        }
        Some(0) => Err("its schema_version is 0, which never existed".into()),
        Some(version) if version < u64::from(current) => Err(format!(
            "its schema_version is {version}, older than {current}, and the form has changed since; \
             record or check the subject again, or use the older scs-conformance that wrote it"
        )),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::fs;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(rename = "schema_version")]
        _version: u32,
        #[serde(rename = "names")]
        _names: Vec<String>,
    }

    #[rstest]
    #[case(br#"{"schema_version": 2, "names": ["a"]}"#, "")]
    #[case(
        br#"{"schema_version": 1, "names": ["a"]}"#,
        "sample for this program: its schema_version is 1, older than 2"
    )]
    #[case(br#"{"schema_version": 1, "guest": {}}"#, "record or check the subject again, or use the older")]
    #[case(br#"{"schema_version": 3, "names": ["a"]}"#, "schema_version is 3, newer than 2; use a newer")]
    #[case(br#"{"schema_version": 0, "names": []}"#, "schema_version is 0")]
    #[case(br#"{"names": []}"#, "no schema_version")]
    #[case(
        b"{\"schema_version\": 2,\n \"names\": [\"a\", 7]}",
        ":2:17: this is not a sample: at names[1]: invalid type"
    )]
    #[case(br#"{"schema_version": 2, "names": [], "x": 1}"#, "unknown field `x`")]
    #[case(br#"{"schema_version": 1"#, "is not a JSON object (EOF")]
    #[case(b"[]", "is not a JSON object")]
    #[case(b"", "is not a JSON object")]
    #[case(b"\xff", "is not text")]
    fn files_are_read_or_refused_clearly(#[case] bytes: &[u8], #[case] expected: &str) {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), bytes).unwrap();
        match read_json::<Sample>(file.path(), "sample", 2) {
            Ok(_) => assert_eq!(expected, ""),
            Err(message) => assert!(!expected.is_empty() && message.contains(expected), "{message}"),
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let message = read_json::<Sample>(Path::new("/nonexistent/facts.json"), "sample", 1).unwrap_err();
        assert!(message.starts_with("/nonexistent/facts.json cannot be read: "), "{message}");
        assert!(read_json::<Sample>(Path::new("/"), "sample", 1).unwrap_err().contains("is a folder"));
    }
}
