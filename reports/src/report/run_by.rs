//! The person or CI job that ran the tool, in reports.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The person or CI job that ran the tool, as its environment says. This is not proof: anybody can set these variables.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RunBy {
    /// The name of the user; none in a CI job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The name of the host; none in a CI job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The CI job; none if a person ran the tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci: Option<CiJob>,
}

/// A job of a CI system.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CiJob {
    /// The CI system.
    pub system: CiSystem,
    /// The project that the job belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The name of the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// The identifier of this build of the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// The page of the build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A CI system.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CiSystem {
    /// GitHub Actions.
    Github,
    /// GitLab CI/CD.
    Gitlab,
    /// Zuul.
    Zuul,
}

impl CiSystem {
    /// Returns its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Github => "GitHub",
            Self::Gitlab => "GitLab",
            Self::Zuul => "Zuul",
        }
    }
}

impl RunBy {
    /// Returns all texts, so that secrets and names can be taken out of them.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let Self { user, host, ci } = self;
        let job = ci.iter_mut().flat_map(|CiJob { system: _, project, job, build, url }| [project, job, build, url]);
        [user, host].into_iter().chain(job).flatten()
    }
}
