//! Reads an archive entry by entry, and trusts nothing that its headers say of sizes.

use super::error::ContentError;
use std::io::{self, BufRead, BufReader, Read, Take};
use tar::{Entry, EntryType, PaxExtensions};

/// The largest archive that is looked at, unpacked, in bytes; a certified run has some 100 MB, nearly all of it logs.
const LARGEST: u64 = 2 << 30;
/// The most entries; a real archive has up to some thousand.
const MOST_ENTRIES: usize = 300_000;
/// The longest header that only tells the name of the next entry.
const LONGEST_HEADER: u64 = 64 << 10;

/// An entry: its name, and what is in it if it is a file; none where the archive breaks off.
type Found<'a> = Option<(&'a str, Option<&'a mut dyn Read>)>;

/// Looks at each entry.
///
/// # Errors
/// The archive is too large or malformed, or `look` refuses.
pub(super) fn each_file(
    unpacked: impl Read,
    mut look: impl FnMut(Found<'_>) -> Result<(), ContentError>,
) -> Result<(), ContentError> {
    let mut archive = tar::Archive::new(unpacked.take(LARGEST));
    let (mut long_name, mut is_whole) = (None, true);
    // Raw, as the library would read a name of any length.
    let entries = archive.entries().map_err(ContentError::Unreadable)?.raw(true);
    for (count, entry) in entries.enumerate() {
        if count >= MOST_ENTRIES {
            return Err(ContentError::TooLarge(format!("it has more than {MOST_ENTRIES} entries")));
        }
        // An archive that breaks off may still hold what matters, but nobody can rely on it.
        let Ok(mut entry) = entry else {
            look(None)?;
            is_whole = false;
            break;
        };
        match entry.header().entry_type() {
            EntryType::GNULongName | EntryType::XHeader => long_name = name_of_next(&mut entry)?.or(long_name),
            EntryType::XGlobalHeader | EntryType::GNULongLink => {}
            kind => {
                let own = || Some(entry.path().ok()?.to_string_lossy().into_owned());
                let name = as_unpacked(&long_name.take().or_else(own).unwrap_or_default());
                let is_file = matches!(kind, EntryType::Regular | EntryType::Continuous);
                look(Some((&name, is_file.then_some(&mut entry as &mut dyn Read))))?;
            }
        }
    }
    let mut rest = archive.into_inner();
    let ends = is_nothing(&mut rest);
    match (rest.limit(), ends) {
        (0, _) => Err(ContentError::TooLarge(format!("unpacked it has more than {} GiB", LARGEST >> 30))),
        (_, Err(_)) => look(None),
        (_, Ok(false)) if is_whole => {
            Err(ContentError::Malformed("it goes on after its end, as several archives in one file do".to_owned()))
        }
        _ => Ok(()),
    }
}

/// Returns the name that a file has once it is unpacked.
fn as_unpacked(name: &str) -> String {
    let mut parts = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Reads what comes after the last entry; returns true if it is empty but for zeros.
fn is_nothing(rest: impl Read) -> io::Result<bool> {
    let mut rest = BufReader::new(rest);
    loop {
        let chunk = rest.fill_buf()?;
        match chunk.len() {
            0 => return Ok(true),
            _ if chunk.iter().any(|byte| *byte != 0) => return Ok(false),
            length => rest.consume(length),
        }
    }
}

fn name_of_next<R: Read>(entry: &mut Entry<'_, Take<R>>) -> Result<Option<String>, ContentError> {
    if entry.size() > LONGEST_HEADER {
        return Err(ContentError::TooLarge("it has a header of more than 64 KiB".to_owned()));
    }
    let mut header = Vec::new();
    entry.read_to_end(&mut header).map_err(ContentError::Unreadable)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned();
    if entry.header().entry_type() == EntryType::GNULongName {
        return Ok(Some(text(&header)));
    }
    let mut name = None;
    for extension in PaxExtensions::new(&header) {
        let unreadable = |error| ContentError::Malformed(format!("it has a header that cannot be read: {error}"));
        let extension = extension.map_err(unreadable)?;
        match extension.key_bytes() {
            b"path" => name = Some(text(extension.value_bytes())),
            b"size" => return Err(ContentError::TooLarge("it has a file of more than 8 GiB".to_owned())),
            _ => {}
        }
    }
    Ok(name)
}
