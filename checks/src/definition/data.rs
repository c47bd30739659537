//! Reads the data that definitions rest on: the releases of distributions.

use super::problem::{Problem, Source};
use super::yaml;
use crate::distributions::Distributions;

/// Returns true if the file has releases of distributions: it begins with the key `distributions`.
pub(super) fn is_data(source: &Source) -> bool {
    source.text.lines().any(|line| line.starts_with("distributions:"))
}

/// Reads the releases of distributions, if a file has them.
///
/// # Errors
/// The file cannot be read, contradicts itself, or there is a second one.
pub fn load<'a>(sources: impl IntoIterator<Item = &'a Source>) -> Result<Option<Distributions>, Problem> {
    let mut files = sources.into_iter().filter(|source| is_data(source));
    let Some(source) = files.next() else { return Ok(None) };
    if let Some(second) = files.next() {
        let message = format!("the releases of distributions are already in {}", source.path);
        return Err(second.problem(1, 1, message).help("put them into one file"));
    }
    let data: Distributions = yaml::read(source)?;
    match data.contradiction() {
        Some(message) => Err(source.problem(1, 1, message).help("list each release once, the oldest first")),
        None => Ok(Some(data)),
    }
}

#[cfg(test)]
mod tests;
