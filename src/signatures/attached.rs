//! A signature in front of what it signs, so that both are one file.
//!
//! `ssh-keygen` reads the signature of such a file and leaves the rest alone: without its first lines, it is what was signed.

/// The first line of a signature.
const BEGIN: &[u8] = b"-----BEGIN SSH SIGNATURE-----\n";

/// The last line of a signature.
const END: &[u8] = b"\n-----END SSH SIGNATURE-----\n";

/// The longest signature that is looked for, in bytes.
const LARGEST: usize = 16 * 1024;

/// Puts a signature in front of its content.
#[must_use]
pub fn attach(signature: &str, content: &str) -> String {
    format!("{}\n{content}", signature.trim_end())
}

/// Returns true if a file begins with a signature.
#[must_use]
pub fn has_signature(file: &[u8]) -> bool {
    file.starts_with(BEGIN)
}

/// Returns the signature of a file and the content behind it; none if it does not begin with a whole signature.
#[must_use]
pub fn detach(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let beginning = file.get(..LARGEST).unwrap_or(file);
    let end = beginning.windows(END.len()).position(|part| part == END)? + END.len();
    has_signature(file).then(|| file.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &str = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n";

    #[test]
    fn what_was_attached_is_detached() {
        let file = attach(SIGNATURE, "{}\n");
        assert_eq!(detach(file.as_bytes()), Some((SIGNATURE.as_bytes(), "{}\n".as_bytes())));
        assert_eq!(detach(SIGNATURE.as_bytes()), Some((SIGNATURE.as_bytes(), b"".as_slice())));
    }

    #[test]
    fn file_without_a_whole_signature_has_none() {
        let late = format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n{{}}", "A".repeat(LARGEST));
        for file in ["", "{}", "-----BEGIN SSH SIGNATURE-----\nAAAA\n{}", &format!("x{SIGNATURE}"), &late] {
            assert_eq!(detach(file.as_bytes()), None, "{}", file.len());
        }
    }
}
