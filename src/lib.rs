//! Proves that OpenStack clouds conform to the Sovereign Cloud Stack standards.

/// The command line: thin layers that parse, call, print and choose an exit code.
pub mod cli {
    pub mod flavor;
}
