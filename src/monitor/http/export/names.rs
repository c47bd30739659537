//! The files of paths: pages are `index.html` in a folder of their own, so that their addresses stay the same on a server of files.

use crate::http::pages::segment;
use sha2::{Digest, Sha256};

/// The longest name of a file or folder, in bytes.
const LONGEST: usize = 180;

/// Returns the names of the folders and the file of a path.
pub fn file_of(path: &str, is_page: bool) -> Vec<String> {
    let path = path.trim_matches('/');
    let mut names: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(name_of).collect();
    if is_page {
        names.push("index.html".to_owned());
    }
    names
}

/// Returns the link that leads from one file to another one.
pub fn link(from: &[String], to: &[String]) -> String {
    let folder = from.len().saturating_sub(1);
    let shared = from.iter().take(folder).zip(to).take_while(|(one, other)| one == other).count();
    // A file is no folder of another one.
    let shared = shared.min(to.len().saturating_sub(1));
    let ups = std::iter::repeat_n("..".to_owned(), folder - shared);
    let downs = to.iter().skip(shared).map(|name| segment(name));
    ups.chain(downs).collect::<Vec<_>>().join("/")
}

/// Returns the name of a file for a part of a path: as a server of files would look for it, unless that would lead elsewhere.
fn name_of(part: &str) -> String {
    let decoded = decode(part).filter(|name| !name.contains(['/', '\\', '%', '\0']) && !name.starts_with('.'));
    let name = decoded.unwrap_or_else(|| part.replace('.', "%2E"));
    if name.len() <= LONGEST {
        return name;
    }
    let digest = hex::encode(Sha256::digest(&name));
    let start: String = name.chars().take(LONGEST / 4 - 10).collect();
    format!("{start}-{}", digest.get(..16).unwrap_or_default())
}

/// Replaces what is escaped; none if that is no text.
fn decode(part: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.extend(hex::decode(digits).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("/", true, "index.html")]
    #[case("/en/", true, "en/index.html")]
    #[case("/en/s/acme.cloud", true, "en/s/acme.cloud/index.html")]
    #[case("/s/acme/badge.svg", false, "s/acme/badge.svg")]
    #[case("/s/a%C3%A4%20b", true, "s/aä b/index.html")]
    #[case("/s/..", true, "s/%2E%2E/index.html")]
    #[case("/s/..%2F..%2Fetc", true, "s/%2E%2E%2F%2E%2E%2Fetc/index.html")]
    #[case("/s/%2e%2e", true, "s/%2e%2e/index.html")]
    #[case("/s/.hidden", true, "s/%2Ehidden/index.html")]
    #[case("/s/%ff", true, "s/%ff/index.html")]
    #[case("/s/a%2525", true, "s/a%2525/index.html")]
    fn path_never_leads_out_of_the_folder(#[case] path: &str, #[case] is_page: bool, #[case] expected: &str) {
        assert_eq!(file_of(path, is_page).join("/"), expected);
    }

    #[test]
    fn long_names_are_cut_and_stay_different() {
        let name = |end: &str| file_of(&format!("/s/{}{end}", "x".repeat(1_000)), false).join("/");
        assert!(name("a").len() < 200 && name("a") != name("b"));
    }

    #[rstest]
    #[case("/en/s/acme", "/en/help", "../../help/index.html")]
    #[case("/en/s/acme", "/en/s/acme/scope/a", "scope/a/index.html")]
    #[case("/en/s/acme/scope/a", "/en/s/acme", "../../index.html")]
    #[case("/en/", "/de/", "../de/index.html")]
    #[case("/", "/en/s/a%2Fb", "en/s/a%252Fb/index.html")]
    #[case("/en/", "/en/", "index.html")]
    fn links_are_relative(#[case] from: &str, #[case] to: &str, #[case] expected: &str) {
        assert_eq!(link(&file_of(from, true), &file_of(to, true)), expected);
    }
}
