//! scs-0116: an ordinary user can keep secrets.

use crate::facts::{SecretPayload, SecretTrial};
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0116 v1: a member may create, list and delete secrets, if there is a key manager.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SecretPermissions {}

impl Check for SecretPermissions {
    type Facts<'a> = Option<&'a SecretTrial>;

    fn examine(&self, trial: Option<&SecretTrial>) -> Findings {
        let Some(trial) = trial else {
            // Quirk Q-0116-2: a key manager is recommended, so its absence violates nothing here.
            let absent = Finding::info("the cloud has no key manager, so there are no permissions to check");
            return Findings { list: vec![absent], ..Findings::default() };
        };
        let secret = test_secret();
        if let Some(refusal) = &trial.forbidden {
            let forbidden = Finding::violation("the key manager does not let a member manage secrets")
                .on(secret)
                .property("policy")
                .expected("the role member has the permissions of Barbican's role creator")
                .observed(refusal);
            return Findings::on_one([forbidden]);
        }
        // Deviation Q-0116-1.
        let unlisted = (!trial.listed).then(|| {
            Finding::violation("a newly created secret is missing from the member's list")
                .on(secret)
                .property("policy")
                .expected("the new secret is in the list of secrets")
                .observed("not listed")
        });
        Findings::on_one(unlisted)
    }
}

/// scs-0116 v1: the key manager, if there is one, returns the payload that a user stored.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PayloadRoundtrip {}

impl Check for PayloadRoundtrip {
    type Facts<'a> = Option<&'a SecretPayload>;

    fn examine(&self, payload: Option<&SecretPayload>) -> Findings {
        let Some(SecretPayload { sent, received }) = payload else {
            let absent = Finding::info("the cloud has no key manager, so no secret can be stored");
            return Findings { list: vec![absent], ..Findings::default() };
        };
        let changed = (received != sent).then(|| {
            Finding::violation("the key manager does not return the payload that was stored")
                .on(test_secret())
                .property("payload")
                .expected(format!("{sent:?}"))
                .observed(format!("{received:?}"))
        });
        Findings::on_one(changed)
    }
}

/// Returns the secret that was created.
fn test_secret() -> Resource {
    Resource::without_id(ResourceKind::Secret, "test secret")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Outcome, Verdict};
    use rstest::rstest;

    fn trial(forbidden: Option<&str>, listed: bool) -> SecretTrial {
        SecretTrial { forbidden: forbidden.map(str::to_owned), listed }
    }

    #[rstest]
    #[case(None, Verdict::Pass, true)]
    #[case(Some(trial(None, true)), Verdict::Pass, false)]
    #[case(Some(trial(None, false)), Verdict::Fail, false)]
    #[case(Some(trial(Some("create: 403"), false)), Verdict::Fail, false)]
    #[case(Some(trial(Some("delete: 403"), true)), Verdict::Fail, false)]
    fn members_keep_secrets(#[case] trial: Option<SecretTrial>, #[case] verdict: Verdict, #[case] vacuous: bool) {
        let outcome = Outcome::of(SecretPermissions {}.examine(trial.as_ref()));
        assert_eq!((outcome.verdict, outcome.vacuous), (verdict, vacuous));
        assert!(outcome.findings.len() <= 1, "one cause, one finding");
    }

    #[rstest]
    #[case(None, Verdict::Pass, true)]
    #[case(Some(("a text", "a text")), Verdict::Pass, false)]
    #[case(Some(("a text", "a text\n")), Verdict::Fail, false)]
    #[case(Some(("a text", "A text")), Verdict::Fail, false)]
    #[case(Some(("a text", "")), Verdict::Fail, false)]
    fn secrets_come_back_as_they_were(
        #[case] texts: Option<(&str, &str)>,
        #[case] verdict: Verdict,
        #[case] vacuous: bool,
    ) {
        let payload = texts.map(|(sent, received)| SecretPayload { sent: sent.into(), received: received.into() });
        let outcome = Outcome::of(PayloadRoundtrip {}.examine(payload.as_ref()));
        assert_eq!((outcome.verdict, outcome.vacuous), (verdict, vacuous));
        let seen = outcome.findings.iter().find_map(|f| f.observed.clone());
        let expected = texts.filter(|_| verdict == Verdict::Fail).map(|(_, received)| format!("{received:?}"));
        assert_eq!(seen, expected);
    }
}
