//! Exit codes; those of a finished run are [`scs_reports::Conclusion::exit_code`].

/// Everything was done.
pub(super) const DONE: u8 = 0;
/// Something that was asked about is wrong, for example a flavor name.
pub(super) const VIOLATION: u8 = 1;
/// Usage, configuration or definitions are wrong.
pub(super) const USAGE: u8 = 2;
/// Something could not be tested or collected.
pub(super) const UNDECIDED: u8 = 3;
/// A report could not be written.
pub(super) const PUBLISHING: u8 = 4;
