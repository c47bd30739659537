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
pub use notes::Note;
pub use report::{ErrorReport, FlavorReport};
pub use tables::{CpuType, CpuVendor, DiskType, GpuBrand, GpuGeneration, Hypervisor};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// What a flavor name promises.
///
/// It can only be made by reading a name, hence every value is one that the grammar allows. [`Display`] gives
/// the canonical spelling of v2 and v3.
///
/// [`Display`]: fmt::Display
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FlavorName {
    cpus: u32,
    cpu_type: CpuType,
    insecure: bool,
    ram: Ram,
    no_ecc: bool,
    oversubscribed: bool,
    disk: Option<Disk>,
    hypervisor: Option<Hypervisor>,
    hw_virt: bool,
    cpu: Option<CpuBrand>,
    gpu: Option<Gpu>,
    infiniband: bool,
}

/// An amount of RAM in steps of half a GiB (scs-0100 v3: RAM is a positive multiple of 0.5 GiB).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ram {
    half_gib: u32,
}

/// The disk part of a name. A flavor without it boots from a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Disk {
    /// How many disks of this kind, 1 or more.
    pub count: u32,
    /// Size of each in GB; without it the cloud chooses.
    pub size: Option<u32>,
    /// Where it lives; without it nothing is promised.
    pub kind: Option<DiskType>,
}

/// The CPU extension of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CpuBrand {
    /// Who designed it.
    pub vendor: CpuVendor,
    /// Generation number; 0 is unspecified.
    pub generation: u8,
    /// Number of `h` (0 to 3): all cores above 2.75, 3.25, 3.75 GHz.
    pub performance: u8,
}

/// The GPU extension of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Gpu {
    /// `G`: the whole device is passed through; `g`: a virtual GPU.
    pub pass_through: bool,
    /// Who made it.
    pub brand: GpuBrand,
    /// Its generation, if told.
    pub generation: Option<GpuGeneration>,
    /// Number of SMs, CUs or EUs, if told.
    pub units: Option<u32>,
    /// Number of `h` (0 to 2): higher frequency.
    pub performance: u8,
    /// Video memory, if told.
    pub memory: Option<GpuMemory>,
}

/// Video memory of a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GpuMemory {
    /// Size in GiB, rounded down.
    pub gib: u32,
    /// Number of `h` (0 to 2): high-bandwidth memory.
    pub performance: u8,
}

/// The version of the naming standard whose syntax a name follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Syntax {
    /// `SCS-4V:16:50`: deprecated, tolerated by later versions.
    V1,
    /// `SCS-4V-16-50`: the same grammar as v3.
    V2,
    /// `SCS-4V-16-50`: the stable version.
    V3,
}

/// A flavor name that was understood, with what is to be said about its spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// What the name promises.
    pub name: FlavorName,
    /// The syntax that accepted it.
    pub syntax: Syntax,
    /// What was tolerated, though it should be spelled otherwise.
    pub notes: Vec<Note>,
}

impl FlavorName {
    /// Reads a name as scs-0100 v3 does: in the v3 syntax, and in that of v1 with a note.
    ///
    /// # Errors
    /// [`NotParsed::NotScs`] if the standard does not apply to the name, else where and why the syntax is broken.
    pub fn parse(name: &str) -> Result<Parsed, NotParsed> {
        parse::parse(name, None)
    }

    /// Reads a name in the syntax of one version only.
    ///
    /// # Errors
    /// As [`FlavorName::parse`]; the spelling of another version is an error, too.
    pub fn parse_as(name: &str, syntax: Syntax) -> Result<Parsed, NotParsed> {
        parse::parse(name, Some(syntax))
    }

    /// Number of vCPUs, 1 or more.
    pub fn cpus(&self) -> u32 {
        self.cpus
    }

    /// The kind of vCPU.
    pub fn cpu_type(&self) -> CpuType {
        self.cpu_type
    }

    /// `i`: protections against CPU flaws are missing.
    pub fn insecure(&self) -> bool {
        self.insecure
    }

    /// The RAM.
    pub fn ram(&self) -> Ram {
        self.ram
    }

    /// `u`: memory without error correction.
    pub fn no_ecc(&self) -> bool {
        self.no_ecc
    }

    /// `o`: the host may promise more memory than it has.
    pub fn oversubscribed(&self) -> bool {
        self.oversubscribed
    }

    /// The disk part, if there is one.
    pub fn disk(&self) -> Option<Disk> {
        self.disk
    }

    /// Size of the first disk in GB. `None` both without a disk and where the cloud chooses the size: in
    /// either case nothing is promised about it.
    pub fn disk_size(&self) -> Option<u32> {
        self.disk.and_then(|disk| disk.size)
    }

    /// The hypervisor, if told.
    pub fn hypervisor(&self) -> Option<Hypervisor> {
        self.hypervisor
    }

    /// `hwv`: the guest can use hardware virtualisation.
    pub fn hw_virt(&self) -> bool {
        self.hw_virt
    }

    /// The CPU extension, if there is one; without it any x86-64 CPU will do.
    pub fn cpu(&self) -> Option<CpuBrand> {
        self.cpu
    }

    /// The GPU extension, if there is one.
    pub fn gpu(&self) -> Option<Gpu> {
        self.gpu
    }

    /// `ib`: an Infiniband adapter.
    pub fn infiniband(&self) -> bool {
        self.infiniband
    }
}

impl Ram {
    /// In units of half a GiB, exact.
    pub fn half_gib(self) -> u32 {
        self.half_gib
    }

    /// In GiB, exact.
    pub fn gib(self) -> f64 {
        f64::from(self.half_gib) / 2.0
    }

    /// In MiB, as Nova counts.
    pub fn mib(self) -> u64 {
        u64::from(self.half_gib) * 512
    }
}

impl CpuBrand {
    /// The plain name of the generation; `None` for the unspecified one.
    pub fn generation_title(self) -> Option<&'static str> {
        let index = usize::from(self.generation).checked_sub(1)?;
        self.vendor.generations().get(index).copied()
    }
}

impl fmt::Display for Syntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::V3 => "v3",
        })
    }
}

impl FromStr for FlavorName {
    type Err = NotParsed;

    fn from_str(name: &str) -> Result<Self, NotParsed> {
        Self::parse(name).map(|parsed| parsed.name)
    }
}

impl Serialize for FlavorName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for FlavorName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "FlavorName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^SCS-"})
    }
}

/// For parameters in the definitions: a name that cannot be read is refused with its position and reason.
impl<'de> Deserialize<'de> for FlavorName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(|why| de::Error::custom(format_args!("flavor name {name:?}: {why}")))
    }
}
