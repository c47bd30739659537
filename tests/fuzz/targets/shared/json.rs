//! Changes JSON as JSON, so that the fuzzer gets past the parser: bytes that are changed at random nearly always end
//! there.

use libfuzzer_sys::fuzzer_mutate;
use serde_json::Value;

/// Strings that have broken programs before, and words that the formats give a meaning.
const STRINGS: &[&str] = &[
    "",
    " ",
    "\0",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{feff}",
    "\u{ffff}",
    "]]>",
    "<!--",
    "&amp;",
    "\"",
    "'",
    "\n",
    "\r\n",
    "\t",
    "- a: b",
    "{}",
    "null",
    "~",
    "%s",
    "../..",
    "é",
    "𝄞",
    "e\u{301}",
    "2026-02-30",
    "2026-11-20",
    "9999-12-31T23:59:60Z",
    "-262143-01-01T00:00:00Z",
    "+262142-12-31T23:59:59Z",
    "true",
    "0",
    "-1",
    "1e999",
    "SCS-4V-16-100s",
    "SCS-2C-4_i7",
    "SCS-1L:1",
    "https://u:p@[::1]:99999/v3?x#y",
    "http://cloud.example.com/v2.1?marker=x",
    "public",
    "monthly",
    "forever",
    // The secret of `http_answer`.
    "g\u{e9}heim\"canary",
];
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "0.5",
    "1e308",
    "255",
    "65535",
    "65536",
    "4294967296",
    "18446744073709551615",
    "-9223372036854775808",
];

/// Mutates inputs that are one JSON document behind `prefix` bytes of any content.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut random = Random(u64::from(seed) | 1 << 40);
    let parsed = serde_json::from_slice::<Value>(&data[..size]).ok().filter(|_| random.below(8) != 0);
    let Some(mut json) = parsed else { return fuzzer_mutate(data, size, max_size) };
    for _ in 0..=random.below(3) {
        change(&mut json, &mut random);
    }
    let text = json.to_string();
    if text.len() > max_size {
        return fuzzer_mutate(data, size, max_size);
    }
    data[..text.len()].copy_from_slice(text.as_bytes());
    text.len()
}

/// Changes one place, chosen among all.
fn change(json: &mut Value, random: &mut Random) {
    let donor = pick(json, random).clone();
    let place = random.below(count(json));
    let Some(value) = nth(json, &mut { place }) else { return };
    let other = match random.below(12) {
        0 => Value::Null,
        1 => Value::from(STRINGS[random.below(STRINGS.len())]),
        2 => serde_json::from_str(NUMBERS[random.below(NUMBERS.len())]).unwrap_or_default(),
        3 => Value::Bool(random.below(2) == 0),
        4 => donor,
        _ => return inside(value, donor, random),
    };
    *value = other;
}

/// Changes a value so that it keeps its type.
fn inside(value: &mut Value, donor: Value, random: &mut Random) {
    match value {
        Value::String(text) => {
            let at =
                (0..=text.len()).filter(|at| text.is_char_boundary(*at)).nth(random.below(text.len() + 1)).unwrap_or(0);
            match random.below(5) {
                0 => text.insert_str(at, STRINGS[random.below(STRINGS.len())]),
                1 => text.truncate(at),
                2 => drop(text.drain(..at)),
                3 if text.len() < 10_000 => *text = text.repeat(2),
                _ => *text = STRINGS[random.below(STRINGS.len())].to_owned(),
            }
        }
        Value::Number(number) => {
            let near = number.as_i64().map(|n| n.wrapping_add(i64::try_from(random.below(5)).unwrap_or(0) - 2));
            *value = match (random.below(2), near) {
                (0, Some(near)) => Value::from(near),
                _ => serde_json::from_str(NUMBERS[random.below(NUMBERS.len())]).unwrap_or_default(),
            };
        }
        Value::Bool(it) => *it = !*it,
        Value::Array(items) => {
            let at = random.below(items.len());
            match (random.below(4), items.get(at).cloned()) {
                (0, Some(_)) => drop(items.remove(at)),
                (1, Some(again)) => items.push(again),
                (2, Some(_)) => items.swap(0, at),
                _ => items.push(donor),
            }
        }
        Value::Object(map) => {
            let key = map.keys().nth(random.below(map.len().max(1))).cloned();
            match (random.below(3), key) {
                (0, Some(key)) => drop(map.remove(&key)),
                (1, Some(key)) => drop(map.insert(key, donor)),
                _ => drop(map.insert(STRINGS[random.below(STRINGS.len())].to_owned(), donor)),
            }
        }
        Value::Null => *value = donor,
    }
}

fn pick<'a>(json: &'a Value, random: &mut Random) -> &'a Value {
    let children: Vec<&Value> = children(json).collect();
    if children.is_empty() || random.below(6) == 0 {
        json
    } else {
        pick(children[random.below(children.len())], random)
    }
}

fn children(json: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match json {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(map) => Box::new(map.values()),
        _ => Box::new(std::iter::empty()),
    }
}

fn count(json: &Value) -> usize {
    1 + children(json).map(count).sum::<usize>()
}

fn nth<'a>(json: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(json);
    }
    *left -= 1;
    match json {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, left)),
        Value::Object(map) => map.values_mut().find_map(|item| nth(item, left)),
        _ => None,
    }
}

/// A small generator of numbers (splitmix64): the fuzzer gives the seed.
struct Random(u64);

impl Random {
    /// Returns a number below `limit`; 0 if that is 0.
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit.max(1) as u64).unwrap_or(0)
    }
}
