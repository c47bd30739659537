//! The colours, the texts and the signs that all pages of this project share.

/// The style sheet with colours for light and dark, and classes for verdicts (`.pass`, `.fail`, `.abort`, `.miss`).
pub const THEME: &str = include_str!("../templates/html/theme.css");

/// The signs of the verdicts, as symbols of SVG: `<use href="#:pass"/>` shows one.
pub const ICONS: &str = include_str!("../templates/html/icons.html");
