//! Programs of others that this one starts: found where they are installed, given secrets in files of their own, bounded, and
//! never left behind. Nothing is ever installed.

mod process;
mod redactor;
mod search;
mod secret_file;

pub(crate) use process::{Call, ProgramOutput};
pub(crate) use redactor::LogRedactor;
pub(crate) use search::{folders, is_program, version};
pub(crate) use secret_file::SecretFile;
