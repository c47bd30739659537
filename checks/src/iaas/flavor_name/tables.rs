//! The closed vocabularies of scs-0100: every letter that may stand in a flavor name, with what it promises.
//!
//! They live apart from the scanner because they are what changes: a new processor or GPU generation is one
//! more row here, and the scanner, the error messages and the descriptions follow.

/// The kind of vCPU that a flavor promises (scs-0100 v3: suffix of the vCPU count).
///
/// Ordered by how much it promises, so that the largest of several claims can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CpuType {
    /// `L`: heavily oversubscribed, without a guaranteed share.
    Crowded,
    /// `V`: shares a core, with at least a fifth of it guaranteed nearly always.
    Shared,
    /// `T`: an SMT thread of its own.
    Thread,
    /// `C`: a core of its own.
    Core,
}

impl CpuType {
    /// All kinds, weakest first.
    pub const ALL: [Self; 4] = [Self::Crowded, Self::Shared, Self::Thread, Self::Core];

    /// Returns the letter that stands for it in a name.
    pub const fn letter(self) -> char {
        match self {
            Self::Crowded => 'L',
            Self::Shared => 'V',
            Self::Thread => 'T',
            Self::Core => 'C',
        }
    }

    /// Returns the value of the extra spec `scs:cpu-type` (scs-0103).
    pub const fn extra_spec(self) -> &'static str {
        match self {
            Self::Crowded => "crowded-core",
            Self::Shared => "shared-core",
            Self::Thread => "dedicated-thread",
            Self::Core => "dedicated-core",
        }
    }

    pub(super) fn from_letter(letter: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.letter() == char::from(letter))
    }
}

/// The kind of a flavor's disk (scs-0100 v3: suffix of the disk part).
///
/// Ordered by how much it promises, so that the largest of several claims can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiskType {
    /// `n`: network storage.
    Network,
    /// `h`: local rotating disk.
    Hdd,
    /// `s`: local solid state disk.
    Ssd,
    /// `p`: local NVMe.
    Nvme,
}

impl DiskType {
    /// All kinds, weakest first.
    pub const ALL: [Self; 4] = [Self::Network, Self::Hdd, Self::Ssd, Self::Nvme];

    /// Returns the letter that stands for it in a name.
    pub const fn letter(self) -> char {
        match self {
            Self::Network => 'n',
            Self::Hdd => 'h',
            Self::Ssd => 's',
            Self::Nvme => 'p',
        }
    }

    /// Returns the value of the extra spec `scs:diskN-type` (scs-0103).
    pub const fn extra_spec(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Hdd => "hdd",
            Self::Ssd => "ssd",
            Self::Nvme => "nvme",
        }
    }

    pub(super) fn from_letter(letter: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.letter() == char::from(letter))
    }
}

/// The hypervisor (scs-0100 v3: first extension). A name without it means KVM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hypervisor {
    /// `kvm`: KVM with QEMU.
    Kvm,
    /// `chy`: KVM with Cloud Hypervisor; unknown to v1 names.
    CloudHypervisor,
    /// `xen`: Xen.
    Xen,
    /// `vmw`: VMware.
    Vmware,
    /// `hyv`: Hyper-V.
    HyperV,
    /// `bms`: no hypervisor at all.
    BareMetal,
}

impl Hypervisor {
    /// All of them, in the order in which the standard lists them.
    pub const ALL: [Self; 6] =
        [Self::Kvm, Self::CloudHypervisor, Self::Xen, Self::Vmware, Self::HyperV, Self::BareMetal];

    /// Returns the three letters that stand for it in a name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Kvm => "kvm",
            Self::CloudHypervisor => "chy",
            Self::Xen => "xen",
            Self::Vmware => "vmw",
            Self::HyperV => "hyv",
            Self::BareMetal => "bms",
        }
    }

    /// Returns true if the first version of the standard has a word for it.
    pub const fn known_to_v1(self) -> bool {
        !matches!(self, Self::CloudHypervisor)
    }
}

/// The designer of the processor (scs-0100 v3: CPU extension). It also fixes the architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CpuVendor {
    /// `i`: Intel, x86-64.
    Intel,
    /// `z`: AMD, x86-64.
    Amd,
    /// `a`: Arm, aarch64.
    Arm,
    /// `r`: RISC-V.
    RiscV,
}

impl CpuVendor {
    /// All vendors, in the order in which the standard lists them.
    pub const ALL: [Self; 4] = [Self::Intel, Self::Amd, Self::Arm, Self::RiscV];

    /// Returns the letter that stands for it in a name.
    pub const fn letter(self) -> char {
        match self {
            Self::Intel => 'i',
            Self::Amd => 'z',
            Self::Arm => 'a',
            Self::RiscV => 'r',
        }
    }

