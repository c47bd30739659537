//! Writes a flavor name: the canonical spelling, the short form, and the spelling of v1.

use super::name::{Disk, FlavorName, Gpu, GpuMemory, Ram};
use std::fmt::{self, Write};

/// The two delimiters that distinguish the versions of the standard.
#[derive(Clone, Copy)]
struct Delimiters {
    inner: char,
    outer: char,
}

impl FlavorName {
    /// Creates the short form that providers are expected to offer next to a long name (scs-0100 v3).
    ///
    /// It keeps what a user must know to choose (vCPUs, RAM, disk, architecture, GPU model and size,
    /// Infiniband) and drops how it is done. Video memory without a number of units is dropped with the GPU's `h`:
    /// without the `h` its figure would read as a number of units, a different promise.
    #[must_use]
    pub fn short(&self) -> Self {
        Self {
            hypervisor: None,
            hw_virt: false,
            cpu: self.cpu.filter(|cpu| cpu.vendor.carries_architecture()).map(|mut cpu| {
                (cpu.generation, cpu.performance) = (0, 0);
                cpu
            }),
            gpu: self.gpu.map(Gpu::short),
            ..*self
        }
    }

    /// Returns the spelling of v1, with `:` and `-`. There is none for Cloud Hypervisor, which v1 does not know.
    pub fn to_v1(&self) -> Option<String> {
        if self.hypervisor.is_some_and(|hypervisor| !hypervisor.known_to_v1()) {
            return None;
        }
        let mut text = String::new();
        // Writing to a String cannot fail.
        self.write(&mut text, Delimiters { inner: ':', outer: '-' }).ok()?;
        Some(text)
    }

    fn write(&self, out: &mut impl Write, d: Delimiters) -> fmt::Result {
        write!(out, "SCS-{}{}", self.cpus, self.cpu_type.letter())?;
        flag(out, self.insecure, "i")?;
        write!(out, "{}{}", d.inner, self.ram)?;
        flag(out, self.no_ecc, "u")?;
        flag(out, self.oversubscribed, "o")?;
        if let Some(disk) = self.disk {
            out.write_char(d.inner)?;
            disk.write(out)?;
        }
        self.write_extensions(out, d)
    }

    fn write_extensions(&self, out: &mut impl Write, d: Delimiters) -> fmt::Result {
        if let Some(hypervisor) = self.hypervisor {
            write!(out, "{}{}", d.outer, hypervisor.code())?;
        }
        if self.hw_virt {
            write!(out, "{}hwv", d.outer)?;
        }
        if let Some(cpu) = self.cpu {
            write!(out, "{}{}", d.outer, cpu.vendor.letter())?;
            if cpu.generation > 0 {
                write!(out, "{}", cpu.generation)?;
            }
            performance(out, cpu.performance)?;
        }
        if let Some(gpu) = self.gpu {
            out.write_char(d.outer)?;
            gpu.write(out, d)?;
        }
        if self.infiniband {
            write!(out, "{}ib", d.outer)?;
        }
        Ok(())
    }
}

impl Disk {
    fn write(self, out: &mut impl Write) -> fmt::Result {
        if self.count != 1 {
            write!(out, "{}x", self.count)?;
        }
        if let Some(size) = self.size {
            write!(out, "{size}")?;
        }
        self.kind.map_or(Ok(()), |kind| out.write_char(kind.letter()))
    }
}

impl Gpu {
    fn short(self) -> Self {
        let plain = |memory: GpuMemory| GpuMemory { performance: 0, ..memory };
        Self { performance: 0, memory: self.memory.filter(|_| self.units.is_some()).map(plain), ..self }
    }

    fn write(self, out: &mut impl Write, d: Delimiters) -> fmt::Result {
        let kind = if self.pass_through { 'G' } else { 'g' };
        write!(out, "{kind}{}", self.brand.letter())?;
        if let Some(generation) = self.generation {
            out.write_str(generation.code)?;
        }
        if let Some(units) = self.units {
            write!(out, "{}{units}", d.inner)?;
        }
        performance(out, self.performance)?;
        if let Some(memory) = self.memory {
            write!(out, "{}{}", d.inner, memory.gib)?;
            performance(out, memory.performance)?;
        }
        Ok(())
    }
}

fn flag(out: &mut impl Write, set: bool, text: &str) -> fmt::Result {
    if set { out.write_str(text) } else { Ok(()) }
}

fn performance(out: &mut impl Write, level: u8) -> fmt::Result {
    (0..level).try_for_each(|_| out.write_char('h'))
}

/// GiB: without decimals if whole, else with one.
impl fmt::Display for Ram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let half = if self.half_gib % 2 == 1 { ".5" } else { "" };
        write!(f, "{}{half}", self.half_gib / 2)
    }
}

/// The canonical spelling of v2 and v3.
impl fmt::Display for FlavorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, Delimiters { inner: '-', outer: '_' })
    }
}
