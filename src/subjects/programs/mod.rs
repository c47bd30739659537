//! Programs of others that this one starts: found where they are installed, given secrets in files of their own, bounded, and
//! never left behind. Nothing is ever installed.

mod process;
mod redactor;
mod search;
mod secret_file;

pub use process::{Call, ProgramOutput};
pub use redactor::LogRedactor;
pub use search::find;
pub(crate) use search::{folders, is_program, version};
pub(crate) use secret_file::SecretFile;
