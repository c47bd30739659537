//! Public documents about Kubernetes: whatever they hold, each parser gives facts that can be written and read again, or one
//! short sentence; and the ranges of a record can be asked for any version.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scs_checks::facts::{KubernetesBranch, KubernetesRelease, KubernetesWorld, Vulnerability};
use scs_checks::kaas::affected_range::Affected;
use scs_checks::kaas::kubernetes_version::Version;
use scs_subjects::world::documents::{self, DocumentError};

/// The limit of a message in characters.
const LONGEST: usize = 400;

fuzz_target!(|text: &str| {
    let mut world = KubernetesWorld::default();
    world.releases.extend(good(documents::github_releases(text, "f").map(|releases| releases.list)));
    world.releases.extend(good(documents::release_dates(text, "f").map(|releases| releases.list)));
    world.branches.extend(good(documents::schedule(text, "f").map(|branches| branches.list)));
    world.branches.extend(good(documents::ends_of_life(text, "f").map(|branches| branches.list)));
    world.branches.extend(good(documents::product(text, "f").map(|branches| branches.list)));
    if let Ok(feed) = documents::feed(text) {
        assert!(!feed.ids.is_empty() && feed.ids.iter().all(|id| documents::is_cve_id(id)));
    }
    world.vulnerabilities.extend(good(documents::record(text, "CVE-2024-0001", "f").map(|record| vec![record])));
    world.vulnerabilities.iter().for_each(ranges);
    assert!(world.releases.iter().all(|KubernetesRelease { version, .. }| !version.contains('-')));
    assert!(world.branches.iter().all(|KubernetesBranch { branch, .. }| branch.contains('.')));
    let json = serde_json::to_string(&world).unwrap();
    assert_eq!(serde_json::from_str::<KubernetesWorld>(&json).unwrap(), world);
});

/// Returns the values; an error has to be one short line.
fn good<T>(result: Result<Vec<T>, DocumentError>) -> Vec<T> {
    result.unwrap_or_else(|error| {
        let problem = error.to_string();
        assert!(problem.chars().count() <= LONGEST && !problem.contains('\n'), "{problem}");
        Vec::new()
    })
}

fn ranges(record: &Vulnerability) {
    for product in &record.affected {
        let affected = Affected::of(product);
        for version in [Version::new(0, 0, 0), Version::new(1, 36, 4), Version::new(999_999_999, 0, 999_999_999)] {
            affected.has(version);
        }
    }
}
