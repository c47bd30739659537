//! The reasons why results of suites, or what belongs to them, cannot be used.

use crate::wire::error::one_line;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// A reason why results cannot be imported.
#[derive(Debug, Error)]
pub enum ImportError {
    /// A file, or what is in it, cannot be used.
    // The libraries quote what they read, over several lines.
    #[error("{}: {}", .path.display(), one_line(&.source.to_string()))]
    Unusable {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: Box<ContentError>,
    },
    /// A log is named without the JUnit file that it belongs to.
    #[error("{}: a log belongs to one JUnit file, and {files} are named", .log.display())]
    LogOfNoFile {
        /// The log.
        log: PathBuf,
        /// The number of other files.
        files: usize,
    },
    /// Two files have results of the same tests.
    #[error("{0} and {1} both have results of the same tests")]
    Twice(String, String),
}

/// A reason why the content of results cannot be used.
#[derive(Debug, Error)]
pub enum ContentError {
    /// Something is wrong with a file among others.
    #[error("{name}: {source}")]
    In {
        /// The name of the file.
        name: String,
        /// The reason.
        source: Box<ContentError>,
    },
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// A file cannot be opened.
    #[error("{name} {trouble}")]
    Unopened {
        /// The name of the file.
        name: String,
        /// The reason.
        #[source]
        trouble: scs_files::ReadProblem,
    },
    /// A packed file ends too early.
    #[error("{0} cannot be read to its end")]
    BrokenOff(String),
    /// Reading it took longer than the run may.
    #[error("it was not read before the deadline; allow more time with --deadline")]
    TooLate,
    /// It is larger than any real one; a part of it is named.
    #[error("{0}")]
    TooLarge(String),
    /// It lists more tests than any real file.
    #[error("it lists more than {0} tests")]
    TooManyTests(usize),
    /// It is not JSON of the expected form.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// It is not XML.
    #[error("it is not a JUnit file, at byte {position}: {source}")]
    Xml {
        /// The place.
        position: u64,
        /// The reason.
        source: quick_xml::Error,
    },
    /// An attribute of an element cannot be read.
    #[error("it is not a JUnit file: {0}")]
    Attribute(#[source] quick_xml::Error),
    /// It is not a summary of Sonobuoy.
    #[error("it is not a sonobuoy_results.yaml: {0}")]
    Summary(#[source] serde_yaml::Error),
    /// Its elements, headers or entries do not fit together.
    #[error("{0}")]
    Malformed(String),
    /// Neither its name nor its kind is one of results.
    #[error(
        "it is neither a Sonobuoy archive (.tar.gz), nor a sonobuoy_results.yaml, nor a JUnit file (.xml), nor a folder \
         with one of them"
    )]
    NotResults,
    /// It is a folder that holds no results.
    #[error(
        "it is a folder without results: name an archive, a sonobuoy_results.yaml, a JUnit file, or a folder with \
         plugins/e2e or junit_01.xml in it"
    )]
    EmptyFolder,
    /// It has no results at all.
    #[error("there are no results of end-to-end tests in it")]
    NoResults,
    /// It has results, but none of tests that a standard asks for.
    #[error("no test of conformance or of network policies was run")]
    OtherTests,
}

impl ContentError {
    /// Says in which file it is.
    pub(super) fn within(self, name: &str) -> Self {
        Self::In { name: name.to_owned(), source: Box::new(self) }
    }
}

/// A reason why a list of conformance tests cannot be used.
#[derive(Debug, Error)]
pub enum ListError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] scs_files::ReadError),
    /// It is YAML, but not of the expected form.
    #[error("{} is not a list of conformance tests: {}", .path.display(), one_line(&.source.to_string()))]
    Yaml {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: Box<serde_yaml::Error>,
    },
    /// One of its lines names something else.
    #[error("{} is not a list of conformance tests: {name:?} is not the name of one", .path.display())]
    OtherTest {
        /// The file.
        path: PathBuf,
        /// The line.
        name: String,
    },
    /// It names nothing.
    #[error("{} is not a list of conformance tests: it is empty", .0.display())]
    Empty(PathBuf),
}
