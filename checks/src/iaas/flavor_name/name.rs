//! The values that a flavor name can have.

use super::tables::{CpuType, CpuVendor, DiskType, GpuBrand, GpuGeneration, Hypervisor};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// The promises of a flavor name.
///
/// It can only be made by reading a name, hence every value is one that the grammar allows. [`Display`] gives
/// the canonical spelling of v2 and v3.
///
/// [`Display`]: fmt::Display
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FlavorName {
    pub(super) cpus: u32,
    pub(super) cpu_type: CpuType,
    pub(super) insecure: bool,
    pub(super) ram: Ram,
    pub(super) no_ecc: bool,
    pub(super) oversubscribed: bool,
    pub(super) disk: Option<Disk>,
    pub(super) hypervisor: Option<Hypervisor>,
    pub(super) hw_virt: bool,
    pub(super) cpu: Option<CpuBrand>,
    pub(super) gpu: Option<Gpu>,
    pub(super) infiniband: bool,
}

/// An amount of RAM in steps of half a GiB (scs-0100 v3: RAM is a positive multiple of 0.5 GiB).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ram {
    pub(super) half_gib: u32,
}

/// The disk part of a name. A flavor without it boots from a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Disk {
    /// The number of disks of this kind, 1 or more.
    pub count: u32,
    /// Size of each in GB; without it the cloud chooses.
    pub size: Option<u32>,
    /// The kind of disk; without it nothing is promised.
    pub kind: Option<DiskType>,
}

/// The CPU extension of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CpuBrand {
    /// The designer.
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
    /// The maker.
    pub brand: GpuBrand,
    /// Its generation, if given.
    pub generation: Option<GpuGeneration>,
    /// The number of SMs, CUs or EUs, if given.
    pub units: Option<u32>,
    /// Number of `h` (0 to 2): higher frequency.
    pub performance: u8,
    /// Video memory, if given.
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

impl FlavorName {
    /// Returns the number of vCPUs, 1 or more.
    pub fn cpus(&self) -> u32 {
        self.cpus
    }

    /// Returns the kind of vCPU.
    pub fn cpu_type(&self) -> CpuType {
        self.cpu_type
    }

    /// Returns true if protections against CPU flaws are missing (`i`).
    pub fn insecure(&self) -> bool {
        self.insecure
    }

    /// Returns the RAM.
    pub fn ram(&self) -> Ram {
        self.ram
    }

    /// Returns true for memory without error correction (`u`).
    pub fn no_ecc(&self) -> bool {
        self.no_ecc
    }

    /// Returns true if the host may promise more memory than it has (`o`).
    pub fn oversubscribed(&self) -> bool {
        self.oversubscribed
    }

    /// Returns the disk part, if there is one.
    pub fn disk(&self) -> Option<Disk> {
        self.disk
    }

    /// Returns the size of the first disk in GB. `None` both without a disk and if the cloud chooses the size: in either
    /// case nothing is promised about it.
    pub fn disk_size(&self) -> Option<u32> {
        self.disk.and_then(|disk| disk.size)
    }

    /// Returns the hypervisor, if given.
    pub fn hypervisor(&self) -> Option<Hypervisor> {
        self.hypervisor
    }

    /// Returns true if the guest can use hardware virtualization (`hwv`).
    pub fn hw_virt(&self) -> bool {
        self.hw_virt
    }

    /// Returns the CPU extension, if there is one; without it any x86-64 CPU will do.
    pub fn cpu(&self) -> Option<CpuBrand> {
        self.cpu
    }

    /// Returns the GPU extension, if there is one.
    pub fn gpu(&self) -> Option<Gpu> {
        self.gpu
    }

    /// Returns true for an Infiniband adapter (`ib`).
    pub fn infiniband(&self) -> bool {
        self.infiniband
    }
}

impl Ram {
    /// Returns it in units of half a GiB, exact.
    pub fn half_gib(self) -> u32 {
        self.half_gib
    }

    /// Returns it in GiB, exact.
    pub fn gib(self) -> f64 {
        f64::from(self.half_gib) / 2.0
    }

    /// Returns it in MiB, as Nova counts.
    pub fn mib(self) -> u64 {
        u64::from(self.half_gib) * 512
    }
}

impl CpuBrand {
    /// Returns the plain name of the generation; `None` for the unspecified one.
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
