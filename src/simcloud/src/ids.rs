//! Identifiers that look like OpenStack's and are the same in every run.
//!
//! A simulated cloud must not surprise a snapshot: the ids of its resources follow from their names, and the ids it
//! hands out while it runs (tokens, requests) follow from a counter and the port.

use std::sync::atomic::{AtomicU64, Ordering};

/// Spreads small differences over all bits: the finaliser of SplitMix64.
pub(crate) fn mix(mut value: u64) -> u64 {
    value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Returns 128 bits that follow from a name.
fn bits_of(name: &str) -> (u64, u64) {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (mix(hash), mix(hash ^ 0x5ca1_ab1e))
}

/// Returns 32 hexadecimal digits, the form of Keystone's ids.
#[must_use]
pub fn hex_id(name: &str) -> String {
    let (high, low) = bits_of(name);
    format!("{high:016x}{low:016x}")
}

/// Returns a UUID (version 4 in form), as most other services use.
#[must_use]
pub fn uuid(name: &str) -> String {
    uuid_from(bits_of(name))
}

fn uuid_from((high, low): (u64, u64)) -> String {
    let (a, b, c) = (high >> 32, (high >> 16) & 0xffff, high & 0xfff);
    let (d, e) = ((low >> 48) & 0x3fff | 0x8000, low & 0xffff_ffff_ffff);
    format!("{a:08x}-{b:04x}-4{c:03x}-{d:04x}-{e:012x}")
}

/// Fresh ids for what comes into being while the cloud runs.
#[derive(Debug)]
pub(crate) struct Ids {
    seed: u64,
    next: AtomicU64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed: mix(seed), next: AtomicU64::new(1) }
    }

    fn bits(&self) -> (u64, u64) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        (mix(self.seed ^ number), mix(self.seed.rotate_left(32) ^ number))
    }

    /// Returns a fresh UUID.
    pub(crate) fn uuid(&self) -> String {
        uuid_from(self.bits())
    }

    /// Returns a fresh value of `x-openstack-request-id`.
    pub(crate) fn request(&self) -> String {
        format!("req-{}", self.uuid())
    }

    /// Returns a fresh transaction id of Swift and of its S3 API.
    pub(crate) fn transaction(&self) -> String {
        let (high, low) = self.bits();
        format!("tx{:021x}-{:010x}", high, low & 0xff_ffff_ffff)
    }

    /// Returns 22 fresh characters, as Keystone's audit ids have them.
    pub(crate) fn audit(&self) -> String {
        let (high, low) = self.bits();
        format!("{high:011x}{low:011x}").chars().take(22).collect()
    }

    /// Returns a fresh token that looks like a Fernet token.
    pub(crate) fn token(&self) -> String {
        let ((a, b), (c, d)) = (self.bits(), self.bits());
        format!("gAAAAAB{a:016x}{b:016x}-{c:016x}_{d:016x}")
    }
}
