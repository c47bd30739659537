//! `tempest --version`, `tempest run --list-tests`, and `tempest run --subunit`: reads its configuration and accounts, logs in, makes
//! a group and an image in the project, and says in a subunit stream how the tests ended. It runs none.

use super::script::Script;
use super::{Arguments, Outcome, complain, hang, say};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

const TESTS: &str = include_str!("../../standards/data/tempest/scs-0128-v1.txt");
const OPTIONS: [&str; 7] = ["config-file", "list-tests", "subunit", "serial", "concurrency", "load-list", "regex"];

/// The statuses of subunit.
const LISTED: u16 = 1;
const IN_PROGRESS: u16 = 2;
const SUCCESS: u16 = 3;
const SKIP: u16 = 5;
const FAIL: u16 = 6;

pub async fn run(arguments: &Arguments) -> Outcome<ExitCode> {
    if arguments.has("version") {
        say("tempest 47.0.0");
        return Ok(ExitCode::SUCCESS);
    }
    arguments.only(&OPTIONS)?;
    if arguments.words != ["run"] {
        return Err("the command is run".to_owned());
    }
    let (script, configuration) = (Script::of_environment()?, configuration(arguments.get("config-file")?)?);
    match () {
        () if arguments.has("list-tests") => list(&script),
        () if arguments.has("regex") => initialize(),
        () => tests(arguments, &script, &configuration).await,
    }
}

