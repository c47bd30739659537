//! Pictures for other sites and for print: badges, the logo of certificates, the QR code.

mod code;
mod draw;
mod files;
mod state;

pub use code::qr;
pub use files::{json, logo, svg};
