//! t8s: a Helm release of Flux, whose chart makes a cluster.
//!
//! One release may stand for all branches, one after another: `Ready` may be that of the generation before.

use super::conditions::{Progress, is_leaving, is_observed, is_true, shown};
use serde_json::Value;

/// The group of HelmReleases, and the version of it that is understood.
pub(super) const GROUP: &str = "helm.toolkit.fluxcd.io";
pub(super) const VERSIONS: [&str; 1] = ["v2"];

/// Returns the progress of a HelmRelease.
pub(super) fn progress(release: &Value) -> Progress {
    if is_leaving(release) {
        return Progress::Failed("somebody else removes it".to_owned());
    }
    if release.pointer("/status/observedGeneration").is_none() || !is_observed(release) {
        return Progress::Waiting("Flux has not seen it yet".to_owned());
    }
    if is_true(release, "Stalled") {
        return Progress::Failed(format!("{}; {}", shown(release, "Stalled"), shown(release, "Ready")));
    }
    match is_true(release, "Ready") {
        true => Progress::Ready,
        false => Progress::Waiting(shown(release, "Ready")),
    }
}

/// Returns the state of a HelmRelease that is being removed.
pub(super) fn leaving(release: &Value) -> String {
    shown(release, "Ready")
}
