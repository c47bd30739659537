//! Patterns of names, as `ssh-keygen` has them (manual of ssh_config: PATTERNS).

/// Returns true if a text matches a list of patterns with `,` between them. One with `!` in front excludes what it matches,
/// wherever it stands.
pub(crate) fn list_matches(list: &str, text: &str) -> bool {
    let mut is_named = false;
    for pattern in list.split(',') {
        match pattern.strip_prefix('!') {
            Some(excluded) if matches(excluded, text) => return false,
            Some(_) => {}
            None => is_named |= matches(pattern, text),
        }
    }
    is_named
}

/// Returns true if a text matches a pattern: `*` stands for any signs, `?` for one.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut place) = (0, 0);
    // The place behind the last `*`, and what it stands for so far; a later one makes up for all before it.
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(at) {
        match pattern.get(place) {
            Some(b'*') => {
                place += 1;
                star = Some((place, at));
            }
            Some(sign) if sign == byte || *sign == b'?' => (at, place) = (at + 1, place + 1),
            _ => {
                let Some((behind, upto)) = star else { return false };
                star = Some((behind, upto + 1));
                (at, place) = (upto + 1, behind);
            }
        }
    }
    pattern.get(place..).is_some_and(|rest| rest.iter().all(|sign| *sign == b'*'))
}
