//! Reads the extensions of a name: hypervisor, hardware virtualisation, CPU, GPU, Infiniband.
//!
//! Each is optional, but their order is fixed (scs-0100 v3: "extensions are optional but ordered"), and order
//! is what providers get wrong most. So every error here says what may still follow.

use super::error::NameError;
use super::name::{CpuBrand, Gpu, GpuMemory, Syntax};
use super::scanner::Scanner;
use super::tables::{CpuVendor, GpuBrand, GpuGeneration, Hypervisor};
use std::fmt::Write as _;

/// The extensions of one name.
#[derive(Default)]
pub(super) struct Extensions {
    pub(super) hypervisor: Option<Hypervisor>,
    pub(super) hw_virt: bool,
    pub(super) cpu: Option<CpuBrand>,
    pub(super) gpu: Option<Gpu>,
    pub(super) infiniband: bool,
}

/// The extensions in the order that the standard demands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    Hypervisor,
    HwVirt,
    Cpu,
    Gpu,
    Infiniband,
}

impl Slot {
    const ALL: [Self; 5] = [Self::Hypervisor, Self::HwVirt, Self::Cpu, Self::Gpu, Self::Infiniband];

    /// Recognizes the extension that begins here. Two share a first letter with others and are told apart by the second:
    /// `ib` (no CPU generation begins with `b`) and `hwv` (against `hyv`).
    fn of(text: &str, syntax: Syntax) -> Option<Self> {
        match text.as_bytes() {
            [b'i', b'b', ..] => Some(Self::Infiniband),
            [b'h', b'w', b'v', ..] => Some(Self::HwVirt),
            [b'i' | b'z' | b'a' | b'r', ..] => Some(Self::Cpu),
            [b'G' | b'g', ..] => Some(Self::Gpu),
            _ => hypervisors(syntax).any(|h| text.starts_with(h.code())).then_some(Self::Hypervisor),
        }
    }

    /// Returns its name in sentences.
    fn title(self) -> &'static str {
        match self {
            Self::Hypervisor => "the hypervisor",
            Self::HwVirt => "`hwv`",
            Self::Cpu => "the CPU",
            Self::Gpu => "the GPU",
            Self::Infiniband => "`ib`",
        }
    }

    /// Returns its entry in a list of allowed spellings.
    fn choices(self, syntax: Syntax) -> String {
        match self {
            Self::Hypervisor => {
                let codes: Vec<&str> = hypervisors(syntax).map(Hypervisor::code).collect();
                format!("a hypervisor (`{}`)", codes.join("`, `"))
            }
            Self::HwVirt | Self::Infiniband => self.title().to_owned(),
            Self::Cpu => "a CPU (`i`, `z`, `a`, `r`)".to_owned(),
            Self::Gpu => "a GPU (`G`, `g`)".to_owned(),
        }
    }
}

fn hypervisors(syntax: Syntax) -> impl Iterator<Item = Hypervisor> {
    Hypervisor::ALL.into_iter().filter(move |h| syntax != Syntax::V1 || h.known_to_v1())
}

impl Extensions {
    /// Reads all that is left of the name.
    pub(super) fn read(s: &mut Scanner<'_>) -> Result<Self, NameError> {
        let mut read = Self::default();
        let mut last = None;
        while s.eat(s.outer()) {
            let slot =
                Slot::of(s.rest(), s.syntax).filter(|slot| last < Some(*slot)).ok_or_else(|| unexpected(s, last))?;
            read.one(s, slot)?;
            last = Some(slot);
        }
        // Every other extension has looked to its own end.
        if s.peek().is_some() {
            return Err(s.error(format_args!("the end of the name, as nothing follows `ib`")));
        }
        Ok(read)
    }

