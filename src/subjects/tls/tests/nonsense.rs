//! Answers of any kind: never a panic, and the same result however they are cut into pieces.

use crate::tls::answer::{Answer, Flight, Malformed};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

/// Returns the end of an answer that comes in pieces of a size.
fn read(bytes: &[u8], size: usize) -> Result<Option<Answer>, Malformed> {
    let mut flight = Flight::default();
    for piece in bytes.chunks(size) {
        match flight.take(piece) {
            Ok(None) => {}
            end => return end,
        }
    }
    Ok(None)
}

/// Returns records that look well from outside, with anything within.
fn records() -> impl Strategy<Value = Vec<u8>> {
    let message = (prop_oneof![Just(2_u8), Just(11), Just(12), Just(14), any::<u8>()], vec(any::<u8>(), 0..90))
        .prop_map(|(kind, body)| [&[kind, 0, 0, u8::try_from(body.len()).unwrap_or(0)], body.as_slice()].concat());
    let record =
        (prop_oneof![Just(22_u8), Just(22), Just(21), Just(20)], vec(message, 0..4)).prop_map(|(kind, messages)| {
            let content = messages.concat();
            let length = u16::try_from(content.len()).unwrap_or(0).to_be_bytes();
            [&[kind, 3, 3], length.as_slice(), &content].concat()
        });
    vec(record, 0..5).prop_map(|records| records.concat())
}

/// Returns the flight of a server of TLS 1.2, with some bytes changed.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let hello = [[3, 3].as_slice(), &[7; 32], &[0, 0xc0, 0x2f, 0, 0, 5, 0xff, 1, 0, 1, 0]].concat();
    let messages = [
        [&[2, 0, 0, u8::try_from(hello.len()).unwrap_or(0)], hello.as_slice()].concat(),
        vec![11, 0, 0, 9, 0, 0, 6, 0, 0, 3, 1, 2, 3],
        vec![12, 0, 0, 8, 3, 0, 29, 1, 9, 0, 0, 0],
        vec![14, 0, 0, 0],
    ]
    .concat();
    let whole = [&[22, 3, 3, 0, u8::try_from(messages.len()).unwrap_or(0)], messages.as_slice()].concat();
    let length = whole.len();
    vec((0..length, any::<u8>()), 0..4).prop_map(move |changes| {
        let mut bytes = whole.clone();
        changes.into_iter().for_each(|(at, byte)| bytes[at] = byte);
        bytes
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read_alike_in_any_pieces(
        bytes in prop_oneof![vec(any::<u8>(), 0..300), records(), damaged()],
        size in 1_usize..40,
    ) {
        prop_assert_eq!(read(&bytes, size), read(&bytes, bytes.len().max(1)));
    }
}

#[test]
fn an_undamaged_flight_is_read() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let found = std::iter::repeat_with(|| damaged().new_tree(&mut runner).unwrap().current());
    let read = found
        .take(200)
        .filter(|bytes| matches!(read(bytes, 7), Ok(Some(Answer::Hello(hello))) if hello.group == Some(29)));
    assert!(read.count() > 10, "some are not damaged, or only where it does not matter");
}

#[test]
fn an_answer_without_end_is_refused() {
    let warnings = [21, 3, 3, 0, 2, 1, 112].repeat(20_000);
    assert_eq!(read(&warnings, 4096), Err(Malformed::TooLarge));
}
