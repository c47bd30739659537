//! The spellings of a secret in a text, and the search for them.

use super::reading::Reading;
use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::ops::Range;

/// A secret of fewer letters and digits cannot be distinguished from other words at all.
pub(super) const SHORTEST: usize = 4;
/// One of fewer is only found where it stands as a word of its own.
const LONG: usize = 8;
/// From so many on, upper and lower case make no difference.
const CASELESS: usize = 16;
/// Of longer ones each piece of this length is a secret of its own, so that a part of a token is found as well.
const PIECE: usize = 32;
/// Of fewer bytes neither base64 nor hexadecimal digits are looked for.
const ENCODED: usize = 6;
/// The number of letters of a secret that a text may show where it is cut off before that is noticed.
const CUT: usize = 8;
/// The number of places that are searched where a text was cut off.
const CUTS: usize = 64;
/// Texts are read in parts of this size; no spelling is as long as two parts have in common.
const PART: usize = 64 << 10;
const COMMON: usize = 4 << 10;

/// One spelling of one secret.
struct Spelling {
    letters: Vec<u8>,
    /// True where upper and lower case differ.
    exact: bool,
    /// True for what is only a secret where it is a word of its own.
    word: bool,
}

/// Finds secrets in texts, in one pass over each reading however many there are.
pub(super) struct Finder {
    spellings: Vec<Spelling>,
    automaton: Option<AhoCorasick>,
}

impl Finder {
    pub fn new<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        let spellings: Vec<Spelling> = secrets.flat_map(spellings).collect();
        let letters = spellings.iter().map(|spelling| &spelling.letters);
        let mut builder = AhoCorasickBuilder::new();
        builder.match_kind(MatchKind::Standard).ascii_case_insensitive(true);
        // Too many secrets for one machine: then nothing is shown at all.
        let automaton = builder.build(letters).ok();
        Self { spellings, automaton }
    }

    /// Returns the places of secrets, in order, none overlapping another.
    pub fn find(&self, text: &str) -> Vec<Range<usize>> {
        if self.spellings.is_empty() {
            return Vec::new();
        }
        let Some(automaton) = &self.automaton else { return std::iter::once(0..text.len()).collect() };
        let (mut found, mut from) = (Vec::new(), 0_usize);
        loop {
            let end = text.ceil_char_boundary(from.saturating_add(PART));
            let part = text.get(from..end).unwrap_or_default();
            Reading::new(part).all(&mut |reading| self.look(automaton, reading, from, &mut found));
            if end >= text.len() {
                return joined(found);
            }
            from = text.floor_char_boundary(end - COMMON);
        }
    }

    fn look(&self, automaton: &AhoCorasick, reading: &Reading<'_>, from: usize, found: &mut Vec<Range<usize>>) {
        let (letters, places) = reading.squeezed();
        let within = |squeezed: Range<usize>| {
            let at = |at: usize| places.get(at).map_or(0, |place| *place as usize);
            at(squeezed.start)..at(squeezed.end - 1) + 1
        };
        let mut add = |range: Range<usize>| {
            let place = reading.place(range);
            found.push(place.start + from..place.end + from);
        };
        for hit in automaton.find_overlapping_iter(&letters) {
            let Some(spelling) = self.spellings.get(hit.pattern().as_usize()) else { continue };
            let range = within(hit.range());
            let is_other = spelling.exact && letters.get(hit.range()) != Some(spelling.letters.as_slice());
            if !is_other && (!spelling.word || reading.is_word(&range)) {
                add(range);
            }
        }
        for cut in cuts(&letters) {
            let longest = self.spellings.iter().filter_map(|spelling| begun(&letters[..cut], &spelling.letters)).max();
            longest.into_iter().for_each(|length| add(within(cut - length..cut)));
        }
    }
}

/// Returns the places at which a text was cut off.
fn cuts(letters: &[u8]) -> impl Iterator<Item = usize> {
    const MARK: &[u8] = "…".as_bytes();
    letters.windows(MARK.len()).enumerate().filter(|(_, at)| *at == MARK).map(|(at, _)| at).take(CUTS)
}

/// Returns the number of letters of a spelling that a text ends with, if they are enough to matter.
fn begun(text: &[u8], spelling: &[u8]) -> Option<usize> {
    let longest = spelling.len().saturating_sub(1).min(text.len());
    (CUT..=longest).rev().find(|length| text.ends_with(&spelling[..*length]))
}

/// Joins ranges that overlap, or have no more than a few letters between them.
fn joined(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    const GAP: usize = 8;
    found.sort_by_key(|range| range.start);
    let mut joined: Vec<Range<usize>> = Vec::new();
    for range in found {
        match joined.last_mut() {
            Some(last) if range.start <= last.end + GAP => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// Returns every spelling of a secret that no way of reading resolves.
fn spellings(secret: &str) -> Vec<Spelling> {
    let mut all = Vec::new();
    // What looks like an escape in a secret is resolved in texts as well.
    Reading::new(secret).all(&mut |reading| all.extend(pieces(reading.letters()).into_iter().map(plain)));
    all.extend(pieces(secret.as_bytes()).into_iter().filter(|piece| piece.len() >= ENCODED).flat_map(encoded));
    // In base64 and in hexadecimal digits it may be as JSON or a URL has it.
    let json = serde_json::Value::from(secret).to_string();
    let url: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let written = [json.trim_matches('"'), &url, &url.replace('+', "%20")].map(str::to_owned);
    let others = written.iter().filter(|text| *text != secret && secret.len() >= ENCODED);
    all.extend(others.flat_map(|text| pieces(text.as_bytes())).flat_map(encoded));
    all.retain(|spelling| spelling.letters.len() >= SHORTEST);
    all
}

fn plain(piece: &[u8]) -> Spelling {
    let letters = squeezed(piece);
    let (exact, word) = (letters.len() < CASELESS, letters.len() < LONG);
    Spelling { letters, exact, word }
}

fn pieces(secret: &[u8]) -> Vec<&[u8]> {
    if secret.len() <= 2 * PIECE {
        return vec![secret];
    }
    let end = secret.get(secret.len() - PIECE..).unwrap_or_default();
    secret.chunks_exact(PIECE).chain([end]).collect()
}

fn encoded(bytes: &[u8]) -> impl Iterator<Item = Spelling> {
    let hex = Spelling { letters: hex::encode(bytes).into_bytes(), exact: false, word: false };
    let whole = STANDARD_NO_PAD.encode(bytes);
    let base64 = (0..3).map(|before| aligned(bytes, before)).chain([whole]);
    let base64 = base64.map(|text| Spelling { letters: squeezed(text.as_bytes()), exact: true, word: false });
    base64.filter(|spelling| spelling.letters.len() >= ENCODED).chain([hex])
}

/// Encodes bytes that so many others stand before in Base64, and returns those letters that do not depend on the others.
fn aligned(bytes: &[u8], before: usize) -> String {
    let text = STANDARD_NO_PAD.encode([&[0; 2][..before], bytes].concat());
    let (from, to) = ((before * 8).div_ceil(6), (before + bytes.len()) * 8 / 6);
    text.get(from..to).unwrap_or_default().to_owned()
}

pub(super) fn squeezed(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    Reading::new(&text).squeezed().0
}
