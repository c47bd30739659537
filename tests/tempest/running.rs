//! Tempest, run by a program that stands in for it (`tests/stand_in/`) in a simulated cloud: whatever comes of it, nothing passes that
//! was not run, and nothing of it stays in the project unsaid.

use crate::program::{Ended, LONGEST, Program, Running, files_in};
use crate::suites::bench::STAND_IN;
use crate::support::conformant;
use chrono::Datelike;
use rstest::rstest;
use scs_simcloud::{Item, SimCloud, State};
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;

const TEST: &str = "test_list_flavors_with_detail";
/// The test that needs a second project.
const OF_TWO_PROJECTS: &str = "test_list_projects_returns_only_authorized_projects";

/// A cloud, and a machine with Tempest.
struct Scene {
    cloud: SimCloud,
    folder: TempDir,
    before: Vec<Item>,
}

impl Scene {
    async fn new(change: impl FnOnce(&mut State)) -> Self {
        let cloud = SimCloud::start(conformant(change)).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("bin")).unwrap();
        std::os::unix::fs::symlink(&*STAND_IN, folder.path().join("bin/tempest")).unwrap();
        let before = cloud.inventory();
        Self { cloud, folder, before }
    }

    async fn plain() -> Self {
        Self::new(|_| {}).await
    }

    fn command(&self, arguments: &str) -> Program {
        let program = Program::new(arguments).clouds(&self.cloud.clouds_yaml("sim").unwrap());
        let path = format!("{}:/usr/bin:/bin", self.folder.path().join("bin").display());
        program.env("PATH", &path).argument("--journal").argument(self.folder.path().join("journals"))
    }

    /// Returns a run of Tempest alone, with accounts of two projects, which goes by the script.
    fn check(&self, script: &str) -> Program {
        let user = self.cloud.state().identity.users[0].clone();
        let account = |role: &str, key: &str| {
            json!({"username": user.name, "password": user.password, "user_domain_name": user.domain.name,
                key: "demo", "project_domain_name": "Default", "roles": [role]})
        };
        let accounts = json!([account("member", "project_name"), account("reader", "tenant_name")]);
        self.alone("sim", script)
            .arguments("--tempest-accounts accounts.yaml")
            .file("accounts.yaml", accounts.to_string())
    }

    /// Returns a run with the accounts of the user of this cloud.
    fn alone(&self, cloud: &str, script: &str) -> Program {
        let program =
            self.command("check iaas --allow-changes --tempest auto --select scs-0128-e2e --by-text -o json=r.json");
        program.arguments("--cleanup-limit 20s --cloud").argument(cloud).env("STAND_IN", script)
    }

    /// Asserts that the project is as it was, and that no journal says otherwise.
    #[track_caller]
    fn assert_clean(&self) {
        assert_eq!(self.cloud.inventory(), self.before);
        assert!(self.journals().is_empty(), "{:?}", self.journals());
    }

    fn journals(&self) -> Vec<String> {
        files_in(&self.folder.path().join("journals"))
    }

    /// Makes journals look as if their run had been killed long ago, so that a sweep does not wait for what may still come.
    fn age_journals(&self) {
        let year = chrono::Utc::now().year();
        for name in self.journals() {
            let path = self.folder.path().join("journals").join(name);
            let text = std::fs::read_to_string(&path).unwrap();
            let aged = text.replace(&format!(r#""at":"{year}-"#), &format!(r#""at":"{}-"#, year - 1));
            std::fs::write(&path, aged).unwrap();
        }
    }

    /// Waits until Tempest has made something.
    async fn begun(&self, running: &mut Running) {
        let begun = async {
            while !self.cloud.inventory().iter().any(|item| item.name == "New_network") {
                assert!(running.child.try_wait().unwrap().is_none(), "it ended before");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(LONGEST, begun).await.expect("no test begins");
    }
}

fn result(ended: &Ended) -> Value {
    ended.json("r.json")["testcases"]["scs-0128-e2e"].clone()
}

#[track_caller]
fn assert_verdict(ended: &Ended, verdict: &str, words: &[&str]) {
    let result = result(ended);
    assert_eq!(result["verdict"], verdict, "{result:#}\n{}", ended.stderr);
    let text = result.to_string();
    for word in words {
        assert!(text.contains(word), "{word:?} in {result:#}");
    }
    for output in [&ended.stdout, &ended.stderr, &ended.file("r.json")] {
        assert!(!output.contains("abcdefgh"), "a secret is shown: {output}");
    }
}

#[rstest]
#[case::all("", 0, "PASS", &["258 of 258 tests passed, 0 were skipped", "sha256", "Tempest 47.0.0"])]
#[case::skipped("skipped=.api.volume.", 0, "PASS", &["193 of 258 tests passed, 65 were skipped"])]
#[case::failed(&format!("failed={TEST}"), 1, "FAIL", &[TEST, "failed: tempest.lib.exceptions.ServerFault: Got server fault"])]
#[case::class("class=FlavorsV2TestJSON", 1, "FAIL", &[TEST, "TimeoutException: Request timed out"])]
#[tokio::test]
async fn tests_that_ran_to_their_end_decide(
    #[case] script: &str,
    #[case] code: i32,
    #[case] verdict: &str,
    #[case] words: &[&str],
) {
    let scene = Scene::plain().await;
    let ended = scene.check(script).run().await.assert_code(code);
    assert_verdict(&ended, verdict, words);
    assert!(!ended.stdout.contains("BROUGHT ALONG"), "{}", ended.stdout);
    assert!(ended.stderr.contains("the tests of Tempest: "), "{}", ended.stderr);
    scene.assert_clean();
}

#[rstest]
#[case::unlisted(&format!("unlisted={TEST}"), "", &[TEST, "Tempest 47.0.0 does not have all listed tests"])]
#[case::none_listed("unlisted=tempest.", "", &["suite-failed", "has none of the listed tests"])]
#[case::no_list("crashes=list", "", &["suite-failed", "tempest run --list-tests failed", "ImportError"])]
#[case::configuration("crashes=run", "", &["tempest run failed", "InvalidConfiguration", "258 of the listed tests were not run"])]
#[case::worker("crashes=tests", "", &["a worker of Tempest crashed", "likely segfaulted", "were not run to their end"])]
#[case::damaged("crashes=damaged", "", &["the stream of results is damaged"])]
#[case::missing("crashes=silent", "", &["129 of the listed tests were not run to their end"])]
#[case::killed("crashes=killed", "", &["SIGKILL"])]
#[case::late("hangs=tests", "--tempest-limit 3s", &["tempest run did not end within 3s", "--tempest-limit", "were not run to their end"])]
#[case::all_skipped("skipped=tempest.", "", &["no listed test has passed"])]
#[case::accounts(&format!("failed={TEST},error=tempest.lib.exceptions.InvalidCredentials: Insufficient"), "", &["for want of accounts"])]
#[tokio::test]
async fn whatever_was_not_run_is_not_decided(#[case] script: &str, #[case] arguments: &str, #[case] words: &[&str]) {
    let scene = Scene::plain().await;
    let ended = scene.check(script).arguments(arguments).run().await.assert_code(3);
    assert_verdict(&ended, "ABORT", words);
    let rest: Vec<Item> = scene.cloud.inventory().into_iter().filter(|item| !scene.before.contains(item)).collect();
    assert!(rest.iter().all(|item| item.name == "New_network"), "{rest:?}");
    assert!(scene.journals().is_empty());
}

/// A failure is proven, also where the rest was not run.
#[tokio::test]
async fn a_failure_before_the_deadline_counts() {
    let scene = Scene::plain().await;
    let program = scene.check("failed=tempest.api.compute.flavors,hangs=tests").arguments("--tempest-limit 3s");
    assert_verdict(&program.run().await.assert_code(1), "FAIL", &["ServerFault"]);
}

#[tokio::test]
async fn what_tempest_leaves_is_removed_and_told() {
    let scene = Scene::plain().await;
    let ended = scene.check("leaves").run().await.assert_code(0);
    let words = [
        "Tempest left the image tempest-image-1234567, which was removed",
        "the network New_network (",
        "was not removed",
    ];
    assert_verdict(&ended, "PASS", &words);
    assert!(ended.stderr.contains("bears none of its names; it is left alone"), "{}", ended.stderr);
    let rest: Vec<Item> = scene.cloud.inventory().into_iter().filter(|item| !scene.before.contains(item)).collect();
    assert_eq!(rest.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), ["New_network"]);
    let made = ended.json("r.json")["changes"]["resources"].clone();
    assert!(made.to_string().contains("tempest-securitygroup--7654321"), "{made:#}");
}

/// What was there before is somebody else's, whatever it is called.
#[tokio::test]
async fn what_was_there_before_stays() {
    let scene = Scene::new(|state| {
        let user = state.identity.users[0].id.clone();
        let keypair = scs_simcloud::Keypair { name: "tempest-mine-1".into(), user, public_key: String::new() };
        state.resources.keypairs.push(keypair);
    });
    let scene = scene.await;
    scene.check("").run().await.assert_code(0);
    scene.assert_clean();
}

/// With the user's own account one test cannot be run, so nothing passes; but what fails, fails.
#[rstest]
#[case("", 3, "ABORT", OF_TWO_PROJECTS)]
#[case("failed=test_list_flavors_with_detail", 1, "FAIL", TEST)]
#[tokio::test]
async fn one_account_is_not_enough_to_pass(
    #[case] script: &str,
    #[case] code: i32,
    #[case] verdict: &str,
    #[case] word: &str,
) {
    let scene = Scene::plain().await;
    let ended = scene.alone("sim", script).run().await.assert_code(code);
    assert_verdict(&ended, verdict, &[word]);
    let password = scene.cloud.state().identity.users[0].password.clone();
    for output in [&ended.stdout, &ended.stderr, &ended.file("r.json")] {
        assert!(!output.contains(&password), "{output}");
    }
    scene.assert_clean();
}

#[tokio::test]
async fn application_credentials_are_refused_before_anything_is_made() {
    let scene = Scene::plain().await;
    let ended = scene.alone("sim-appcred", "").run().await.assert_code(3);
    assert_verdict(&ended, "ABORT", &["configuration", "knows no application credentials", "--tempest-accounts"]);
    scene.assert_clean();
}

#[rstest]
#[case::consent("check iaas --cloud sim --tempest auto", "--allow-changes")]
#[case::both("check iaas --cloud sim --allow-changes --tempest auto --results x", "cannot be used with")]
#[case::nowhere("check iaas --cloud sim --allow-changes --tempest /nowhere/tempest", "there is no such program")]
#[case::accounts(
    "check iaas --cloud sim --allow-changes --tempest auto --tempest-accounts none",
    "there is no such file"
)]
#[case::workers("check iaas --cloud sim --allow-changes --tempest auto --tempest-workers 2", "--tempest-accounts")]
#[tokio::test]
async fn what_cannot_work_is_refused_before_anything_is_asked(#[case] arguments: &str, #[case] message: &str) {
    let scene = Scene::plain().await;
    let ended = scene.command(arguments).run().await.assert_code(2);
    assert!(ended.stderr.contains(message), "{}", ended.stderr);
    assert_eq!(scene.cloud.tokens_issued(), 0);
}

