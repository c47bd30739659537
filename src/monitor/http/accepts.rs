//! The header `Accept`: the media types that a client takes.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// Returns true if a client takes JSON: the most exact of its entries that fit decides, and one with `q=0` refuses.
pub fn accepts_json(headers: &HeaderMap) -> bool {
    let lines: Vec<&str> = headers.get_all(ACCEPT).iter().map(|line| line.to_str().unwrap_or_default()).collect();
    let mut entries = lines.iter().flat_map(|line| line.split(',')).map(str::trim).filter(|entry| !entry.is_empty());
    let fitting = entries.by_ref().filter_map(entry).max();
    fitting.map_or(lines.is_empty(), |(_, is_wanted)| is_wanted)
}

/// Returns the exactness of an entry for JSON, and true unless its weight is 0; nothing for one of other media types.
fn entry(entry: &str) -> Option<(u8, bool)> {
    let mut parts = entry.split(';').map(|part| part.trim().to_ascii_lowercase());
    let exactness = match parts.next()?.as_str() {
        "application/json" => 2,
        "application/*" => 1,
        "*/*" => 0,
        _ => return None,
    };
    let weight = parts.find_map(|part| part.strip_prefix("q=").map(|weight| weight.trim().parse::<f32>()));
    Some((exactness, weight.is_none_or(|weight| weight.is_ok_and(|weight| weight > 0.0))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&[], true)]
    #[case(&["application/json"], true)]
    #[case(&["APPLICATION/JSON"], true)]
    #[case(&["text/html", "application/json"], true)]
    #[case(&["text/html, */*;q=0.1"], true)]
    #[case(&["application/*; q=0.5"], true)]
    #[case(&["text/html"], false)]
    #[case(&["application/json;q=0"], false)]
    #[case(&["application/json; Q=0.000, */*"], false)]
    #[case(&["*/*;q=0, application/json"], true)]
    #[case(&["application/json;q=many"], false)]
    fn json_is_taken(#[case] lines: &[&str], #[case] expected: bool) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCEPT, line.parse().unwrap());
        }
        assert_eq!(accepts_json(&headers), expected);
    }
}
