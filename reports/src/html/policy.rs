//! The content security policy of the page: it may show its one style and run its one script, and nothing else.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

/// The style sheet.
pub(super) const STYLE: &str = concat!(
    include_str!("../../templates/html/theme.css"),
    include_str!("../../templates/html/layout.css"),
    include_str!("../../templates/html/testcase.css"),
    include_str!("../../templates/html/print.css"),
);

/// The script. Without it the page only lacks the filter.
pub(super) const SCRIPT: &str = include_str!("../../templates/html/report.js");

/// Returns the content security policy, which knows the style and the script by their hashes.
pub(super) fn policy() -> String {
    let (style, script) = (hash(STYLE), hash(SCRIPT));
    format!("default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'")
}

fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_as_browsers_make_them() {
        // An example from the specification of Content Security Policy.
        assert_eq!(hash("alert('Hello, world.');"), "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
    }

    #[test]
    fn style_and_script_stay_in_their_elements() {
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains("</") && !text.contains("<!--") && !text.contains("url(") && !text.contains('\r'));
        }
    }
}
