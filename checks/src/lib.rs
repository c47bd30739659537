//! The SCS standards as data, and the pure rules that decide them.
//!
//! Facts in, findings out: nothing here opens a file, a socket or a clock. The application
//! collects [`facts`], each testcase of the [`definition`]s binds to a kind of [`check`], and its
//! [`rule`] turns facts and parameters into a [`verdict::Outcome`].

pub mod accepts;
pub mod check;
pub mod definition;
pub mod distributions;
pub mod facts;
pub mod iaas;
pub mod json;
pub mod kaas;
pub mod non_empty;
pub mod rule;
pub mod schema;
pub mod score;
mod shown;
pub mod verdict;
pub mod visible;
