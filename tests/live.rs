//! The suite against a real OpenStack and a real Kubernetes API server with known answers: the labs in `tests/lab/`.
//!
//! ```text
//! tests/lab/openstack/up.sh && tests/lab/kubernetes/up.sh
//! cargo test --test live -- --ignored kubernetes            # that of Kubernetes
//! cargo test --test live -- --ignored --skip kubernetes --skip tempest --skip zones     # that of OpenStack
//! OSLAB_TEMPEST=/path/to/tempest cargo test --test live -- --ignored tempest            # with Tempest
//! OSLAB_ZONES=2 tests/lab/openstack/up.sh && cargo test --test live -- --ignored zones  # with two availability zones
//! ```
//!
//! The rest of this page is about OpenStack; see `live/kubernetes/` for the other.
//!
//! The lab is `$OSLAB_ROOT`, by default `/tmp/oslab`. The tests take turns, seed it as they need, and leave
//! it with the seed `clean`. Those that change it (`changes`, `foreign`, `stopped`) leave S3 as Ceph answers, take most of the
//! time, and need the project for themselves: what it has before and after is compared, by plain GETs (`project`).
//! One that fails leaves what it found; `sweep iaas --cloud scs-lab --run ID` or `--include-upstream` removes it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

#[path = "live/access.rs"]
mod access;
#[path = "live/binary.rs"]
mod binary;
#[path = "live/changes.rs"]
mod changes;
#[path = "live/domain_policies.rs"]
mod domain_policies;
#[path = "live/domains.rs"]
mod domains;
#[path = "live/foreign.rs"]
mod foreign;
#[path = "live/kubernetes/mod.rs"]
mod kubernetes;
#[path = "live/lab.rs"]
mod lab;
#[path = "live/project.rs"]
mod project;
#[path = "live/scene.rs"]
mod scene;
#[path = "live/stopped.rs"]
mod stopped;
#[path = "live/tempest.rs"]
mod tempest;
#[path = "live/tls.rs"]
mod tls;
#[path = "live/verdicts.rs"]
mod verdicts;
#[path = "live/zones.rs"]
mod zones;
