//! `/{language}/dashboard`: for those who run tests: what changed, what expires, what was uploaded, what did not come.

mod expected;
mod expiry;
mod page;

pub use page::page;
