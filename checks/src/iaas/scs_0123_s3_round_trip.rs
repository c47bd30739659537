//! scs-0123: what is stored by S3 comes back.

use crate::facts::{S3RoundTrip, S3Step};
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0123: a user makes a bucket, and an object in it comes back as it was stored.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectRoundTrip {}

impl Check for ObjectRoundTrip {
    type Facts<'a> = &'a S3RoundTrip;

    fn examine(&self, trip: &S3RoundTrip) -> Findings {
        let bucket = || Resource::without_id(ResourceKind::Service, "S3");
        let finding = match trip {
            S3RoundTrip::Completed { sha256_sent, sha256_received } if sha256_sent == sha256_received => {
                return Findings::on_one(None);
            }
            S3RoundTrip::Completed { sha256_sent, sha256_received } => {
                Finding::violation("an object does not come back as it was stored")
                    .on(bucket())
                    .property(S3Step::GetObject.to_string())
                    .expected(format!("SHA-256 {sha256_sent}"))
                    .observed(format!("SHA-256 {sha256_received}"))
            }
            S3RoundTrip::Refused { step, how } => Finding::violation(format!("S3 refuses a user the step {step}"))
                .on(bucket())
                .property(step.to_string())
                .expected("a bucket with an object that is written, read and deleted")
                .observed(how),
        };
        Findings::on_one([finding])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Outcome, Verdict};
    use rstest::rstest;

    fn completed(received: &str) -> S3RoundTrip {
        S3RoundTrip::Completed { sha256_sent: "ab".into(), sha256_received: received.into() }
    }

    #[rstest]
    #[case(completed("ab"), Verdict::Pass)]
    #[case(completed("cd"), Verdict::Fail)]
    #[case(S3RoundTrip::Refused { step: S3Step::PutObject, how: "HTTP 403: AccessDenied".into() }, Verdict::Fail)]
    fn only_the_same_object_passes(#[case] trip: S3RoundTrip, #[case] verdict: Verdict) {
        let outcome = Outcome::of(ObjectRoundTrip {}.examine(&trip));
        assert_eq!((outcome.verdict, outcome.vacuous), (verdict, false));
    }
}
