//! Definitions that somebody publishes without a release of the program: a list of the files with their digests, signed.
//!
//! The list has the format of `sha256sum`, so that `sha256sum -c SHA256SUMS` and `ssh-keygen -Y verify` say the same as this.

use super::folder::{MOST, about, bytes_of};
use chrono::{DateTime, NaiveDate, Utc};
use scs_checks::definition::{Problem, Publisher, Source, sha256};
use scs_signatures::{DEFINITIONS, Signature, Signers};
use std::collections::BTreeMap;
use std::path::{Component, Path};

/// The list, in the folder that it describes.
const LIST: &str = "SHA256SUMS";

/// The signature over the list.
const SIGNATURE: &str = "SHA256SUMS.sig";

/// The beginning of the comment that dates a list.
const DATED: &str = "# definitions of ";

/// Those who may publish definitions.
#[derive(Debug)]
pub struct Publishers {
    /// Their keys.
    pub signers: Signers,
    /// The time at which the keys have to be valid.
    pub now: DateTime<Utc>,
}

impl Publishers {
    /// Returns the one who published all of these definitions as they are.
    ///
    /// # Errors
    /// The first reason why nobody vouches for them: no list or signature, one that does not count, or a file that is not the
    /// one of the list.
    pub(super) fn publisher_of(&self, folder: &Path, definitions: &[Source]) -> Result<Publisher, Problem> {
        let list = published(folder, LIST)?;
        let signature = Signature::parse(&published(folder, SIGNATURE)?);
        let signer = signature
            .and_then(|signature| self.signers.verify(DEFINITIONS, &list, &signature, self.now).map(str::to_owned));
        let name = signer
            .map_err(|refusal| about(SIGNATURE.as_ref(), &refusal.to_string(), "ask the publisher for both files"))?;
        let list = List::parse(&list)?;
        list.covers(folder, definitions)?;
        Ok(Publisher { name, date: list.date })
    }
}

/// Reads the list, or the signature.
fn published(folder: &Path, name: &str) -> Result<Vec<u8>, Problem> {
    let help =
        "a published folder has SHA256SUMS and SHA256SUMS.sig; docs/publishing-definitions.md says how to make them";
    bytes_of(&folder.join(name), name.as_ref()).map_err(|problem| problem.help(help))
}

/// A list of files.
struct List {
    date: NaiveDate,
    /// The digests in hexadecimal digits, by path within the folder.
    digests: BTreeMap<String, String>,
}

impl List {
    fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let text = std::str::from_utf8(bytes).map_err(|_| problem(0, "this is not text"))?;
        let mut date = None;
        let mut digests = BTreeMap::new();
        for (line, content) in (1..).zip(text.lines()) {
            if let Some(day) = content.strip_prefix(DATED) {
                date = Some(
                    day.trim()
                        .parse()
                        .map_err(|_| problem(line, &format!("\"{day}\" is not a day like 2026-11-30")))?,
                );
            } else if !content.is_empty() && !content.starts_with('#') {
                let (path, digest) = entry(content)
                    .ok_or_else(|| problem(line, "this is not `DIGEST  PATH` of a file in the folder"))?;
                if digests.insert(path.to_owned(), digest.to_lowercase()).is_some() {
                    return Err(problem(line, &format!("{path} is listed twice")));
                }
            }
            if digests.len() > MOST {
                return Err(problem(line, &format!("there are more than {MOST} files")));
            }
        }
        let date =
            date.ok_or_else(|| problem(0, "the date is missing; the list begins with `# definitions of YYYY-MM-DD`"))?;
        Ok(Self { date, digests })
    }

    /// Checks that every definition is in the list, and that every file of the list is as it says.
    fn covers(&self, folder: &Path, definitions: &[Source]) -> Result<(), Problem> {
        let texts: BTreeMap<&str, &str> =
            definitions.iter().map(|source| (source.path.as_str(), source.text.as_str())).collect();
        if let Some(path) = texts.keys().find(|path| !self.digests.contains_key(**path)) {
            return Err(about(path.as_ref(), &format!("this file is not in {LIST}"), "remove it"));
        }
        for (path, listed) in &self.digests {
            let found = match texts.get(path.as_str()) {
                Some(text) => sha256(text.as_bytes()),
                None => sha256(&bytes_of(&folder.join(path), path.as_ref())?),
            };
            if found != *listed {
                return Err(about(
                    path.as_ref(),
                    &format!("this file is not the one of {LIST}"),
                    "get it from the publisher again",
                ));
            }
        }
        Ok(())
    }
}

/// Parses `DIGEST  PATH` or `DIGEST *PATH`.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (digest, path) = line.split_once(' ')?;
    let path = path.strip_prefix([' ', '*'])?;
    let path = path.strip_prefix("./").unwrap_or(path);
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    let stays_within = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    (is_digest && stays_within && !path.is_empty()).then_some((path, digest))
}

fn problem(line: usize, message: &str) -> Problem {
    Problem { line, column: 1, ..Problem::of_file(LIST, message) }
}
