//! The reasons why a content holds no results of Tempest.

use thiserror::Error;

/// A reason why a content holds no results of Tempest.
#[derive(Debug, Error)]
pub enum ContentError {
    /// A subunit stream is damaged.
    #[error("this is not a subunit stream: at byte {offset}, {problem}")]
    Subunit {
        /// The place.
        offset: usize,
        /// The reason.
        problem: &'static str,
    },
    /// A file is not XML.
    #[error("this is not XML: {0}")]
    Xml(String),
    /// More tests, or longer names, than any real file has.
    #[error("it has more than {0}")]
    TooLarge(&'static str),
    /// None of its tests is one of Tempest.
    #[error("it has no results of Tempest")]
    OtherTests,
}
