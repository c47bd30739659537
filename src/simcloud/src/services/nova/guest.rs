//! Console output of a server that runs a test script: the state has the measurements, its user data the name of the run.
//!
//! A line `_scs-test SECTION STATE NUMBER/LINES LENGTH CHECKSUM TEXT` whose CRC-32 was made with the nonce `none` is sealed
//! with the nonce of the user data instead, a line `NONCE = "…"` in it. Every other line stays as it is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const MARKER: &str = "_scs-test ";
const NONE: &str = "none";

/// Returns a text as a server with this user data prints it.
pub(super) fn printed(text: &str, user_data: Option<&str>) -> String {
    let Some(nonce) = user_data.and_then(nonce) else { return text.to_owned() };
    text.split_inclusive('\n').map(|line| sealed(line, &nonce).unwrap_or_else(|| line.to_owned())).collect()
}

fn nonce(user_data: &str) -> Option<String> {
    let script = String::from_utf8(STANDARD.decode(user_data).ok()?).ok()?;
    let quoted = script.lines().find_map(|line| line.strip_prefix("NONCE = \""))?;
    quoted.split('"').next().map(str::to_owned)
}

fn sealed(line: &str, nonce: &str) -> Option<String> {
    let at = line.find(MARKER)? + MARKER.len();
    let fields: Vec<&str> = line.get(at..)?.splitn(6, ' ').collect();
    let [section, state, place, length, checksum, rest] = fields.as_slice() else { return None };
    let (text, tail) = rest.split_at_checked(length.parse().ok()?)?;
    let head = format!("{section} {state} {place}");
    if *checksum != crc32(&format!("{NONE}{head} {text}")) {
        return None;
    }
    let text = if *section == "end" { text.replace("run=none", &format!("run={nonce}")) } else { text.to_owned() };
    let checksum = crc32(&format!("{nonce}{head} {text}"));
    Some(format!("{}{head} {} {checksum} {text}{tail}", &line[..at], text.len()))
}

fn crc32(text: &str) -> String {
    format!("{:08x}", crc32fast::hash(text.as_bytes()))
}
