//! Reads and writes files: within bounds, never for longer than the run may take, and never half a result.

mod reader;
mod writer;

pub use reader::{ReadError, ReadProblem, deadline, give_up_at, open, read, read_named, read_text, rest, was_read};
pub use writer::{WriteError, create_beside, folder_of, replace, target};

use std::path::Path;
use std::{fs, io};

/// Makes a folder that only its owner can look into, unless it is there already.
///
/// # Errors
/// It cannot be made.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}
