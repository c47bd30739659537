//! Tolerated spellings in a name, which should be different.
//!
//! Clouds in production carry such names, and the verdict on them is not ours to tighten (upstream quirks
//! Q-0100-2, -4, -5, -9); so they are accepted, with a note to the provider.

use super::name::{FlavorName, Syntax};
use super::scanner::Scanner;
use std::fmt;

/// One remark on the spelling of an accepted name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Note {
    /// The name is spelled as in v1 of the standard (Q-0100-9).
    V1Spelling(FlavorName),
    /// A number is not in its shortest spelling: `04`, `4.`, `.5`, `i0` (Q-0100-5).
    OddNumber(FlavorName),
    /// One disk is counted: `-1x10`, `-x10` (Q-0100-4).
    NeedlessDiskCount(FlavorName),
    /// Several disks without a size: `-3x` (Q-0100-4).
    DisksWithoutSize,
    /// GPU frequency without the number of units: `_GNh` (Q-0100-2).
    GpuPerformanceWithoutUnits,
    /// Video memory without the number of units: `_GNah-6` (Q-0100-2).
    GpuMemoryWithoutUnits,
    /// Number of units without the generation: `_GN-14` (Q-0100-2).
    GpuUnitsWithoutGeneration,
}

impl Note {
    /// Returns the spelling that is expected instead. If no other spelling says the same, it tells what is missing.
    pub fn expected(&self) -> String {
        match self {
            Self::V1Spelling(name) | Self::OddNumber(name) | Self::NeedlessDiskCount(name) => name.to_string(),
            Self::DisksWithoutSize => "a size for each disk, as in `3x10`".to_owned(),
            Self::GpuPerformanceWithoutUnits => "`h` behind a number of GPU units, as in `GNa-64h`".to_owned(),
            Self::GpuMemoryWithoutUnits => "video memory behind a number of GPU units, as in `GNa-64-24`".to_owned(),
            Self::GpuUnitsWithoutGeneration => "a generation before the number of GPU units, as in `GNa-14`".to_owned(),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V1Spelling(name) => {
                write!(f, "the spelling of the deprecated v1; since v2 of the standard it is {name}")
            }
            Self::OddNumber(name) => {
                write!(f, "a number has superfluous or missing digits; the canonical spelling is {name}")
            }
            Self::NeedlessDiskCount(name) => {
                write!(f, "a single disk need not be counted; the canonical spelling is {name}")
            }
            Self::DisksWithoutSize => f.write_str("several disks are promised without a size"),
            Self::GpuPerformanceWithoutUnits => {
                f.write_str("`h` is meant to follow the number of GPU units, which is missing")
            }
            Self::GpuMemoryWithoutUnits => {
                f.write_str("video memory is meant to follow the number of GPU units, which is missing")
            }
            Self::GpuUnitsWithoutGeneration => {
                f.write_str("the number of GPU units says little without the GPU generation, which is missing")
            }
        }
    }
}

/// Collects the notes on an accepted name.
pub(super) fn collect(name: &FlavorName, scanner: &Scanner<'_>, wanted: Option<Syntax>) -> Vec<Note> {
    let gpu = name.gpu();
    let unitless = gpu.filter(|gpu| gpu.units.is_none());
    let candidates = [
        // Who asks for v1 knows that it is v1.
        (scanner.syntax == Syntax::V1 && wanted.is_none(), Note::V1Spelling(*name)),
        (scanner.odd_number, Note::OddNumber(*name)),
        (scanner.needless_count, Note::NeedlessDiskCount(*name)),
        (name.disk().is_some_and(|disk| disk.count > 1 && disk.size.is_none()), Note::DisksWithoutSize),
        (unitless.is_some_and(|gpu| gpu.performance > 0), Note::GpuPerformanceWithoutUnits),
        (unitless.is_some_and(|gpu| gpu.memory.is_some()), Note::GpuMemoryWithoutUnits),
        (gpu.is_some_and(|gpu| gpu.units.is_some() && gpu.generation.is_none()), Note::GpuUnitsWithoutGeneration),
    ];
    candidates.into_iter().filter(|(said, _)| *said).map(|(_, note)| note).collect()
}