#[tokio::test]
async fn tempest_that_is_not_installed_is_told() {
    let scene = Scene::plain().await;
    let ended = scene.check("").env("PATH", "/nonexistent").run().await.assert_code(2);
    assert!(ended.stderr.contains("pip install tempest"), "{}", ended.stderr);
}

#[rstest]
#[case("INT", "stopped by Ctrl-C")]
#[case("TERM", "stopped by SIGTERM")]
#[tokio::test]
async fn a_run_that_is_stopped_removes_what_bears_the_name(#[case] signal: &str, #[case] why: &str) {
    let scene = Scene::plain().await;
    let mut running = scene.check("hangs=tests").start();
    scene.begun(&mut running).await;
    running.signal(signal);
    let ended = running.ended().await.assert_code(3);
    assert_verdict(&ended, "ABORT", &[why]);
    assert!(ended.stderr.contains("the network New_network ("), "{}", ended.stderr);
    let rest: Vec<Item> = scene.cloud.inventory().into_iter().filter(|item| !scene.before.contains(item)).collect();
    assert_eq!(rest.len(), 1, "{rest:?}");
    assert!(scene.journals().is_empty());
}

/// Nothing of Tempest outlives us, and the journal knows what was there before.
#[tokio::test]
async fn a_run_that_is_killed_is_swept() {
    let scene = Scene::plain().await;
    let mut running = scene.check("hangs=tests").start();
    scene.begun(&mut running).await;
    running.child.kill().await.unwrap();
    scene.age_journals();
    let ended = scene.command("sweep iaas --cloud sim --dry-run").run().await.assert_code(0);
    for left in ["tempest-image-1234567", "tempest-securitygroup--7654321", "-router"] {
        assert!(ended.stdout.contains(left), "{left}: {}", ended.stdout);
    }
    assert!(!ended.stdout.contains("New_network"), "{}", ended.stdout);
    let ended = scene.command("sweep iaas --cloud sim").run().await.assert_code(0);
    assert!(ended.stderr.contains("the network New_network ("), "{}", ended.stderr);
    let rest: Vec<Item> = scene.cloud.inventory().into_iter().filter(|item| !scene.before.contains(item)).collect();
    assert_eq!(rest.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), ["New_network"]);
    assert!(scene.journals().is_empty());
}

