//! Flavor names read per second on one core: `cargo bench --bench flavor_names`.
//!
//! The target is a million. It is printed, not asserted: the figure depends on the machine.

use scs_checks::iaas::flavor_name::{FlavorName, FlavorReport};
use std::hint::black_box;
use std::time::Instant;

const NAMES: usize = 2_000_000;
const GOOD: [&str; 7] = [
    "SCS-4V-16-50",
    "SCS-1L-1",
    "SCS-2V-4-20s",
    "SCS-16T-64-3x10s_bms_hwv_i3h_GNa-64h-24h_ib",
    "SCS-2C-3.5uo-n_kvm_z4",
    "SCS-2C-4_a5",
    "SCS-8C-32-2x50p_GA3.1-96-48",
];
const TOLERATED: [&str; 3] = ["SCS-4V:16:50", "SCS-2C-04", "SCS-2C-4-1x10"];
const WRONG: [&str; 3] = ["SCS-2C-4_hwv_xen", "SCS-2C-3.25", "SCS-2C-4_i7"];

fn main() {
    let read = |name: &str| {
        black_box(FlavorName::parse(black_box(name)).is_ok());
    };
    report("read, good names", &GOOD, read);
    report("read, names with a remark", &TOLERATED, read);
    report("read, names in error", &WRONG, read);
    report("full report as text, good names", &GOOD, |name| {
        black_box(FlavorReport::of(black_box(name)).to_text());
    });
}

#[allow(clippy::cast_precision_loss, reason = "a figure to look at, not to compute with")]
fn report(what: &str, names: &[&str], work: impl Fn(&str)) {
    let start = Instant::now();
    names.iter().cycle().take(NAMES).for_each(|name| work(name));
    let rate = NAMES as f64 / start.elapsed().as_secs_f64();
    println!("{what}: {rate:.0} names per second");
}
