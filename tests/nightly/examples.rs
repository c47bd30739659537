//! The commands of the ready examples, as they stand there, on a machine on which nothing was before.

use super::{ACCOUNT, Fleet, TOKEN};
use crate::support::conformant;
use serde_json::Value;
use std::path::Path;
use tokio::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_scs-conformance");

fn example(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)).unwrap()
}

/// Runs a script in the folder of the fleet, with no environment but these variables.
async fn run(fleet: &Fleet, script: &str, variables: &[(&str, &str)]) {
    let program = fleet.path("scs-conformance");
    if !program.exists() {
        std::os::unix::fs::symlink(PROGRAM, &program).unwrap();
    }
    let mut shell = Command::new("bash");
    shell.args(["-ec", script]).current_dir(fleet.folder.path()).kill_on_drop(true);
    shell.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", fleet.folder.path());
    shell.env("OS_CLIENT_CONFIG_FILE", fleet.path("clouds.yaml")).envs(variables.iter().copied());
    let output = shell.output().await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{script}\n{}{}", text(&output.stdout), text(&output.stderr));
}

fn assert_written(fleet: &Fleet, files: &[&str]) {
    for file in files {
        assert!(fleet.path(file).is_file(), "{file} is not written");
    }
    assert_eq!(fleet.server.subjects(), ["cloud-1"], "the report is delivered, once");
}

fn lines(list: &Value) -> String {
    list.as_array().unwrap().iter().map(|line| format!("{}\n", line.as_str().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn gitlab_tests_delivers_and_sweeps() {
    let fleet = Fleet::start(vec![conformant(|_| {})], "").await;
    let job: Value = serde_yaml::from_str(&example("gitlab-ci.yml")).unwrap();
    let variables = [("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "1")];
    run(&fleet, &lines(&job["nightly"]["script"]), &variables).await;
    run(&fleet, &lines(&job["nightly"]["after_script"]), &variables).await;
    assert_written(&fleet, &["results/summary.json", "results/junit.xml"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn github_tests_delivers_and_sweeps() {
    let fleet = Fleet::start(vec![conformant(|_| {})], "").await;
    let workflow: Value = serde_yaml::from_str(&example("github-workflow.yaml")).unwrap();
    let steps = workflow["jobs"]["nightly"]["steps"].as_array().unwrap();
    let scripts = steps.iter().filter_map(|step| step["run"].as_str());
    let scripts: Vec<&str> = scripts.filter(|script| script.contains("./scs-conformance ")).collect();
    assert_eq!(scripts.len(), 3, "{scripts:#?}");
    for script in scripts {
        run(&fleet, script, &[("SHARD", "1/1")]).await;
    }
    assert_written(&fleet, &["results/summary-1.json", "results/junit-1.xml"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn systemd_tests_sweeps_and_delivers() {
    let fleet = Fleet::start(vec![conformant(|_| {})], "").await;
    let unit = example("systemd/scs-conformance.service");
    let here = fleet.folder.path().display().to_string();
    let commands: Vec<&str> =
        unit.lines().filter_map(|line| line.strip_prefix("Exec")?.split_once('=')).map(|it| it.1).collect();
    assert_eq!(commands.len(), 3, "{commands:#?}");
    std::fs::create_dir(fleet.path("var")).unwrap();
    for command in commands {
        let command = command.replace("/usr/local/bin/scs-conformance", PROGRAM);
        let command = command.replace("/etc/scs-conformance", &here);
        run(&fleet, &command.replace("/var/lib/scs-conformance", &format!("{here}/var")), &[]).await;
    }
    assert_written(&fleet, &["var/summary.json", "var/metrics.prom"]);
}

/// Each pod has a part of the subjects; that of this test has them all.
#[tokio::test(flavor = "multi_thread")]
async fn pod_of_kubernetes_tests_and_delivers() {
    let fleet = Fleet::start(vec![conformant(|_| {})], "").await;
    let text = example("kubernetes/nightly.yaml");
    let parts = text.split("\n---\n").filter(|part| part.contains("\nkind: "));
    let documents: Vec<Value> = parts.map(|part| serde_yaml::from_str(part).unwrap()).collect();
    let of = |kind: &str| documents.iter().find(|document| document["kind"].as_str() == Some(kind)).unwrap();
    let here = fleet.folder.path().display().to_string();
    let config = of("ConfigMap")["data"]["scs-conformance.yaml"].as_str().unwrap().to_owned();
    for piece in
        ["/state/", "https://compliance.example.org", "cloud: cloud-a, region: R1", "cloud: cloud-a, region: R2"]
    {
        assert!(config.contains(piece), "{piece}");
    }
    let config = config
        .replace("/state/", &format!("{here}/state/"))
        .replace("https://compliance.example.org", &fleet.server.url);
    let config = config.replace("account: provider-a", &format!("account: {ACCOUNT}"));
    let config =
        config.replace("cloud: cloud-a, region: R1", "cloud: cloud-1").replace("name: cloud-a-r1", "name: cloud-1");
    let config: Vec<&str> = config.lines().filter(|line| !line.contains("region: R2")).collect();
    std::fs::create_dir(fleet.path("etc")).unwrap();
    std::fs::write(fleet.path("etc/scs-conformance.yaml"), config.join("\n")).unwrap();
    std::fs::create_dir(fleet.path("state")).unwrap();
    let pod = &of("CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0];
    let arguments = pod["args"].as_array().unwrap().iter().map(|argument| {
        let argument = argument.as_str().unwrap().replace("$(JOB_COMPLETION_INDEX)", "0").replace("=30m", "=1ms");
        let argument = argument.replace("=/etc/scs-conformance", &format!("={here}/etc"));
        format!("'{}'", argument.replace("=/state", &format!("={here}/state")))
    });
    let script = format!("./scs-conformance {}", arguments.collect::<Vec<_>>().join(" "));
    let key = std::fs::read_to_string(fleet.path("key")).unwrap();
    let variables =
        [("JOB_COMPLETION_INDEX", "0"), ("SCS_SHARDS", "1"), ("SCS_SIGNING_KEY", &key), ("SCS_TOKEN", TOKEN)];
    run(&fleet, &script, &variables).await;
    assert_written(&fleet, &["state/0/summary.json", "state/0/metrics.prom"]);
}
