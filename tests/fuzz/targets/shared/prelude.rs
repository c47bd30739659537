//! Parts that several targets share: inputs of two files, a folder for them, and the promises of every message.

#![allow(dead_code, reason = "no target needs all of them")]

use std::fs;
use std::path::{Path, PathBuf};

/// Splits an input at the first line `%%%`.
pub fn split(input: &[u8]) -> (&[u8], Option<&[u8]>) {
    const SEPARATOR: &[u8] = b"\n%%%\n";
    match input.windows(SEPARATOR.len()).position(|window| window == SEPARATOR) {
        Some(at) => (&input[..at], Some(&input[at + SEPARATOR.len()..])),
        None => (input, None),
    }
}

/// Creates a folder, in memory where there is one. The files are written for each input: looking for them is part of what
/// is tested, and the file system costs less than the parser.
pub fn folder(name: &str) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = base.join(format!("scs-fuzz-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Checks a message: it is one line of at most so many characters.
pub fn one_line(text: &str, longest: usize) {
    assert!(text.chars().count() <= longest, "{} characters: {text}", text.chars().count());
    assert!(text.chars().all(|c| !c.is_control()), "disturbs a terminal: {text:?}");
}

/// Checks that a text holds none of the secrets.
pub fn without_secrets(text: &str, secrets: &[String]) {
    let secret = secrets.iter().find(|secret| text.contains(secret.as_str()));
    assert!(secret.is_none(), "the secret {secret:?} in: {text}");
}

/// Returns the values of these keys that occur only once in the input: a message can have no other of them from anywhere
/// but the key.
pub fn secrets(text: &str, keys: &[&str]) -> Vec<String> {
    let value = |line: &str| keys.iter().find_map(|key| line.trim_start().strip_prefix(key)).map(str::to_owned);
    let values = text.lines().filter_map(value);
    values
        .map(|value| value.trim().trim_matches(['"', '\'', '!', '&', '*', '}', ',']).to_owned())
        .filter(|value| value.len() >= 8 && value.chars().all(|c| c.is_ascii_alphanumeric()))
        .filter(|value| text.matches(value.as_str()).count() == 1)
        .collect()
}
