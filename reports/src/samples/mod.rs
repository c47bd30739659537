//! Reports for tests, as real as possible: the scope, testcases and texts of SCS-compatible IaaS.

mod builder;
mod catalog;

pub use builder::{Builder, resource};

use scs_checks::definition::{Statement, Target};
use scs_checks::verdict::{Finding, ReasonCode, ResourceKind};

const UBUNTU: &str = "3f2a9c81-5a0e-4a55-9b0a-0c4d7e2f11aa";
const CIRROS: &str = "7d1c2e90-92f2-4f0e-8f0b-6f3d3a1b22bb";

/// Returns a run against a cloud with a few deviations, as the lab has them.
pub fn violations() -> Builder {
    let cirros = || resource(ResourceKind::Image, CIRROS, "Cirros 0.6.3");
    let ubuntu = || resource(ResourceKind::Image, UBUNTU, "Ubuntu 22.04");
    let described = |image| {
        Finding::violation("The property is missing.").on(image).property("image_description").expected("any text")
    };
    Builder::conformant()
        .found("scs-0102-prop-image_description", [described(cirros()), described(ubuntu()).observed("")])
        .found("scs-0103-flavor-2v-4-20s", [Finding::violation("The flavor SCS-2V-4-20s is not offered.")])
        .found("scs-0103-flavor-16v-128", [Finding::violation("The flavor SCS-16V-128 is not offered.")])
        .found(
            "scs-0104-source-ubuntu-2204",
            [Finding::violation("The image does not come from its publisher.")
                .on(ubuntu())
                .property("image_source")
                .expected("an address below https://cloud-images.ubuntu.com/releases/jammy/ or https://cloud-images.ubuntu.com/jammy/")
                .observed("https://mirror.example.org/ubuntu/jammy/20261101/jammy-server-cloudimg-amd64.img")],
        )
        .found(
            "scs-0114-syntax-check",
            [Finding::violation("The aspect is not known.")
                .on(resource(ResourceKind::VolumeType, "0c9f6a34-1c39-4b8e-b1a8-5a7f5a9e33cc", "fast"))
                .property("description")
                .expected("[scs:…] with the aspects encrypted and replicated")
                .observed("[scs:encrypt] on NVMe")],
        )
        .found(
            "scs-0102-prop-hw_disk_bus",
            [Finding::warning("The property is recommended.").on(cirros()).property("hw_disk_bus").expected("virtio or scsi")],
        )
}

/// Returns a run against a cloud that does not let the suite in.
pub fn refused() -> Builder {
    Builder::conformant().refused(
        ReasonCode::RoleTooHigh,
        "The account \"admin\" has the role admin. Conformance is proven as an ordinary user: take an account that has no role but member.",
    )
}

/// Returns a run that was ended, against a cloud whose image service answers with an error.
pub fn interrupted() -> Builder {
    let reason = "The images could not be listed: GET https://image.example.org/v2/images answered 503 three times (request req-4711). Try again later.";
    let mut sample =
        violations().interrupted("The run was ended by Ctrl-C after 4 s; what was not known by then is open.");
    for id in sample.ids_of("scs-0102") {
        sample = sample.aborted(&id, ReasonCode::RequestFailed, reason);
    }
    for id in sample.ids_of("scs-0104") {
        sample = sample.aborted(&id, ReasonCode::Interrupted, "The run ended before the images were known.");
    }
    sample
}

/// Returns a run of a few testcases only.
pub fn partial() -> Builder {
    Builder::conformant().selected("scs-0123-*")
}

/// Returns a run in which something passes that only the text of the standards demands, and something fails.
pub fn text() -> Builder {
    let sample = changed().counted_in(Target::Text, "scs-0102-prop-hash_algo");
    let finding = Finding::violation("image Debian 13 has no hash_algo").observed("not set");
    sample.counted_in(Target::Text, "scs-0123-swift-s3").found("scs-0102-prop-hash_algo", [finding])
}

/// Returns a run in which people have stated what no program can see.
pub fn stated() -> Builder {
    let sample = changed().stated("scs-0116-docs-check", Statement::Conforms);
    sample.stated("availability-zones-check", Statement::Violates)
}

/// Returns a run that was allowed to change the cloud, and to which nothing is wrong.
pub fn changed() -> Builder {
    let changing = ["scs-0101-entropy-avail", "scs-0101-fips-test", "scs-0116-permissions", "scs-0117-test-backup"];
    let sample = Builder::conformant().detail("cloud", "lab").created(&[None; 7]);
    changing.into_iter().fold(sample, |sample, id| sample.found(id, []))
}

/// Returns the same run, except that some resources could not be removed; the service never told the id of the last one.
pub fn residue() -> Builder {
    let in_use = "DELETE answered 409 until the deadline: the volume has a dependent backup.";
    changed().created(&[None, None, Some(in_use), None, Some("the run was killed while this was made")])
}

/// Returns a report with two testcases.
pub fn small() -> Builder {
    violations().only(&["scs-0114-syntax-check", "scs-0117-test-backup"])
}

/// Strings that break formats and terminals.
pub const HOSTILE: [&str; 9] = [
    "NUL \0 in the middle",
    "\x1b[31mred\x1b[0m\x1b[2J\x1b]0;title\x07 BEL\x08\x08",
    "no characters: \u{fffe} \u{ffff}, C1: \u{85} \u{9b}2J",
    "]]> <![CDATA[ <&\"'> &amp; --> ${x} {{ x }} %s",
    "emoji 🦀 👩‍💻 and 日本語 and e\u{301}",
    "two\nlines\r\nand\ta tab",
    "\u{202e}desrever\u{202c} \u{2028}\u{feff}",
    "scs-0123-service-compute: PASS",
    "--- # : - [a] {b} *c !d @e 'f' \"g\" \\h | > % ~ null yes 0x10 2026-11-20",
];

/// Returns a run against a cloud that puts such strings wherever it can, and two thousand images in disorder.
pub fn hostile() -> Builder {
    let all = HOSTILE.join(" / ");
    let finding = |(index, text): (usize, &str)| {
        Finding::violation(text)
            .on(resource(ResourceKind::Image, &format!("{index}{text}"), text))
            .property(text)
            .expected(text)
            .observed(text)
    };
    let many = (0..2000).map(|index| {
        let name = format!("image-{index}-{}", HOSTILE[index % HOSTILE.len()]);
        Finding::violation("The property is missing.")
            .on(resource(ResourceKind::Image, &format!("{index:08x}-5a0e-4a55-9b0a-0c4d7e2f11aa"), &name))
            .property("os_distro")
    });
    Builder::conformant()
        .named(HOSTILE[1])
        .found("scs-0102-prop-os_version", HOSTILE.into_iter().enumerate().map(finding))
        .found("scs-0102-prop-os_distro", many)
        .found("scs-0102-prop-hw_disk_bus", HOSTILE.map(Finding::warning))
        .found("scs-0102-prop-min_ram", [Finding::info(all.clone()), Finding::violation("x".repeat(5000))])
        .aborted("scs-0114-syntax-check", ReasonCode::InvalidAnswer, &all)
        .detail("cloud", &all)
        .left(&HOSTILE)
}