/// Reads a configuration; each option by its section and name.
fn configuration(path: &str) -> Outcome<BTreeMap<String, String>> {
    if !Path::new(path).is_absolute() {
        return Err(format!("Config file: {path} is not absolute"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let (mut section, mut options) = (String::new(), BTreeMap::new());
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if let Some((name, value)) = line.split_once(" = ") {
            options.insert(format!("{section}.{name}"), value.to_owned());
        }
    }
    Ok(options)
}

/// The folder that stestr makes before it runs tests, and needs to list them.
const REPOSITORY: &str = ".stestr";

/// Runs no test, as none has such a name.
fn initialize() -> Outcome<ExitCode> {
    std::fs::create_dir_all(REPOSITORY).map_err(|error| error.to_string())?;
    Err("The specified regex doesn't match with anything".to_owned())
}

/// Lists the tests, and others; Python says this and that before.
fn list(script: &Script) -> Outcome<ExitCode> {
    if !Path::new(REPOSITORY).is_dir() {
        return Err("No repository found. Create one by running \"stestr init\".".to_owned());
    }
    if script.crashes == "list" {
        return Err("ImportError: No module named tempest_lib, password=abcdefgh".to_owned());
    }
    complain("INFO tempest [-] Using tempest config file");
    let listed = TESTS.lines().filter(|name| !script.unlisted.iter().any(|part| name.contains(part.as_str())));
    listed.for_each(say);
    say(
        "tempest.api.compute.admin.test_agents.AgentsAdminTestJSON.test_list_agents[id-6a326c69-654b-438a-80a3-34bcc454e138]",
    );
    Ok(ExitCode::SUCCESS)
}

async fn tests(arguments: &Arguments, script: &Script, options: &BTreeMap<String, String>) -> Outcome<ExitCode> {
    if arguments.has("serial") == arguments.has("concurrency") || !arguments.has("subunit") {
        return Err("one of --serial and --concurrency is needed, and --subunit".to_owned());
    }
    if script.crashes == "run" {
        return Err("tempest.exceptions.InvalidConfiguration: token=abcdefgh".to_owned());
    }
    let list = arguments.get("load-list")?;
    let list = std::fs::read_to_string(list).map_err(|error| format!("{list}: {error}"))?;
    let project = Project::entered(options).await?;
    project.create().await?;
    say("Running in a folder of its own");
    let code = results(script, &list.lines().collect::<Vec<_>>()).await;
    if !script.leaves && code.is_ok() {
        project.remove().await?;
    }
    code
}

/// Says how the tests end.
async fn results(script: &Script, tests: &[&str]) -> Outcome<ExitCode> {
    let pause = script.lasts / u32::try_from(tests.len().max(1)).unwrap_or(1);
    let has = |parts: &[String], test: &str| parts.iter().any(|part| test.contains(part.as_str()));
    tests.iter().for_each(|test| event(test, LISTED, None));
    for (index, test) in tests.iter().enumerate() {
        let is_middle = index == tests.len() / 2;
        match script.crashes.as_str() {
            "tests" if is_middle => return crash(test),
            "damaged" if is_middle => emit(b"\xB3\x20\x03\x10damaged packet"),
            "silent" if is_middle => return Ok(ExitCode::SUCCESS),
            "killed" if is_middle => kill_self(),
            _ => {}
        }
        if script.hangs == "tests" && is_middle {
            event(test, IN_PROGRESS, None);
            hang().await;
        }
        if has(&script.classes, test) {
            let class = test.split('[').next().and_then(|name| name.rsplit_once('.')).unwrap_or_default().0;
            event(
                &format!("setUpClass ({class})"),
                FAIL,
                Some("tempest.lib.exceptions.TimeoutException: Request timed out"),
            );
            continue;
        }
        let status = match () {
            () if has(&script.failed, test) => FAIL,
            () if has(&script.skipped, test) => SKIP,
            () => SUCCESS,
        };
        event(test, IN_PROGRESS, None);
        let error = script.error.as_deref().unwrap_or("tempest.lib.exceptions.ServerFault: Got server fault");
        event(test, status, (status == FAIL).then_some(error));
        tokio::time::sleep(pause).await;
    }
    // With a stream of results, the exit code says nothing of them.
    Ok(ExitCode::SUCCESS)
}

/// Ends as stestr does when a worker was killed.
fn crash(test: &str) -> Outcome<ExitCode> {
    event(test, IN_PROGRESS, None);
    emit(b"\n");
    event("process-returncode", FAIL, Some("returncode -11"));
    complain("The following tests exited without returning a status and likely segfaulted or crashed Python");
    Ok(ExitCode::FAILURE)
}

fn kill_self() {
    let _ = std::process::Command::new("sh").args(["-c", &format!("kill -9 {}", std::process::id())]).status();
}

/// Writes an event: the error of a test, and its status.
fn event(test: &str, status: u16, error: Option<&str>) {
    if let Some(error) = error {
        let text = format!("Traceback (most recent call last):\n  File \"test.py\", line 1, in test\n{error}\n");
        let file = [number(9), b"traceback".to_vec(), number(text.len()), text.into_bytes()].concat();
        emit(&packet(0x0840, &[id(test), file].concat()));
    }
    let mut fields = u32::try_from(chrono::Utc::now().timestamp()).unwrap_or_default().to_be_bytes().to_vec();
    fields.push(0);
    fields.extend(id(test));
    emit(&packet(0x0A00 | status, &fields));
}

fn id(test: &str) -> Vec<u8> {
    [number(test.len()), test.as_bytes().to_vec()].concat()
}

/// Returns a number in two bytes.
fn number(length: usize) -> Vec<u8> {
    (0x4000 | u16::try_from(length).unwrap_or_default()).to_be_bytes().to_vec()
}

fn packet(flags: u16, fields: &[u8]) -> Vec<u8> {
    let mut packet = vec![0xB3];
    packet.extend((0x2000 | flags).to_be_bytes());
    packet.extend(number(5 + fields.len() + 4));
    packet.extend(fields);
    let checksum = crc32fast::hash(&packet);
    packet.extend(checksum.to_be_bytes());
    packet
}

fn emit(bytes: &[u8]) {
    let mut stdout = std::io::stdout();
    let _ = stdout.write_all(bytes).and_then(|()| stdout.flush());
}

/// A project of a cloud, as Tempest sees it.
struct Project {
    client: Client,
    token: String,
    compute: String,
    network: String,
    image: String,
}

/// The names of what it makes: those of Tempest, and one that Tempest forgets to name so.
const IMAGE: &str = "tempest-image-1234567";
const GROUP: &str = "tempest-securitygroup--7654321";
const NETWORK: &str = "New_network";

impl Project {
    /// Logs in with the first account that has the role of a member, and makes sure that the configuration fits the cloud.
    async fn entered(options: &BTreeMap<String, String>) -> Outcome<Self> {
        let option = |name: &str| {
            options.get(name).filter(|value| !value.is_empty()).ok_or_else(|| format!("{name} is missing"))
        };
        let path = option("auth.test_accounts_file")?;
        let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        let accounts: Vec<Value> = serde_yaml::from_str(&text).map_err(|error| error.to_string())?;
        let is_member =
            |account: &&Value| account["roles"].as_array().is_some_and(|roles| roles.contains(&json!("member")));
        let account = accounts.iter().find(is_member).ok_or("No credentials with role: member")?;
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": {
                "name": account["username"], "domain": {"name": account["user_domain_name"]}, "password": account["password"],
            }}},
            "scope": {"project": {"name": account["project_name"], "domain": {"name": account["project_domain_name"]}}},
        }});
        let client = Client::builder().timeout(Duration::from_secs(20)).build().map_err(|error| error.to_string())?;
        let url = format!("{}/auth/tokens", option("identity.uri_v3")?);
        let answer = client.post(url).json(&body).send().await.map_err(|error| error.to_string())?;
        let token = answer.headers().get("x-subject-token").and_then(|token| token.to_str().ok()).unwrap_or_default();
        let token = token.to_owned();
        let catalog: Value = answer.json().await.map_err(|error| error.to_string())?;
        let endpoint = |kind: &str| {
            let services = catalog["token"]["catalog"].as_array().into_iter().flatten();
            let mut endpoints =
                services.filter(|one| one["type"] == kind).flat_map(|one| one["endpoints"].as_array()).flatten();
            let public = endpoints.find(|one| one["interface"] == "public").ok_or(format!("no endpoint of {kind}"))?;
            Ok::<_, String>(public["url"].as_str().unwrap_or_default().to_owned())
        };
        endpoint(option("volume.catalog_type")?)?;
        let (compute, network) = (endpoint("compute")?, format!("{}/v2.0", endpoint("network")?));
        let project = Self { client, token, compute, network, image: format!("{}/v2", endpoint("image")?) };
        for name in [
            "compute.image_ref",
            "compute.image_ref_alt",
            "network.public_network_id",
            "network-feature-enabled.api_extensions",
        ] {
            option(name)?;
        }
        for flavor in ["compute.flavor_ref", "compute.flavor_ref_alt"] {
            project.get(&format!("{}/flavors/{}", project.compute, option(flavor)?)).await?;
        }
        let fixed = format!("{}/networks?name={}", project.network, option("compute.fixed_network_name")?);
        match project.get(&fixed).await?["networks"].as_array().map(Vec::len) {
            Some(1) => Ok(project),
            other => Err(format!("{other:?} networks for servers")),
        }
    }

    async fn get(&self, url: &str) -> Outcome<Value> {
        let answer = self.client.get(url).header("x-auth-token", &self.token).send().await;
        let answer = answer.and_then(|answer| answer.error_for_status()).map_err(|error| error.to_string())?;
        answer.json().await.map_err(|error| error.to_string())
    }

    async fn post(&self, url: &str, body: &Value) -> Outcome {
        let answer = self.client.post(url).header("x-auth-token", &self.token).json(body).send().await;
        answer.and_then(|answer| answer.error_for_status()).map(drop).map_err(|error| error.to_string())
    }

    async fn create(&self) -> Outcome {
        let Self { image, network, .. } = self;
        self.post(
            &format!("{image}/images"),
            &json!({"name": IMAGE, "disk_format": "raw", "container_format": "bare"}),
        )
        .await?;
        self.post(&format!("{network}/security-groups"), &json!({"security_group": {"name": GROUP}})).await?;
        self.post(&format!("{network}/networks"), &json!({"network": {"name": NETWORK}})).await
    }

    async fn remove(&self) -> Outcome {
        let Self { image, network, .. } = self;
        let all = [
            (image, "images", "images", IMAGE),
            (network, "security-groups", "security_groups", GROUP),
            (network, "networks", "networks", NETWORK),
        ];
        for (service, kind, key, name) in all {
            for one in self.get(&format!("{service}/{kind}?name={name}")).await?[key].as_array().into_iter().flatten() {
                self.delete(&format!("{service}/{kind}/{}", one["id"].as_str().unwrap_or_default())).await?;
            }
        }
        Ok(())
    }

    async fn delete(&self, url: &str) -> Outcome {
        let answer = self.client.delete(url).header("x-auth-token", &self.token).send().await;
        match answer.map_err(|error| error.to_string())?.status() {
            StatusCode::NOT_FOUND => Ok(()),
            status if status.is_success() => Ok(()),
            status => Err(format!("{url}: {status}")),
        }
    }
}
