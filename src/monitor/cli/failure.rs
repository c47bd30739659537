//! The error of all commands.

use std::error::Error;

/// A command that did not succeed; its text says why.
pub type Failure = Box<dyn Error + Send + Sync>;
