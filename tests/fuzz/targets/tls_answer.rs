//! Answers of a TLS server to a ClientHello, in pieces of any size: the first byte. The result does not depend on the pieces.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scs_subjects::tls::{Answer, Flight};

fuzz_target!(|input: &[u8]| {
    let Some((size, bytes)) = input.split_first() else { return };
    let whole = read(bytes, bytes.len());
    assert_eq!(read(bytes, usize::from(*size)), whole);
    if let Some(Answer::Hello(hello)) = whole {
        assert!((0x0300..=0x0304).contains(&hello.version));
        assert!(hello.certificates.iter().map(Vec::len).sum::<usize>() <= bytes.len());
    }
});

/// Returns the answer; none where it is incomplete, or no TLS.
fn read(bytes: &[u8], size: usize) -> Option<Answer> {
    let mut flight = Flight::default();
    bytes.chunks(size.max(1)).find_map(|piece| flight.take(piece).transpose())?.ok()
}
