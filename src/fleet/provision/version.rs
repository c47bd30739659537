//! Versions of Kubernetes, compared by their numbers.

/// Returns the numbers of a version such as `v1.35.2+vendor`; none if it is not one.
pub(super) fn numbers(version: &str) -> Option<Vec<u64>> {
    let version = version.trim().trim_start_matches('v');
    let plain = version.split(['+', '-']).next().unwrap_or_default();
    let numbers: Option<Vec<u64>> = plain.split('.').map(|part| part.parse().ok()).collect();
    numbers.filter(|numbers| (2..=3).contains(&numbers.len()))
}

/// Returns true if a version is the one that was asked for, as far as that says it: 1.35 is asked for, and 1.35.2 found.
pub(super) fn is_asked_for(asked: &str, found: &str) -> bool {
    match (numbers(asked), numbers(found)) {
        (Some(asked), Some(found)) => found.starts_with(&asked),
        _ => false,
    }
}

/// Returns true for a version without a pre-release.
pub(super) fn is_release(version: &str) -> bool {
    !version.split('+').next().unwrap_or_default().contains('-')
}

/// Returns the branch of a version: 1.35 of v1.35.2.
pub(super) fn branch(version: &str) -> String {
    let numbers = numbers(version).unwrap_or_default();
    numbers.iter().take(2).map(u64::to_string).collect::<Vec<_>>().join(".")
}
