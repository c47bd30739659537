//! Checks the settings of the kubelets.

use crate::facts::{KubeletConfigs, KubeletSettings};
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Reason, ReasonCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0217 v1: a setting of every kubelet has the demanded value.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KubeletSetting {
    /// True if requests without credentials are served.
    AnonymousAuth(bool),
    /// The authorization mode, for example `Webhook`.
    AuthorizationMode(String),
    /// The port that serves without authentication; 0 for none. Any other port violates that (Q-0217-8).
    ReadOnlyPort(i64),
}

impl Check for KubeletSetting {
    type Facts<'a> = &'a KubeletConfigs;

    fn examine(&self, configs: &KubeletConfigs) -> Findings {
        if configs.0.is_empty() {
            return Findings::undecided("the cluster has no visible nodes");
        }
        let mut unknown: Vec<(&str, Reason)> = Vec::new();
        let mut findings = Findings::each(&configs.0, |config, findings| match self.seen(&config.config) {
            Ok(seen) if seen == self.demanded() => {}
            Ok(seen) => {
                let message = format!("the kubelet of {} has {} {seen}", config.node, self.property());
                let finding = Finding::violation(message).on(config.resource()).property(self.property());
                findings.push(finding.expected(self.demanded()).observed(seen));
            }
            Err(reason) => {
                let finding = Finding::warning(format!("not decided: {}", reason.message));
                findings.push(finding.on(config.resource()).property(self.property()));
                unknown.push((&config.node, reason));
            }
        });
        if let Some((_, first)) = unknown.first() {
            let nodes: Vec<&str> = unknown.iter().map(|(node, _)| *node).collect();
            findings.unknown(Reason::new(first.code, format!("{}: {}", nodes.join(", "), first.message)));
        }
        findings
    }
}

impl KubeletSetting {
    fn property(&self) -> &'static str {
        match self {
            Self::AnonymousAuth(_) => "authentication.anonymous.enabled",
            Self::AuthorizationMode(_) => "authorization.mode",
            Self::ReadOnlyPort(_) => "readOnlyPort",
        }
    }

    fn demanded(&self) -> String {
        match self {
            Self::AnonymousAuth(value) => value.to_string(),
            Self::AuthorizationMode(value) => value.clone(),
            Self::ReadOnlyPort(value) => value.to_string(),
        }
    }

    /// Reads the setting. A kubelet leaves the port out of its answer if it is off, but never the other two.
    fn seen(&self, settings: &KubeletSettings) -> Result<String, Reason> {
        let (anonymous_auth, authorization_mode, read_only_port) = match settings {
            KubeletSettings::Read { anonymous_auth, authorization_mode, read_only_port } => {
                (anonymous_auth, authorization_mode, read_only_port)
            }
            KubeletSettings::Unreadable(reason) => return Err(reason.clone()),
        };
        let seen = match self {
            Self::AnonymousAuth(_) => anonymous_auth.map(|value| value.to_string()),
            Self::AuthorizationMode(_) => authorization_mode.clone(),
            Self::ReadOnlyPort(_) => Some(read_only_port.unwrap_or_default().to_string()),
        };
        let message = || format!("the kubelet does not report its {}", self.property());
        seen.ok_or_else(|| Reason::new(ReasonCode::Inconclusive, message()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::KubeletConfig;
    use crate::verdict::{Outcome, Verdict};
    use rstest::rstest;

    fn read(anonymous_auth: Option<bool>, mode: Option<&str>, read_only_port: Option<i64>) -> KubeletSettings {
        KubeletSettings::Read { anonymous_auth, authorization_mode: mode.map(str::to_owned), read_only_port }
    }

    fn unreadable() -> KubeletSettings {
        KubeletSettings::Unreadable(Reason::new(ReasonCode::Forbidden, "403"))
    }

    #[rstest]
    #[case("anonymous_auth: false", vec![read(Some(false), None, None)], Verdict::Pass)]
    #[case("anonymous_auth: false", vec![read(Some(true), None, None)], Verdict::Fail)]
    #[case("anonymous_auth: false", vec![read(None, None, None)], Verdict::Abort)]
    #[case("authorization_mode: Webhook", vec![read(None, Some("Webhook"), None)], Verdict::Pass)]
    #[case("authorization_mode: Webhook", vec![read(None, Some("AlwaysAllow"), None)], Verdict::Fail)]
    #[case("authorization_mode: Webhook", vec![read(None, None, None)], Verdict::Abort)]
    #[case("read_only_port: 0", vec![read(None, None, None)], Verdict::Pass)]
    #[case("read_only_port: 0", vec![read(None, None, Some(0))], Verdict::Pass)]
    #[case("read_only_port: 0", vec![read(None, None, Some(1))], Verdict::Fail)]
    #[case("read_only_port: 0", vec![read(None, None, None), unreadable()], Verdict::Abort)]
    #[case("read_only_port: 0", vec![unreadable(), read(None, None, Some(10255))], Verdict::Fail)]
    #[case("read_only_port: 0", vec![], Verdict::Abort)]
    fn kubelets_decide(#[case] rule: &str, #[case] settings: Vec<KubeletSettings>, #[case] verdict: Verdict) {
        let rule: KubeletSetting =
            serde_json::from_value(serde_yaml::from_str(&format!("{{{rule}}}")).unwrap()).unwrap();
        let name = |(index, config)| KubeletConfig { node: format!("node-{index}"), config };
        let outcome = Outcome::of(rule.examine(&KubeletConfigs(settings.into_iter().enumerate().map(name).collect())));
        assert_eq!((outcome.verdict, outcome.vacuous), (verdict, false));
    }
}
