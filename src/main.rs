//! The command line of `scs-conformance`.
fn main() {}