    /// Returns the plain name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Intel => "Intel",
            Self::Amd => "AMD",
            Self::Arm => "Arm",
            Self::RiscV => "RISC-V",
        }
    }

    /// Returns true if the letter says more than the vendor: a name without a CPU part means x86-64, so a short name
    /// must keep this letter or it would promise another architecture.
    pub const fn carries_architecture(self) -> bool {
        matches!(self, Self::Arm | Self::RiscV)
    }

    /// Returns the names of the generations 1, 2, …; generation 0 is "unspecified, possibly older than the first".
    pub const fn generations(self) -> &'static [&'static str] {
        match self {
            Self::Intel => {
                &["Skylake", "Cascade Lake", "Ice Lake", "Sapphire Rapids", "Sierra Forest", "Granite Rapids"]
            }
            Self::Amd => {
                &["Zen 1 (Naples)", "Zen 2 (Rome)", "Zen 3 (Milan)", "Zen 4 (Genoa)", "Zen 5 (Turin)", "Zen 6 (Venice)"]
            }
            Self::Arm => &[
                "Cortex-A76 / Neoverse N1",
                "Cortex-A78 / X1 / Neoverse V1",
                "Cortex-A71x / Neoverse N2 or V2",
                "AmpereOne",
                "Cortex-A72x / Neoverse N3 or V3",
            ],
            Self::RiscV => &[],
        }
    }

    /// Returns the highest generation number that a name may carry.
    pub fn newest_generation(self) -> u8 {
        u8::try_from(self.generations().len()).unwrap_or(u8::MAX)
    }

    pub(super) fn from_letter(letter: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.letter() == char::from(letter))
    }
}

/// The maker of the GPU (scs-0100 v3: GPU extension, second letter).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GpuBrand {
    /// `N`: Nvidia.
    Nvidia,
    /// `A`: AMD.
    Amd,
    /// `I`: Intel.
    Intel,
}

impl GpuBrand {
    /// All brands, in the order in which the standard lists them.
    pub const ALL: [Self; 3] = [Self::Nvidia, Self::Amd, Self::Intel];

    /// Returns the letter that stands for it in a name.
    pub const fn letter(self) -> char {
        match self {
            Self::Nvidia => 'N',
            Self::Amd => 'A',
            Self::Intel => 'I',
        }
    }

    /// Returns the plain name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Nvidia => "Nvidia",
            Self::Amd => "AMD",
            Self::Intel => "Intel",
        }
    }

    /// Returns this brand's name for the units in which a GPU is counted.
    pub const fn units(self) -> &'static str {
        match self {
            Self::Nvidia => "SMs",
            Self::Amd => "CUs",
            Self::Intel => "EUs",
        }
    }

    /// Returns the generations that a name may carry.
    pub const fn generations(self) -> &'static [GpuGeneration] {
        match self {
            Self::Nvidia => NVIDIA,
            Self::Amd => AMD,
            Self::Intel => INTEL,
        }
    }

    pub(super) fn from_letter(letter: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|b| b.letter() == char::from(letter))
    }
}

/// A GPU generation: how a name spells it, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GpuGeneration {
    /// The spelling in a name, such as `a` or `3.1`.
    pub code: &'static str,
    /// The plain name, such as `Ampere`.
    pub title: &'static str,
}

const fn gpu(code: &'static str, title: &'static str) -> GpuGeneration {
    GpuGeneration { code, title }
}

const NVIDIA: &[GpuGeneration] = &[
    gpu("f", "Fermi"),
    gpu("k", "Kepler"),
    gpu("m", "Maxwell"),
    gpu("p", "Pascal"),
    gpu("v", "Volta"),
    gpu("t", "Turing"),
    gpu("a", "Ampere"),
    gpu("l", "Ada Lovelace"),
    gpu("g", "Grace Hopper"),
    gpu("b", "Blackwell"),
    gpu("u", "Blackwell Ultra"),
];

/// Plain `1`, `2`, `3` mean CDNA. Before v3.3 they also stood for RDNA, so an old RDNA name is still
/// accepted, only described as CDNA (Q-0100-14).
const AMD: &[GpuGeneration] = &[
    gpu("0.4", "GCN 4 (Polaris)"),
    gpu("0.5", "GCN 5 (Vega)"),
    gpu("1", "CDNA 1"),
    gpu("1.1", "RDNA 1"),
    gpu("2", "CDNA 2"),
    gpu("2.1", "RDNA 2"),
    gpu("3", "CDNA 3"),
    gpu("3.1", "RDNA 3"),
    gpu("3.5", "RDNA 3.5"),
    gpu("4", "CDNA 4"),
    gpu("4.1", "RDNA 4"),
    gpu("5.1", "RDNA 5"),
];

const INTEL: &[GpuGeneration] = &[
    gpu("0.9", "Gen 9 (Skylake)"),
    gpu("0.95", "Gen 9.5 (Kaby Lake)"),
    gpu("1", "Xe 1 (Gen 12.1)"),
    gpu("2", "Xe 2 (Gen 12.2)"),
    gpu("3", "Arc (Gen 12.7)"),
    gpu("4", "Battlemage (Gen 20)"),
];
