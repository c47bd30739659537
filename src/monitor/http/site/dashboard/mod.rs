//! `/{language}/dashboard`: for those who run tests: what changed, what expires, what was uploaded, what did not come.

mod expiry;
mod expected;
mod page;

pub use page::page;