#[tokio::test]
async fn a_recording_of_a_run_decides_the_same() {
    let scene = Scene::plain().await;
    let program =
        scene.command("collect iaas --cloud sim --allow-changes --step-limit 3s --tempest auto -o facts.json");
    let ended = program.env("STAND_IN", "failed=test_list_flavors_with_detail").run().await;
    let facts = ended.json("facts.json");
    let results = &facts["collected"]["facts"]["cloud"]["tempest_results"]["known"];
    assert_eq!(results["source"], "Tempest 47.0.0", "{}", ended.stderr);
    let ended = Program::new("evaluate facts.json --select scs-0128-e2e --by-text -o json=r.json");
    let ended = ended.file("facts.json", facts.to_string()).run().await.assert_code(1);
    assert_verdict(&ended, "FAIL", &[TEST]);
}

#[rstest]
#[case::found("sim", "auto", 0, &["Tempest 47.0.0", "one listed test needs a user in", "image Debian", "public"])]
#[case::missing("sim", "/nowhere/tempest", 3, &["there is no such program"])]
#[case::credential("sim-appcred", "auto", 3, &["does not log in by password", "--tempest-accounts"])]
#[tokio::test]
async fn doctor_tells_what_tempest_lacks(
    #[case] cloud: &str,
    #[case] tempest: &str,
    #[case] code: i32,
    #[case] words: &[&str],
) {
    let scene = Scene::plain().await;
    let program = scene.command("doctor iaas --allow-changes").arguments(&format!("--cloud {cloud} --tempest"));
    let ended = program.argument(tempest).run().await.assert_code(code);
    for word in words {
        assert!(ended.stdout.contains(word), "{word:?} in {}", ended.stdout);
    }
}
