//! Says in plain English what a flavor name promises.

use super::name::{CpuBrand, Disk, FlavorName, Gpu, GpuMemory};
use super::tables::{CpuType, DiskType, Hypervisor};

impl FlavorName {
    /// Describes it in one phrase without a full stop, for example
    /// `4 generic x86-64 vCPUs on shared cores, 16 GiB RAM, disk of 50 GB`.
    pub fn describe(&self) -> String {
        let parts = [
            Some(self.vcpus()),
            Some(self.memory()),
            self.hypervisor.map(|hypervisor| hypervisor_words(hypervisor).to_owned()),
            self.hw_virt.then(|| "hardware virtualization for the guest".to_owned()),
            Some(self.disk.map_or_else(|| "no disk (boots from a volume)".to_owned(), Disk::describe)),
            self.gpu.map(Gpu::describe),
            self.infiniband.then(|| "Infiniband".to_owned()),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    fn vcpus(&self) -> String {
        let model = self.cpu.map_or_else(|| "generic x86-64".to_owned(), CpuBrand::describe);
        let noun = if self.cpus == 1 { "vCPU" } else { "vCPUs" };
        let place = place_words(self.cpu_type, self.cpus == 1);
        let insecure = if self.insecure { " without full protection against CPU flaws" } else { "" };
        format!("{} {model} {noun} on {place}{insecure}", self.cpus)
    }

    fn memory(&self) -> String {
        let remarks = match (self.no_ecc, self.oversubscribed) {
            (false, false) => "",
            (true, false) => " (without error correction)",
            (false, true) => " (oversubscribed)",
            (true, true) => " (without error correction, oversubscribed)",
        };
        format!("{} GiB RAM{remarks}", self.ram)
    }
}

fn place_words(cpu_type: CpuType, single: bool) -> &'static str {
    match (cpu_type, single) {
        (CpuType::Crowded, true) => "a heavily oversubscribed core",
        (CpuType::Crowded, false) => "heavily oversubscribed cores",
        (CpuType::Shared, true) => "a shared core",
        (CpuType::Shared, false) => "shared cores",
        (CpuType::Thread, true) => "a dedicated thread",
        (CpuType::Thread, false) => "dedicated threads",
        (CpuType::Core, true) => "a dedicated core",
        (CpuType::Core, false) => "dedicated cores",
    }
}

fn hypervisor_words(hypervisor: Hypervisor) -> &'static str {
    match hypervisor {
        Hypervisor::Kvm => "KVM hypervisor",
        Hypervisor::CloudHypervisor => "Cloud Hypervisor",
        Hypervisor::Xen => "Xen hypervisor",
        Hypervisor::Vmware => "VMware hypervisor",
        Hypervisor::HyperV => "Hyper-V hypervisor",
        Hypervisor::BareMetal => "bare metal (no hypervisor)",
    }
}

impl CpuBrand {
    fn describe(self) -> String {
        let speed = match self.performance {
            0 => "",
            1 => "fast (over 2.75 GHz) ",
            2 => "very fast (over 3.25 GHz) ",
            _ => "extremely fast (over 3.75 GHz) ",
        };
        let vendor = self.vendor.title();
        match self.generation_title() {
            Some(generation) => format!("{speed}{vendor} {generation}"),
            None => format!("{speed}{vendor}"),
        }
    }
}

impl Disk {
    fn describe(self) -> String {
        let (one, many) = match self.kind {
            None => ("disk", "disks"),
            Some(DiskType::Network) => ("network disk", "network disks"),
            Some(DiskType::Hdd) => ("local hard disk", "local hard disks"),
            Some(DiskType::Ssd) => ("local SSD", "local SSDs"),
            Some(DiskType::Nvme) => ("local NVMe disk", "local NVMe disks"),
        };
        let open = if self.kind.is_none() { "size and type" } else { "size" };
        match (self.count, self.size) {
            (1, Some(size)) => format!("{one} of {size} GB"),
            (1, None) => format!("{one} whose {open} the cloud chooses"),
            (count, Some(size)) => format!("{count} {many} of {size} GB each"),
            (count, None) => format!("{count} {many} whose {open} the cloud chooses"),
        }
    }
}

impl Gpu {
    fn describe(self) -> String {
        let kind = if self.pass_through { "pass-through" } else { "virtual" };
        let generation = self.generation.map(|generation| format!(" {}", generation.title));
        let speed = [None, Some("high frequency"), Some("very high frequency")];
        let figures = [
            self.units.map(|units| format!("{units} {}", self.brand.units())),
            speed.get(usize::from(self.performance)).copied().flatten().map(str::to_owned),
            self.memory.map(GpuMemory::describe),
        ];
        let figures: Vec<String> = figures.into_iter().flatten().collect();
        let figures = if figures.is_empty() { String::new() } else { format!(" ({})", figures.join(", ")) };
        format!("{kind} {}{} GPU{figures}", self.brand.title(), generation.unwrap_or_default())
    }
}

impl GpuMemory {
    fn describe(self) -> String {
        let kind = match self.performance {
            0 => "video memory",
            1 => "high-bandwidth video memory",
            _ => "very-high-bandwidth video memory",
        };
        format!("{} GiB {kind}", self.gib)
    }
}
