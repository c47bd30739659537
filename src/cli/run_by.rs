//! The party that runs the program: a CI job, by the variables that the CI system sets, or else a user on a host.

use scs_reports::{CiJob, CiSystem, RunBy};

/// The longest name or address that is taken over from a variable.
const LONGEST: usize = 300;

/// Reads who runs this process.
pub(super) fn from_process() -> RunBy {
    from_variables(|name| std::env::var(name).ok(), host())
}

fn from_variables(variable: impl Fn(&str) -> Option<String>, host: Option<String>) -> RunBy {
    let read = |name: &str| variable(name).filter(|value| !value.is_empty() && value.len() <= LONGEST);
    if let Some(job) = ci_job(&read) {
        return RunBy { user: None, host: None, ci: Some(job) };
    }
    let user = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(read);
    RunBy { user, host, ci: None }
}

/// Reads the job from the variables of its CI system. Zuul sets none by itself, so the job has to pass them on.
fn ci_job(read: &impl Fn(&str) -> Option<String>) -> Option<CiJob> {
    let (system, [project, job, build]) = if read("ZUUL_UUID").is_some() {
        (CiSystem::Zuul, ["ZUUL_PROJECT", "JOB_NAME", "ZUUL_UUID"])
    } else if read("GITLAB_CI").is_some() {
        (CiSystem::Gitlab, ["CI_PROJECT_PATH", "CI_JOB_NAME", "CI_JOB_ID"])
    } else if read("GITHUB_ACTIONS").is_some() {
        (CiSystem::Github, ["GITHUB_REPOSITORY", "GITHUB_JOB", "GITHUB_RUN_ID"])
    } else {
        return None;
    };
    let [project, job, build] = [project, job, build].map(read);
    let url = match system {
        CiSystem::Zuul => None,
        CiSystem::Gitlab => read("CI_JOB_URL"),
        CiSystem::Github => read("GITHUB_SERVER_URL")
            .zip(project.as_ref())
            .zip(build.as_ref())
            .map(|((server, project), run)| format!("{server}/{project}/actions/runs/{run}")),
    };
    Some(CiJob { system, project, job, build, url })
}

#[cfg(unix)]
fn host() -> Option<String> {
    rustix::system::uname().nodename().to_str().ok().map(str::to_owned)
}

#[cfg(not(unix))]
fn host() -> Option<String> {
    std::env::var("COMPUTERNAME").ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn run_by(variables: &[(&str, &str)]) -> RunBy {
        let variables: BTreeMap<_, _> = variables.iter().copied().collect();
        from_variables(|name| variables.get(name).map(|value| (*value).to_owned()), Some("ops-1".to_owned()))
    }

    fn job(system: CiSystem, texts: [Option<&str>; 4]) -> RunBy {
        let [project, job, build, url] = texts.map(|text| text.map(str::to_owned));
        RunBy { user: None, host: None, ci: Some(CiJob { system, project, job, build, url }) }
    }

    #[test]
    fn person_is_a_user_on_a_host() {
        let host = Some("ops-1".to_owned());
        let erika = RunBy { user: Some("erika".to_owned()), host: host.clone(), ci: None };
        assert_eq!(run_by(&[("USER", "erika")]), erika);
        assert_eq!(run_by(&[("USER", ""), ("LOGNAME", "erika")]), erika);
        assert_eq!(run_by(&[("USER", &"x".repeat(LONGEST + 1))]), RunBy { user: None, host, ci: None });
    }

    #[test]
    fn ci_job_stands_for_its_user_and_host() {
        let zuul =
            run_by(&[("USER", "zuul"), ("ZUUL_UUID", "1f2e"), ("ZUUL_PROJECT", "scs/checks"), ("JOB_NAME", "nightly")]);
        assert_eq!(zuul, job(CiSystem::Zuul, [Some("scs/checks"), Some("nightly"), Some("1f2e"), None]));
        let gitlab =
            run_by(&[("GITLAB_CI", "true"), ("CI_JOB_NAME", "check"), ("CI_JOB_URL", "https://gitlab.example/1")]);
        assert_eq!(gitlab, job(CiSystem::Gitlab, [None, Some("check"), None, Some("https://gitlab.example/1")]));
        let github = run_by(&[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_SERVER_URL", "https://github.example"),
            ("GITHUB_REPOSITORY", "scs/checks"),
            ("GITHUB_JOB", "check"),
            ("GITHUB_RUN_ID", "42"),
        ]);
        let url = Some("https://github.example/scs/checks/actions/runs/42");
        assert_eq!(github, job(CiSystem::Github, [Some("scs/checks"), Some("check"), Some("42"), url]));
    }
}
