//! Ranges of versions.

use crate::kaas::kubernetes_version::{Branch, Version};

/// One version, or all of a branch: from the first on, up to but without the one after.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub first: Version,
    pub after: Version,
}

/// Versions from one up to, but without, another. Each end can be open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Span {
    pub lower: Option<Version>,
    pub upper: Option<Version>,
}

impl Span {
    pub const ALL: Self = Self { lower: None, upper: None };

    pub fn of(Point { first, after }: Point) -> Self {
        Self { lower: Some(first), upper: Some(after) }
    }

    pub fn from(lower: Version) -> Self {
        Self { lower: Some(lower), upper: None }
    }

    pub fn up_to(point: Point, inclusive: bool) -> Self {
        Self { lower: None, upper: Some(if inclusive { point.after } else { point.first }) }
    }

    pub fn is_from(&self) -> bool {
        self.lower.is_some() && self.upper.is_none()
    }

    pub fn is_up_to(&self) -> bool {
        self.lower.is_none() && self.upper.is_some()
    }

    pub fn contains(&self, version: Version) -> bool {
        self.lower.is_none_or(|lower| lower <= version) && self.upper.is_none_or(|upper| version < upper)
    }

    /// Returns the versions in both; none if there are none.
    pub fn and(self, other: Self) -> Option<Self> {
        let uppers = self.upper.into_iter().chain(other.upper);
        let both = Self { lower: self.lower.max(other.lower), upper: uppers.min() };
        (both.upper.is_none() || both.lower < both.upper).then_some(both)
    }

    /// Returns the branch of the last version below the upper end.
    pub fn last_branch(&self) -> Option<Branch> {
        let upper = self.upper?;
        let Branch { major, minor } = upper.branch;
        Some(match (upper.patch, minor.checked_sub(1)) {
            (0, Some(minor)) => Branch { major, minor },
            (0, None) => Branch { major: major.saturating_sub(1), minor: u32::MAX },
            _ => upper.branch,
        })
    }
}
