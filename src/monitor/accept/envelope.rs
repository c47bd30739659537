//! The body of an upload: a signature of `ssh-keygen`, an ampersand, and the signed bytes.

/// The first line of a signature. Anything before it is no part of it.
const BEGIN: &[u8] = b"-----BEGIN SSH SIGNATURE-----";

/// The last line of a signature.
const END: &[u8] = b"-----END SSH SIGNATURE-----";

/// The largest signature that is looked for, in bytes.
const LARGEST: usize = 16 * 1024;

/// The two parts of a body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Envelope<'a> {
    /// The text of the signature.
    pub signature: &'a [u8],
    /// The signed bytes.
    pub data: &'a [u8],
}

/// A body without a signature, or without the ampersand behind it.
#[derive(Debug, Eq, PartialEq)]
pub struct MissingSignature;

impl<'a> Envelope<'a> {
    /// Splits a body.
    ///
    /// # Errors
    /// There is no signature at its beginning, or no ampersand behind it.
    pub fn split(body: &'a [u8]) -> Result<Self, MissingSignature> {
        let head = body.get(..LARGEST.min(body.len())).unwrap_or_default();
        let end = head.windows(END.len()).position(|window| window == END).ok_or(MissingSignature)? + END.len();
        let begin = head.windows(BEGIN.len()).position(|window| window == BEGIN).filter(|begin| *begin < end);
        let (signature, rest) = body.split_at(end);
        let signature = signature.get(begin.ok_or(MissingSignature)?..).unwrap_or_default();
        let rest = rest.strip_prefix(b"\r").unwrap_or(rest);
        let data = rest.strip_prefix(b"\n&").ok_or(MissingSignature)?;
        Ok(Self { signature, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const BODY: &[u8] = b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n&---\na: 1\n";

    #[test]
    fn data_begins_exactly_behind_the_ampersand() {
        let envelope = Envelope::split(BODY).unwrap();
        assert_eq!(envelope.data, b"---\na: 1\n");
        assert!(envelope.signature.ends_with(END) && envelope.signature.starts_with(b"-----BEGIN"));
    }

    #[rstest]
    #[case(b"")]
    #[case(b"---\na: 1\n")]
    #[case(b"&---\na: 1\n")]
    #[case(b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n---\n")]
    #[case(b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----")]
    fn a_body_without_signature_or_separator_is_refused(#[case] body: &[u8]) {
        assert_eq!(Envelope::split(body), Err(MissingSignature));
    }

    #[test]
    fn a_signature_is_not_looked_for_without_end() {
        let body = [&vec![b'x'; LARGEST], BODY].concat();
        assert_eq!(Envelope::split(&body), Err(MissingSignature));
    }
}
