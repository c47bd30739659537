//! The definitions of the SCS standards and scopes: those built into the program, or those of a folder. Also built in is what
//! the program takes for known of Kubernetes until it can ask.

mod folder;
mod publisher;

pub use folder::{DISTRIBUTIONS, read};
pub use publisher::Publishers;

use folder::{DATA_FOLDER, bytes_of, one, read_as, standards_of};
use scs_checks::definition::{CLAUSES_FILE, Definitions, Origin, Problem, Problems, STABLE_FILE, Source, digest};
use std::path::Path;

/// The definitions of `standards/` as they were when the program was built.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/standards.rs"));

/// The digests of stable versions at that time.
const STABLE: &str = include_str!("stable.sha256");

/// The number of demands in the text of each version of a standard.
const CLAUSES: &str = include_str!("data/clauses.yaml");

/// The snapshot of what is publicly known of Kubernetes, as YAML, made from real documents (`data/kubernetes.yaml`).
pub const KUBERNETES: &str = include_str!("data/kubernetes.yaml");

/// The names of the conformance tests of Kubernetes, one a line, by branch; their origin stands in
/// `data/kubernetes/conformance/README.md`.
pub const CONFORMANCE_TESTS: [(&str, &str); 7] = [
    ("1.24", include_str!("data/kubernetes/conformance/v1.24.txt")),
    ("1.25", include_str!("data/kubernetes/conformance/v1.25.txt")),
    ("1.26", include_str!("data/kubernetes/conformance/v1.26.txt")),
    ("1.27", include_str!("data/kubernetes/conformance/v1.27.txt")),
    ("1.28", include_str!("data/kubernetes/conformance/v1.28.txt")),
    ("1.29", include_str!("data/kubernetes/conformance/v1.29.txt")),
    ("1.36", include_str!("data/kubernetes/conformance/v1.36.txt")),
];

/// The names of the tests of Tempest that scs-0128 v1 lists, one a line, with their tags; as of 2026-08-21. The names are Tempest's
/// own (Apache-2.0).
pub const TEMPEST_TESTS: &str = include_str!("data/tempest/scs-0128-v1.txt");

/// Loads the definitions that are built into the program, without their examples.
///
/// # Errors
/// Only if the program was built from broken definitions, which its tests prevent.
pub fn embedded() -> Result<Definitions, Problems> {
    official(Definitions::load_without_examples)
}

/// Loads the definitions that are built into the program, with their examples.
///
/// # Errors
/// Only if the program was built from broken definitions, which its tests prevent.
pub fn embedded_with_examples() -> Result<Definitions, Problems> {
    official(Definitions::load)
}

fn official(load: fn(&[Source]) -> Result<Definitions, Problems>) -> Result<Definitions, Problems> {
    let mut definitions = load(&embedded_files().map_err(one)?.standards)?;
    definitions.origin = Origin::Official;
    Ok(definitions)
}

/// The files of a folder of definitions.
#[derive(Debug)]
pub struct Files {
    /// The standards and scopes.
    pub standards: Vec<Source>,
    /// The digests of stable versions, if they are recorded.
    pub stable: Option<Source>,
    /// The number of demands in the texts, if they were counted.
    pub clauses: Option<Source>,
}

/// Returns the files that are built into the program.
///
/// # Errors
/// Only if the program was built from broken definitions, which its tests prevent.
pub fn embedded_files() -> Result<Files, Problem> {
    let standards: Result<Vec<Source>, Problem> =
        EMBEDDED.iter().map(|(path, text)| Source::new(*path, text.as_bytes())).collect();
    let clauses = Some(Source::new(format!("{DATA_FOLDER}/{CLAUSES_FILE}"), CLAUSES.as_bytes())?);
    Ok(Files { standards: standards?, stable: Some(stable(STABLE.as_bytes())), clauses })
}

/// Reads the definitions of a folder and the folders in it: all files that end in `.yaml`, and of `data` the releases of
/// distributions. A copy of the built-in ones is official, and so is what one of the publishers has signed; everything else is
/// altered. The problem says why definitions are altered, if there are publishers.
///
/// # Errors
/// The folder cannot be read, holds no definition or a file that ends in `.yml`, or a definition is broken.
pub fn from_folder(folder: &Path, publishers: Option<&Publishers>) -> Result<(Definitions, Option<Problem>), Problems> {
    let sources = standards_of(folder)?;
    let mut definitions = Definitions::load(&sources)?;
    if definitions.digest == digest(&embedded_files().map_err(one)?.standards) {
        definitions.origin = Origin::Official;
        return Ok((definitions, None));
    }
    let problem = match publishers.map(|publishers| publishers.publisher_of(folder, &sources)) {
        Some(Ok(publisher)) => {
            definitions.vouch(publisher);
            None
        }
        Some(Err(problem)) => Some(problem),
        None => None,
    };
    Ok((definitions, problem))
}

/// Reads the files of a folder and the folders in it.
///
/// # Errors
/// The folder or a file in it cannot be read, or it holds no definition.
pub fn files_of(folder: &Path) -> Result<Files, Problems> {
    let standards = standards_of(folder)?;
    let path = folder.join(STABLE_FILE);
    let read = || bytes_of(&path, STABLE_FILE.as_ref()).map(|bytes| stable(&bytes)).map_err(one);
    let stable = if path.exists() { Some(read()?) } else { None };
    let counted = Path::new(DATA_FOLDER).join(CLAUSES_FILE);
    let path = folder.join(&counted);
    let clauses = if path.exists() { Some(read_as(&path, &counted).map_err(one)?) } else { None };
    Ok(Files { standards, stable, clauses })
}

/// Returns the digests as they are. Where nothing is stable, there are none.
fn stable(bytes: &[u8]) -> Source {
    Source { path: STABLE_FILE.to_owned(), text: String::from_utf8_lossy(bytes).into_owned() }
}