    /// Reads one extension up to the next delimiter or the end.
    fn one(&mut self, s: &mut Scanner<'_>, slot: Slot) -> Result<(), NameError> {
        match slot {
            Slot::Hypervisor => {
                self.hypervisor = Hypervisor::ALL.into_iter().find(|h| s.eat_word(h.code()));
                s.end_of_part(format_args!(""))
            }
            Slot::HwVirt => {
                self.hw_virt = s.eat_word("hwv");
                s.end_of_part(format_args!(""))
            }
            Slot::Cpu => {
                self.cpu = cpu(s)?;
                Ok(())
            }
            Slot::Gpu => {
                self.gpu = Some(gpu(s)?);
                Ok(())
            }
            Slot::Infiniband => {
                self.infiniband = s.eat_word("ib");
                Ok(())
            }
        }
    }
}

/// Returns the error for text that begins no extension allowed here: it lists those that are, and explains the refusal.
fn unexpected(s: &Scanner<'_>, last: Option<Slot>) -> NameError {
    if let Some((begun, missing)) = begun(s, last) {
        let found: String = s.rest().chars().skip(begun.len()).take(1).collect();
        return s.error_at(
            s.position() + begun.len(),
            &found,
            format_args!("`{missing}`, to make it `{begun}{missing}`"),
        );
    }
    let allowed: Vec<String> =
        Slot::ALL.into_iter().filter(|slot| last < Some(*slot)).map(|slot| slot.choices(s.syntax)).collect();
    let mut expected = match (allowed.split_last(), last) {
        (Some((only, [])), _) => only.clone(),
        (Some((end, start)), _) => format!("{} or {end}", start.join(", ")),
        (None, _) => "nothing more".to_owned(),
    };
    if let Some(last) = last {
        // Writing to a String cannot fail.
        let _ = write!(expected, " after {}", last.title());
    }
    if let Some(hint) = hint(s, last) {
        let _ = write!(expected, "; {hint}");
    }
    s.error_part(format_args!("{expected}"))
}

/// Splits an extension that has been begun into the part that is there and the part that is missing: two letters tell
/// each word from the others.
fn begun(s: &Scanner<'_>, last: Option<Slot>) -> Option<(&'static str, &'static str)> {
    let codes = hypervisors(s.syntax).map(|hypervisor| (Slot::Hypervisor, hypervisor.code()));
    let words = codes.chain([(Slot::HwVirt, "hwv")]).filter(|(slot, _)| last < Some(*slot));
    let mut parts = words.filter_map(|(_, word)| word.split_at_checked(2));
    parts.find(|(begun, missing)| s.rest().strip_prefix(begun).is_some_and(|rest| !rest.starts_with(missing)))
}

/// Guesses the intention of the name's author.
fn hint(s: &Scanner<'_>, last: Option<Slot>) -> Option<String> {
    let text = s.rest();
    if let (Some(slot), Some(last)) = (Slot::of(text, s.syntax), last) {
        return Some(if slot == last {
            format!("{} may be given only once", slot.title())
        } else {
            format!("{} comes before {}", slot.title(), last.title())
        });
    }
    if text.starts_with("chy") {
        return Some("v1 names have no `chy`".to_owned());
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return Some(format!("a disk follows the RAM with `{}`", char::from(s.inner())));
    }
    let lower: String = text.chars().take(3).collect::<String>().to_ascii_lowercase();
    Slot::of(&lower, s.syntax)
        .filter(|slot| *slot != Slot::Gpu && !text.starts_with(&lower))
        .map(|_| "it is written in lowercase".to_owned())
}

fn cpu(s: &mut Scanner<'_>) -> Result<Option<CpuBrand>, NameError> {
    let Some(vendor) = s.take(CpuVendor::from_letter) else {
        return Ok(None);
    };
    let start = s.position();
    let digits = s.take_while(|b| b.is_ascii_digit());
    let newest = vendor.newest_generation();
    let significant = digits.trim_start_matches('0');
    let generation = match significant {
        "" => 0,
        number => number
            .parse()
            .ok()
            .filter(|generation| *generation <= newest)
            .ok_or_else(|| s.error_at(start, digits, format_args!("{}", known_generations(vendor))))?,
    };
    s.odd_number |= significant.len() != digits.len();
    let performance = s.performance(3)?;
    if !s.part_ends() {
        match (digits, performance, newest) {
            ("", 0, 1..) => s.end_of_part(format_args!("{}, `h`, ", known_generations(vendor)))?,
            (_, 3.., _) => s.end_of_part(format_args!(""))?,
            _ => s.end_of_part(format_args!("`h`, "))?,
        }
    }
    Ok(Some(CpuBrand { vendor, generation, performance }))
}

