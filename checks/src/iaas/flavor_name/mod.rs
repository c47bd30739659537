//! Flavor names of scs-0100: what a name such as `SCS-4V-16-50` promises, as a value.
//!
//! The name is a contract in a few characters, and several testcases (scs-0100, scs-0103) and the tool
//! `flavor parse` have to read it in the same way. This module is that one reading. It is written by hand as a
//! byte scanner rather than with regular expressions so that a provider whose name is refused learns at which
//! character and why; see [`NameError`].
//!
//! Grammar (scs-0100 v3; v2 is identical, v1 has `:` for the inner `-` and `-` for `_`):
//!
//! ```text
//! SCS-<vCPUs><L|V|T|C>[i]-<RAM>[u][o] [-[<disks>x][<size>][n|h|s|p]]
//!     [_<hypervisor>] [_hwv] [_<vendor>[<generation>][h|hh|hhh]]
//!     [_<G|g><brand>[<generation>][-<units>[h|hh][-<memory>[h|hh]]]] [_ib]
//! ```

mod describe;
mod error;
mod extensions;
mod extra_specs;
mod name;
mod notes;
mod parse;
mod print;
mod report;
mod scanner;
mod tables;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use error::{NameError, NotParsed};
pub use extra_specs::{DerivedSpecs, extra_specs};
pub use name::{CpuBrand, Disk, FlavorName, Gpu, GpuMemory, Ram, Syntax};
pub use notes::Note;
pub use parse::Parsed;
pub use report::{ErrorReport, FlavorReport};
pub use tables::{CpuType, CpuVendor, DiskType, GpuBrand, GpuGeneration, Hypervisor};
