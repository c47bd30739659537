//! scs-0101: which image the test server boots, and with which flavor.

use scs_checks::facts::{Access, Flavor, Flavors, Image, Images, Visibility};
use scs_checks::iaas::flavor_name::{CpuVendor, FlavorName};
use std::cmp::Reverse;
use thiserror::Error;

/// The architecture of what does not name one, and the preferred one.
pub(super) const USUAL: &str = "x86_64";
/// The least size of the boot volume in GiB.
const LEAST_DISK: u64 = 8;
pub(super) const GIB: u64 = 1 << 30;

/// The parts of the test server.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerChoice {
    /// The image.
    pub image: Image,
    /// The flavor.
    pub flavor: Flavor,
    /// The size of its boot volume in GiB.
    pub gib: u64,
}

/// A reason why no test server can be made.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum UnsuitableError {
    /// None of the images will do.
    #[error(
        "no public, active image for general use is of Debian or Ubuntu (os_distro, os_version), and others cannot be \
         relied on to run the test"
    )]
    Images,
    /// No image will do for Tempest.
    #[error("no public, active image for general use has its data, and could boot the servers of Tempest")]
    TempestImages,
    /// No flavor will do for Tempest.
    #[error("no flavor has a disk and the memory for the smallest image, so Tempest could boot no server")]
    TempestFlavors,
    /// None of the flavors will do.
    #[error("no flavor has the memory and the architecture that a Debian or Ubuntu image needs")]
    Flavors,
}

/// Chooses the newest Debian, else the newest Ubuntu, and the cheapest flavor for it (deviation Q-0101-3: only images
/// that everyone is meant to use as servers, and a flavor of the same architecture).
///
/// # Errors
/// The cloud has no such image, or no flavor for it.
pub fn choose(images: &Images, flavors: &Flavors) -> Result<ServerChoice, UnsuitableError> {
    let mut candidates: Vec<&Image> = images.0.iter().filter(|image| is_usual_server(image)).collect();
    candidates.retain(|image| rank(image) > (0, 0));
    if candidates.is_empty() {
        return Err(UnsuitableError::Images);
    }
    candidates.sort_by_key(|image| (architecture(image) != USUAL, Reverse(rank(image)), Reverse(image.created_at)));
    let choice = candidates.iter().find_map(|image| {
        let flavor = cheapest(flavors, image)?.clone();
        let content =
            image.properties.get("virtual_size").and_then(|size| size.parse::<u64>().ok()).unwrap_or_default();
        let gib = LEAST_DISK.max(image.min_disk).max(content.div_ceil(GIB));
        Some(ServerChoice { image: (*image).clone(), flavor, gib })
    });
    choice.ok_or(UnsuitableError::Flavors)
}

/// Returns true if users are meant to boot ordinary servers from an image.
pub(super) fn is_usual_server(image: &Image) -> bool {
    let purpose = image.property("os_purpose").is_none_or(|purpose| purpose == "generic");
    image.status == "active" && image.visibility == Visibility::Public && !image.hidden && purpose
}

/// Ranks Debian before Ubuntu, newer before older; zeros for everything else.
fn rank(image: &Image) -> (u8, u32) {
    let text = |name| image.property(name).unwrap_or_default().trim().to_lowercase();
    let version = text("os_version");
    match text("os_distro").as_str() {
        "debian" => debian(&version).map_or((0, 0), |version| (2, version)),
        "ubuntu" => ubuntu(&version).map_or((0, 0), |version| (1, version)),
        _ => (0, 0),
    }
}

fn debian(version: &str) -> Option<u32> {
    match version {
        "buster" => Some(10),
        "bullseye" => Some(11),
        "bookworm" => Some(12),
        "trixie" => Some(13),
        number => number.split('.').next()?.parse().ok(),
    }
}

/// Parses a version; `24.04` becomes 2404.
fn ubuntu(version: &str) -> Option<u32> {
    let (year, month) = version.split_once('.')?;
    let month = month.get(..2).filter(|_| month.len() == 2 || month[2..].starts_with('.'))?;
    (year.len() == 2).then(|| format!("{year}{month}").parse().ok())?
}

/// Returns the architecture that an image is for.
pub(super) fn architecture(image: &Image) -> &str {
    image.property("architecture").unwrap_or(USUAL)
}

/// Returns the flavor that costs least, among those with a hardware source of random numbers if there are any.
fn cheapest<'a>(flavors: &'a Flavors, image: &Image) -> Option<&'a Flavor> {
    let fitting: Vec<&Flavor> = flavors
        .0
        .iter()
        .filter(|flavor| flavor.ram >= image.min_ram && fits(flavor, architecture(image)) && !is_special(flavor))
        .collect();
    let has_rng = |flavor: &Flavor| {
        flavor.extra_specs.get("hw_rng:allowed").is_some_and(|value| value.eq_ignore_ascii_case("true"))
    };
    let any_rng = fitting.iter().any(|flavor| has_rng(flavor));
    let fitting = fitting.into_iter().filter(|flavor| !any_rng || has_rng(flavor));
    fitting.min_by_key(|flavor| {
        // vCPUs + RAM / 3 + disk / 10, in thirtieths so that it stays a whole number.
        let figures = [(30, flavor.vcpus), (10, flavor.ram), (3, flavor.disk)];
        let cost: u128 = figures.into_iter().map(|(weight, amount)| weight * u128::from(amount)).sum();
        (cost, !flavor.name.starts_with("SCS-"), flavor.name.clone())
    })
}

/// Returns true if the architectures are the same. Only names of SCS flavors tell an architecture.
pub(super) fn fits(flavor: &Flavor, architecture: &str) -> bool {
    let vendor = FlavorName::parse(&flavor.name).ok().and_then(|parsed| parsed.name.cpu()).map(|cpu| cpu.vendor);
    let own = match vendor {
        Some(CpuVendor::Arm) => "aarch64",
        Some(CpuVendor::RiscV) => "riscv64",
        Some(CpuVendor::Intel | CpuVendor::Amd) | None => USUAL,
    };
    own == architecture
}

/// Returns true for flavors that nobody can use, or for machines that are scarce or expensive: with devices of the
/// host, or no virtual machines at all.
pub(super) fn is_special(flavor: &Flavor) -> bool {
    let device = |key: &String| {
        key.starts_with("pci_passthrough:") || key.starts_with("resources:") || key.starts_with("accel:")
    };
    flavor.access == Access::Disabled || flavor.extra_specs.keys().any(device)
}
