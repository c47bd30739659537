//! The end of a run before its time: signals and the deadline.

use super::cloud;
use crate::program::{Ended, Program, verdicts};
use rstest::rstest;
use scs_simcloud::{Failure, Fault, Service, SimCloud};
use std::time::{Duration, Instant};

const OUTPUTS: &str = "--output json=r.json --output junit=r.xml --output yaml=r.yaml";

async fn until_asked(cloud: &SimCloud, requests: usize) {
    while cloud.requests().len() < requests {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Asserts that everything was written, and that it says that and why it is not everything.
fn assert_interrupted(ended: &Ended, why: &str) {
    let report = ended.json("r.json");
    assert_eq!(report["interrupted"]["code"], "interrupted");
    assert!(report["interrupted"]["message"].as_str().unwrap().contains(why), "{}", report["interrupted"]);
    assert!(ended.file("r.xml").trim_end().ends_with("</testsuites>"));
    assert!(ended.file("r.yaml").contains("scs-"));
    assert!(ended.stdout.contains(why), "{}", ended.stdout);
    assert_eq!(ended.files(), ["clouds.yaml", "r.json", "r.xml", "r.yaml"]);
}

#[rstest]
#[case("INT", "Ctrl-C")]
#[case("TERM", "SIGTERM")]
#[tokio::test]
async fn signal_ends_a_run_with_the_facts_so_far(#[case] signal: &str, #[case] why: &str) {
    let cloud = cloud().await;
    cloud.plant(Fault::new(Failure::Hang).service(Service::Image));
    let running = Program::check(&cloud, OUTPUTS).start();
    until_asked(&cloud, 6).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let began = Instant::now();
    running.signal(signal);
    let ended = running.ended().await.assert_code(3);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}: not the time-out of the request", began.elapsed());
    assert_interrupted(&ended, why);
    let report = ended.json("r.json");
    assert_eq!(report["testcases"]["scs-0123-service-compute"]["verdict"], "PASS");
    assert_eq!(report["testcases"]["scs-0102-prop-os_distro"]["verdict"], "ABORT");
    assert!(ended.stderr.contains(&format!("the run ends early: stopped by {why}")), "{}", ended.stderr);
}

#[rstest]
#[case("INT", "Ctrl-C")]
#[case("TERM", "SIGTERM")]
#[tokio::test]
async fn a_signal_during_the_login_leaves_nothing_green(#[case] signal: &str, #[case] why: &str) {
    let cloud = cloud().await;
    cloud.plant(Fault::new(Failure::Hang));
    let running = Program::check(&cloud, OUTPUTS).start();
    until_asked(&cloud, 1).await;
    running.signal(signal);
    let ended = running.ended().await.assert_code(3);
    assert_interrupted(&ended, why);
    assert!(verdicts(&ended.json("r.json")).iter().all(|(_, verdict)| verdict == "ABORT"));
}

/// Impatient users press Ctrl-C more than once; that must not cost the reports.
#[tokio::test]
async fn several_signals_are_as_good_as_one() {
    let cloud = cloud().await;
    cloud.plant(Fault::new(Failure::Hang).service(Service::Compute));
    let running = Program::check(&cloud, OUTPUTS).start();
    until_asked(&cloud, 6).await;
    for signal in ["INT", "INT", "TERM"] {
        running.signal(signal);
    }
    assert_interrupted(&running.ended().await.assert_code(3), "stopped by");
}

#[tokio::test]
async fn a_violation_counts_although_the_run_was_stopped() {
    let cloud = cloud().await;
    cloud.update(|state| state.remove_service("load-balancer"));
    cloud.plant(Fault::new(Failure::Hang).service(Service::Image));
    let ended = Program::check(&cloud, "--deadline 3s").arguments(OUTPUTS).run().await.assert_code(1);
    assert_interrupted(&ended, "deadline");
}

#[rstest]
#[case::one_service(Fault::new(Failure::Hang).service(Service::Network))]
#[case::everything(Fault::new(Failure::Hang))]
#[case::slowly(Fault::new(Failure::Drip(3000)))]
#[case::waiting(Fault::new(Failure::RetryAfter { status: 503, after: "3000".into() }).service(Service::Image))]
#[tokio::test]
async fn the_deadline_ends_a_run(#[case] fault: Fault) {
    let cloud = cloud().await;
    cloud.plant(fault);
    let began = Instant::now();
    let ended = Program::check(&cloud, "--deadline 1s").arguments(OUTPUTS).run().await.assert_code(3);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_interrupted(&ended, "the deadline of the run (1s) is over");
}

#[tokio::test]
async fn a_run_that_is_done_in_time_does_not_wait_for_the_deadline() {
    let cloud = cloud().await;
    for deadline in ["5m", "1000000years", "584000000000years"] {
        let ended = Program::check(&cloud, OUTPUTS).arguments("--deadline").argument(deadline).run().await;
        assert!(ended.assert_code(3).json("r.json")["interrupted"].is_null());
    }
}

fn fifo(program: &Program, name: &str) {
    assert!(std::process::Command::new("mkfifo").arg(program.folder().join(name)).status().unwrap().success());
}

/// Nobody ever reads or writes at the other end.
#[rstest]
#[case::report("--deadline 1s --output json=pipe", 3, "pipe cannot be written")]
#[case::recording("--deadline 1s --record pipe", 3, "pipe cannot be written")]
#[case::scope("--deadline 1s --scope ./pipe", 2, "did not end before the deadline")]
#[tokio::test]
async fn the_deadline_ends_a_run_at_a_pipe_too(#[case] arguments: &str, #[case] code: i32, #[case] words: &str) {
    let cloud = cloud().await;
    let program = Program::check(&cloud, arguments);
    fifo(&program, "pipe");
    let ended = program.run().await.assert_code(code);
    assert!(ended.stderr.contains(words), "{}", ended.stderr);
}

#[rstest]
#[case("INT")]
#[case("TERM")]
#[tokio::test]
async fn a_signal_ends_a_run_at_a_pipe_too(#[case] signal: &str) {
    let cloud = cloud().await;
    cloud.plant(Fault::new(Failure::Hang).service(Service::Image));
    let program = Program::check(&cloud, "--output json=pipe --record pipe2 --output yaml=r.yaml");
    fifo(&program, "pipe");
    fifo(&program, "pipe2");
    let running = program.start();
    until_asked(&cloud, 6).await;
    running.signal(signal);
    let ended = running.ended().await.assert_code(3);
    assert!(
        ended.stderr.contains("pipe cannot be written") && ended.file("r.yaml").contains("scs-"),
        "{}",
        ended.stderr
    );
}

/// The run is over, and nobody takes what it prints.
#[tokio::test]
async fn signal_ends_a_program_whose_output_is_not_read() {
    let cloud = cloud().await;
    let program = Program::check(&cloud, "--quiet --output json=r.json --output json=/dev/stdout");
    let (reader, writer) = std::io::pipe().unwrap();
    let folder = program.folder().to_owned();
    let mut running = program.stdout(writer).start();
    while !folder.join("r.json").exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(running.child.try_wait().unwrap().is_none(), "a report is larger than what a pipe holds");
    running.signal("TERM");
    let ended = tokio::time::timeout(crate::program::LONGEST, running.child.wait()).await.expect("it hangs").unwrap();
    assert_eq!(ended.code(), Some(143));
    drop(reader);
}

#[tokio::test]
async fn a_demo_of_a_broken_cloud_ends_by_itself_and_prints_no_command_that_cannot_work() {
    let ended = Program::new("demo iaas --scenario broken").run().await.assert_code(1);
    let report = ended.json("scs-demo/report.json");
    assert!(report["interrupted"].is_null() && report["changes"]["sweep"].is_null(), "{report}");
    assert!(report["changes"]["resources"].as_array().unwrap().iter().any(|made| !made["left"].is_null()));
    for text in [&ended.stdout, &ended.stderr, &ended.file("scs-demo/report.html")] {
        assert!(!text.contains("INTERRUPTED") && !text.contains("scs-conformance sweep"), "{text}");
    }
    assert!(ended.stdout.contains("may still be in the cloud"), "{}", ended.stdout);
}

/// The credential plugin of a kubeconfig may wait for ever; it must not outlive the program.
#[cfg(target_os = "linux")]
#[rstest]
#[case::check("check kaas --data none", 3)]
#[case::collect("collect kaas --data none --output facts.json", 3)]
#[case::doctor("doctor kaas", 3)]
#[case::sweep("sweep kaas --run 20261120t153045-k3f9", 4)]
#[tokio::test]
async fn a_signal_ends_the_credential_plugin_as_well(#[case] arguments: &str, #[case] code: i32) {
    let program = Program::new(arguments).arguments("--kubeconfig kubeconfig.yaml");
    let started = program.folder().join("plugin");
    let exec = serde_json::json!({
        "apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": "sh",
        "args": ["-c", format!("echo $$ > {0}.new && mv {0}.new {0} && exec sleep 600", started.display())],
    });
    let config = serde_json::json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {"exec": exec}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    });
    let running = program.file("kubeconfig.yaml", config.to_string()).start();
    while !started.exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let plugin = std::path::Path::new("/proc").join(std::fs::read_to_string(&started).unwrap().trim());
    running.signal("TERM");
    let ended = running.ended().await.assert_code(code);
    assert!(ended.stderr.contains("SIGTERM"), "{}", ended.stderr);
    for _ in 0..500 {
        if !plugin.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the plugin goes on");
}
