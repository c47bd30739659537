//! The options about output that all commands share.

use clap::ValueEnum;

/// The options about output: how much is printed on stderr, and in which form.
pub(super) struct OutputStyle {
    pub verbose: u8,
    pub quiet: bool,
    pub format: LogFormat,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum LogFormat {
    Text,
    Json,
}