fn known_generations(vendor: CpuVendor) -> String {
    let (title, letter) = (vendor.title(), vendor.letter());
    match vendor.newest_generation() {
        0 => format!("no generation number (none is known for {title}, `{letter}`)"),
        newest => format!("a generation known for {title} (`{letter}`): 0 to {newest}"),
    }
}

fn gpu(s: &mut Scanner<'_>) -> Result<Gpu, NameError> {
    let pass_through = s.eat(b'G');
    if !pass_through {
        s.eat(b'g');
    }
    let Some(brand) = s.take(GpuBrand::from_letter) else {
        return Err(s.error(format_args!("the GPU brand (`N` Nvidia, `A` AMD, `I` Intel)")));
    };
    let generation = gpu_generation(s, brand)?;
    let mut gpu = Gpu { pass_through, brand, generation, units: None, performance: 0, memory: None };
    gpu.performance = s.performance(2)?;
    // After an `h` the units are over: what follows is memory, even if units were never given (Q-0100-2).
    if gpu.performance == 0 && s.eat(s.inner()) {
        gpu.units = Some(s.required_number("the number of GPU units", brand.units())?);
        gpu.performance = s.performance(2)?;
    }
    if (gpu.units.is_some() || gpu.performance > 0) && s.eat(s.inner()) {
        let gib = s.required_number("the video memory in GiB", "1 or more")?;
        gpu.memory = Some(GpuMemory { gib, performance: s.performance(2)? });
    }
    end_of_gpu(s, &gpu)?;
    Ok(gpu)
}

/// Parses a generation. Nvidia counts them in letters, the others in numbers with an optional decimal. The number is
/// compared as text: `1.10` and `01` are not generations.
fn gpu_generation(s: &mut Scanner<'_>, brand: GpuBrand) -> Result<Option<GpuGeneration>, NameError> {
    let start = s.position();
    let code = match brand {
        GpuBrand::Nvidia => s.take_one(|b| b.is_ascii_lowercase() && b != b'h'),
        GpuBrand::Amd | GpuBrand::Intel => s.take_while(|b| b.is_ascii_digit() || b == b'.'),
    };
    if code.is_empty() {
        return Ok(None);
    }
    match brand.generations().iter().find(|generation| generation.code == code) {
        Some(generation) => Ok(Some(*generation)),
        None => Err(s.error_at(start, code, format_args!("{}", known_gpu_generations(brand)))),
    }
}

fn known_gpu_generations(brand: GpuBrand) -> String {
    let codes: Vec<&str> = brand.generations().iter().map(|generation| generation.code).collect();
    format!("a generation known for {} GPUs (`{}`)", brand.title(), codes.join("`, `"))
}

/// Returns an error that lists the alternatives, if text follows the GPU.
fn end_of_gpu(s: &Scanner<'_>, gpu: &Gpu) -> Result<(), NameError> {
    if s.part_ends() {
        return Ok(());
    }
    let inner = char::from(s.inner());
    if gpu.memory.is_some() {
        return s.end_of_part(format_args!(""));
    }
    if gpu.units.is_some() || gpu.performance > 0 {
        return s.end_of_part(format_args!("`{inner}` and the video memory in GiB, "));
    }
    let units = gpu.brand.units();
    if gpu.generation.is_some() {
        return s.end_of_part(format_args!("`{inner}` and the number of {units}, "));
    }
    let generations = known_gpu_generations(gpu.brand);
    s.end_of_part(format_args!("{generations}, `{inner}` and the number of {units}, "))
}
