//! scs-0104: users may upload images of their own.

use crate::facts::{ImageUpload, UploadStep};
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0104 v1: uploading is allowed, and it works: the data comes back unchanged, with the right digest.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {}

impl Check for Upload {
    type Facts<'a> = &'a ImageUpload;

    fn examine(&self, upload: &ImageUpload) -> Findings {
        match upload {
            ImageUpload::Refused { step, how } => Findings::on_one([refused(*step, how)]),
            ImageUpload::Uploaded { sha512_sent, os_hash_algo, os_hash_value, sha512_received } => {
                let changed = (!same(sha512_received, sha512_sent)).then(|| {
                    differs(
                        "the data of an uploaded image is changed on download",
                        "data",
                        sha512_sent,
                        sha512_received,
                    )
                });
                Findings::on_one(changed.into_iter().chain(digest(os_hash_algo, os_hash_value, sha512_sent)))
            }
        }
    }
}

fn refused(step: UploadStep, how: &str) -> Finding {
    let (message, expected) = match step {
        UploadStep::Create => ("users cannot register images", "a private image, registered by a member"),
        UploadStep::Upload => ("users cannot upload images", "the image data is accepted"),
        UploadStep::Activate => ("an uploaded image does not become active", "an image with status active"),
        UploadStep::Download => ("users cannot download an image that they uploaded", "the data of the image"),
        UploadStep::Delete => ("users cannot delete their own images", "the image is deleted"),
    };
    Finding::violation(message).on(test_image()).property(step.to_string()).expected(expected).observed(how)
}

/// Compares Glance's digest, which proves something only if its algorithm is the same as ours.
fn digest(algorithm: &str, value: &str, sent: &str) -> Option<Finding> {
    if algorithm != "sha512" || value.is_empty() {
        let digest =
            if algorithm.is_empty() { "no digest".to_owned() } else { format!("no SHA-512 but {algorithm:?}") };
        let message =
            format!("Glance reports {digest} for an uploaded image, so only the downloaded data was compared");
        return Some(Finding::info(message));
    }
    let message = "the digest that Glance reports for an uploaded image does not match its data";
    (!same(value, sent)).then(|| differs(message, "os_hash_value", sent, value))
}

fn differs(message: &str, property: &str, sent: &str, observed: &str) -> Finding {
    Finding::violation(message)
        .on(test_image())
        .property(property)
        .expected(format!("SHA-512 {sent}"))
        .observed(if observed.is_empty() { "none".to_owned() } else { format!("SHA-512 {observed}") })
}

/// Compares hexadecimal digits, which mean the same in both cases.
fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// Returns the image that was uploaded.
fn test_image() -> Resource {
    Resource::without_id(ResourceKind::Image, "test image")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Outcome, Severity, Verdict};
    use rstest::rstest;

    fn uploaded(algorithm: &str, value: &str, received: &str) -> Outcome {
        Outcome::of(Upload {}.examine(&ImageUpload::Uploaded {
            sha512_sent: "ab12".into(),
            os_hash_algo: algorithm.into(),
            os_hash_value: value.into(),
            sha512_received: received.into(),
        }))
    }

    #[rstest]
    #[case("sha512", "ab12", "ab12", Verdict::Pass, None)]
    #[case("sha512", "AB12", "ab12", Verdict::Pass, None)]
    #[case("sha512", "ab13", "ab12", Verdict::Fail, Some((Severity::Violation, Some("os_hash_value"))))]
    #[case("sha512", "ab12", "ab13", Verdict::Fail, Some((Severity::Violation, Some("data"))))]
    #[case("sha512", "ab12", "", Verdict::Fail, Some((Severity::Violation, Some("data"))))]
    #[case("sha256", "ab13", "ab12", Verdict::Pass, Some((Severity::Info, None)))]
    #[case("sha512", "", "ab12", Verdict::Pass, Some((Severity::Info, None)))]
    #[case("", "", "ab12", Verdict::Pass, Some((Severity::Info, None)))]
    #[case("", "", "ab13", Verdict::Fail, Some((Severity::Violation, Some("data"))))]
    fn changed_data_or_digest_is_a_violation(
        #[case] algorithm: &str,
        #[case] value: &str,
        #[case] received: &str,
        #[case] verdict: Verdict,
        #[case] first: Option<(Severity, Option<&str>)>,
    ) {
        let outcome = uploaded(algorithm, value, received);
        assert_eq!((outcome.verdict, outcome.vacuous), (verdict, false));
        assert_eq!(outcome.findings.first().map(|f| (f.severity, f.property.as_deref())), first);
    }

    #[test]
    fn both_differences_are_reported() {
        let violations = uploaded("sha512", "cd", "ef").findings;
        let seen: Vec<_> = violations.iter().map(|f| f.observed.as_deref().unwrap_or_default()).collect();
        assert_eq!(seen, ["SHA-512 ef", "SHA-512 cd"]);
    }

    #[rstest]
    fn every_refused_step_is_a_violation(
        #[values(
            UploadStep::Create,
            UploadStep::Upload,
            UploadStep::Activate,
            UploadStep::Download,
            UploadStep::Delete
        )]
        step: UploadStep,
    ) {
        let refused = ImageUpload::Refused { step, how: "403: not allowed".into() };
        let outcome = Outcome::of(Upload {}.examine(&refused));
        assert_eq!(outcome.verdict, Verdict::Fail);
        assert_eq!(outcome.findings[0].property, Some(step.to_string()));
        assert_eq!(outcome.findings[0].observed.as_deref(), Some("403: not allowed"));
    }
}
