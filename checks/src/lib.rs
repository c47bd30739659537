//! The SCS standards as data, and the pure rules that decide them.
pub mod iaas;
