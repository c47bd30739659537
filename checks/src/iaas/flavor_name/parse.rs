//! Reads the main part of a name (vCPUs, RAM) and its disk.
//!
//! Tolerated spellings are those that clouds already use without harm (Q-0100-2, -4, -5): they are accepted
//! and leave a [`Note`].

use super::error::{NameError, NotParsed};
use super::extensions::Extensions;
use super::name::{Disk, FlavorName, Syntax};
use super::notes::{self, Note};
use super::scanner::Scanner;
use super::tables::{CpuType, DiskType};
use serde::{Deserialize, Deserializer, de};
use std::str::FromStr;

/// The prefix that subjects a name to the standard.
const PREFIX: &str = "SCS-";

/// A flavor name that was understood, with what is to be said about its spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The promises of the name.
    pub name: FlavorName,
    /// The syntax that accepted it.
    pub syntax: Syntax,
    /// The deviations that were tolerated.
    pub notes: Vec<Note>,
}

impl FlavorName {
    /// Reads a name as scs-0100 v3 does: in the v3 syntax, and in that of v1 with a note.
    ///
    /// # Errors
    /// [`NotParsed::NotScs`] if the standard does not apply to the name, else where and why the syntax is broken.
    pub fn parse(name: &str) -> Result<Parsed, NotParsed> {
        parse(name, None)
    }

    /// Reads a name in the syntax of one version only.
    ///
    /// # Errors
    /// As [`FlavorName::parse`]; the spelling of another version is an error, too.
    pub fn parse_as(name: &str, syntax: Syntax) -> Result<Parsed, NotParsed> {
        parse(name, Some(syntax))
    }
}

impl FromStr for FlavorName {
    type Err = NotParsed;

    fn from_str(name: &str) -> Result<Self, NotParsed> {
        Self::parse(name).map(|parsed| parsed.name)
    }
}

/// For parameters in the definitions: a name that cannot be read is refused with its position and reason.
impl<'de> Deserialize<'de> for FlavorName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(|why| de::Error::custom(format_args!("flavor name {name:?}: {why}")))
    }
}

/// Reads a name; without a wanted syntax its first delimiter decides between v3 and v1.
fn parse(name: &str, wanted: Option<Syntax>) -> Result<Parsed, NotParsed> {
    if !name.starts_with(PREFIX) {
        return Err(NotParsed::NotScs);
    }
    let mut scanner = Scanner::new(name, PREFIX.len(), wanted.unwrap_or(Syntax::V3));
    let flavor = flavor_name(&mut scanner, wanted.is_some())?;
    Ok(Parsed { name: flavor, syntax: scanner.syntax, notes: notes::collect(&flavor, &scanner, wanted) })
}

fn flavor_name(s: &mut Scanner<'_>, syntax_is_fixed: bool) -> Result<FlavorName, NameError> {
    let cpus = s.required_number("the number of vCPUs", "such as `2` in `SCS-2V-8`")?;
    let cpu_type = cpu_type(s)?;
    let insecure = s.eat(b'i');
    before_ram(s, insecure, syntax_is_fixed)?;
    let ram = s.ram()?;
    let no_ecc = s.eat(b'u');
    let oversubscribed = s.eat(b'o');
    let disk = disk(s)?;
    if !s.part_ends() {
        return Err(match disk {
            Some(disk) => after_disk(s, disk),
            None => after_ram(s, no_ecc, oversubscribed),
        });
    }
    let extensions = Extensions::read(s)?;
    Ok(FlavorName {
        cpus,
        cpu_type,
        insecure,
        ram,
        no_ecc,
        oversubscribed,
        disk,
        hypervisor: extensions.hypervisor,
        hw_virt: extensions.hw_virt,
        cpu: extensions.cpu,
        gpu: extensions.gpu,
        infiniband: extensions.infiniband,
    })
}

fn cpu_type(s: &mut Scanner<'_>) -> Result<CpuType, NameError> {
    if let Some(cpu_type) = s.take(CpuType::from_letter) {
        return Ok(cpu_type);
    }
    let hint = match s.peek() {
        Some(b'l' | b'v' | b't' | b'c') => "; it is an uppercase letter",
        Some(b'i') => "; `i` (insecure) comes after it",
        _ => "",
    };
    Err(s.error(format_args!("the vCPU type (`C` core, `T` thread, `V` shared, `L` oversubscribed{hint})")))
}

/// Reads the first delimiter, which tells the version of the standard that the name follows.
fn before_ram(s: &mut Scanner<'_>, insecure: bool, syntax_is_fixed: bool) -> Result<(), NameError> {
    if !syntax_is_fixed && s.peek() == Some(b':') {
        s.syntax = Syntax::V1;
    }
    if s.eat(s.inner()) {
        return Ok(());
    }
    let insecure_or = if insecure { "" } else { "`i` (insecure), or " };
    let inner = char::from(s.inner());
    let hint = match (s.syntax, s.peek()) {
        (Syntax::V1, Some(b'-')) => "; `-` here is the spelling of v2 and v3",
        _ => "",
    };
    Err(s.error(format_args!("{insecure_or}`{inner}` and the RAM in GiB{hint}")))
}

fn disk(s: &mut Scanner<'_>) -> Result<Option<Disk>, NameError> {
    if !s.eat(s.inner()) {
        return Ok(None);
    }
    let first = s.number("the disk size in GB (or the number of disks before `x`)")?;
    let (count, size) = if s.eat(b'x') {
        let count = first.unwrap_or(1);
        s.needless_count |= count == 1;
        (count, s.number("the disk size in GB")?)
    } else {
        (1, first)
    };
    let kind = s.take(DiskType::from_letter);
    Ok(Some(Disk { count, size, kind }))
}

/// Returns an error that lists the alternatives after the RAM.
fn after_ram(s: &Scanner<'_>, no_ecc: bool, oversubscribed: bool) -> NameError {
    let flags = match (no_ecc, oversubscribed, s.peek()) {
        (false, true, Some(b'u')) => "`u` (no ECC) to come before `o` (write `uo`), then ",
        (_, true, _) => "",
        (true, false, _) => "`o` (oversubscribed), ",
        (false, false, Some(b',')) => {
            "a point if this is a decimal fraction, else `u` (no ECC), `o` (oversubscribed), "
        }
        (false, false, _) => "`u` (no ECC), `o` (oversubscribed), ",
    };
    let (inner, outer) = (char::from(s.inner()), char::from(s.outer()));
    s.error(format_args!("{flags}`{inner}` and a disk, `{outer}` and an extension, or the end of the name"))
}

/// Returns an error that lists the alternatives after the disk.
fn after_disk(s: &Scanner<'_>, disk: Disk) -> NameError {
    let outer = char::from(s.outer());
    let or = match (disk.kind, s.peek()) {
        (None, Some(b'.')) => "a whole number of GB, then ",
        (None, _) => "a disk type (`n` network, `h` HDD, `s` SSD, `p` NVMe), ",
        (Some(_), _) => "",
    };
    s.error(format_args!("{or}`{outer}` and an extension, or the end of the name"))
}
