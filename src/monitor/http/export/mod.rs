//! Writes the public site as files, which any server shows, or a browser without one.

mod crawl;
mod folder;
mod links;
mod names;

pub use crawl::{Exported, export};
pub use folder::ExportError;
