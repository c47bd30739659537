//! Pods of experiments: what runs in them, where, and how it is known what became of them. What a pod found is what it
//! has printed, as nothing else proves that it ran: a node in name only calls its pods running, too.

use super::context::ExperimentContext;
use crate::collect::Probe;
use crate::collect::context::{Wait, WaitState};
use crate::kubernetes::{Admission, CONTAINER, Error, ErrorKind, EventObject, Order};
use crate::ledger::Kind;
use serde_json::{Value, json};
use std::time::Duration;

/// The time after which a new namespace has to accept pods.
const OPENING: Duration = Duration::from_secs(30);
/// The name of what is mounted.
const VOLUME: &str = "volume";
/// The seconds after which a pod ends by itself, should its run have been killed and not been swept yet.
const LONGEST: u32 = 2 * 3600;

/// The script of a pod, and its placement.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan<'a> {
    /// The script that the shell runs.
    pub script: &'a str,
    /// The variables that it sees.
    pub variables: &'a [(&'a str, String)],
    /// The mount point, and the volume there.
    pub mount: Option<(&'a str, Mount<'a>)>,
    /// The node that it must not run on.
    pub not_on: Option<&'a str>,
    /// Volumes may belong to root.
    pub as_root: bool,
}

/// A volume that a pod can write to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mount<'a> {
    /// The volume of this claim.
    Claim(&'a str),
    /// A folder of its own that vanishes with it.
    Scratch,
}

impl Plan<'_> {
    /// Returns the pod as the API has it; nothing that the level `restricted` forbids, but for root where it is asked
    /// for.
    pub fn spec(&self, probe: &Probe) -> Value {
        let variables = self.variables.iter().map(|(name, value)| json!({"name": name, "value": value}));
        let mut selector = json!({"kubernetes.io/os": "linux"});
        if let Some((label, value)) = &probe.nodes {
            selector[label] = json!(value);
        }
        let mut spec = json!({
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 1,
            "activeDeadlineSeconds": LONGEST,
            "automountServiceAccountToken": false,
            "enableServiceLinks": false,
            "nodeSelector": selector,
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{
                "name": CONTAINER,
                "image": probe.image,
                "imagePullPolicy": "IfNotPresent",
                "command": ["sh", "-c", self.script],
                "env": variables.collect::<Vec<_>>(),
                "resources": {
                    "requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"cpu": "200m", "memory": "64Mi"},
                },
                "securityContext": {
                    "allowPrivilegeEscalation": false,
                    "capabilities": {"drop": ["ALL"]},
                    "runAsNonRoot": !self.as_root,
                    "runAsUser": if self.as_root { 0 } else { 65534 },
                },
            }],
        });
        if let Some((path, mount)) = self.mount {
            spec["volumes"] = match mount {
                Mount::Claim(name) => json!([{"name": VOLUME, "persistentVolumeClaim": {"claimName": name}}]),
                Mount::Scratch => json!([{"name": VOLUME, "emptyDir": {}}]),
            };
            spec["containers"][0]["volumeMounts"] = json!([{"name": VOLUME, "mountPath": path}]);
        }
        if let Some(node) = self.not_on {
            let elsewhere = json!({"key": "metadata.name", "operator": "NotIn", "values": [node]});
            spec["affinity"] = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchFields": [elsewhere]}],
            }}});
        }
        spec
    }
}

/// Makes a namespace for an experiment, and waits until it takes a harmless pod; its name.
///
/// # Errors
/// It cannot be made; or nothing of ours is admitted there, so that nothing could be tried.
pub(super) async fn open_namespace(context: &ExperimentContext<'_>, label: &str) -> Result<String, Error> {
    let namespace = context.ledger.create(label, &Order::Namespace { level: "baseline" }).await?.id;
    let harmless = Plan { script: "true", ..Plan::default() }.spec(&context.terms.probe);
    let what = format!("the namespace {namespace}");
    let opened = context.wait_for(OPENING, &what, async || {
        let asked = context.ledger.with(Kind::Namespace, &namespace, async |writer, warrant| {
            writer.admits(warrant, &namespace, &harmless).await
        });
        Ok(match asked.await? {
            Admission::Admitted => WaitState::Done(()),
            // Its service account comes a moment later.
            Admission::Refused(why) if why.contains("serviceaccount") || why.contains("service account") => {
                WaitState::Pending(why)
            }
            Admission::Refused(why) => WaitState::Broken(why),
        })
    });
    opened.await?.done("the cluster does not take the pods of this experiment")?;
    Ok(namespace)
}

/// The progress of a pod.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum PodState {
    /// No node has taken it yet; with the scheduler's reason, if it gives one.
    Unscheduled(String),
    /// It waits on its node: for what, and the reason.
    Waiting { reason: String, message: String },
    /// It runs, or so the cluster says.
    Running,
    /// It has ended.
    Ended { code: Option<i64> },
}

impl PodState {
    /// Reads it from a pod.
    pub fn from_pod(pod: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let states = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
        let own = states.into_iter().find(|status| status["name"] == CONTAINER);
        let state = own.map_or(&Value::Null, |status| &status["state"]);
        match pod["status"]["phase"].as_str() {
            Some("Running") => Self::Running,
            Some("Succeeded" | "Failed") => Self::Ended { code: state["terminated"]["exitCode"].as_i64() },
            _ if pod["spec"]["nodeName"].is_string() => {
                Self::Waiting { reason: text(&state["waiting"]["reason"]), message: text(&state["waiting"]["message"]) }
            }
            _ => {
                let mut conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
                let refused =
                    conditions.find(|condition| condition["type"] == "PodScheduled" && condition["status"] == "False");
                Self::Unscheduled(refused.map(|condition| text(&condition["message"])).unwrap_or_default())
            }
        }
    }

    /// Returns the reason why it will never run, whatever happens to its volume.
    fn is_hopeless(&self) -> Option<String> {
        const NEVER: &[&str] = &[
            "ImagePullBackOff",
            "InvalidImageName",
            "ErrImageNeverPull",
            "CreateContainerConfigError",
            "CreateContainerError",
            "RunContainerError",
        ];
        match self {
            Self::Waiting { reason, message } if NEVER.contains(&reason.as_str()) => {
                let image = if reason.contains("Image") { "; --probe-image names another image" } else { "" };
                Some(format!("{reason}: {message}{image}"))
            }
            _ => None,
        }
    }

    /// Returns the state in words.
    pub fn summary_line(&self) -> String {
        match self {
            Self::Unscheduled(why) if why.is_empty() => "no node has taken it yet".to_owned(),
            Self::Unscheduled(why) => format!("no node takes it: {why}"),
            Self::Waiting { reason, message } => {
                format!("it waits on its node: {reason} {message}").trim_end().to_owned()
            }
            Self::Running => "it runs".to_owned(),
            Self::Ended { code } => {
                format!("it ended with {}", code.map_or("no code".to_owned(), |code| code.to_string()))
            }
        }
    }
}

/// The end of waiting for a pod.
pub(super) enum PodOutcome<T> {
    /// It has said what was awaited, on this node.
    Printed(T, String),
    /// It did not come so far in time.
    Stuck(Stuck),
}

/// A pod that did not come so far in time.
pub(super) struct Stuck {
    /// Its progress.
    pub state: PodState,
    /// The same in words, with what the cluster said of it last.
    pub how: String,
    /// The reasons of the cluster's events about it.
    pub reasons: Vec<String>,
}

/// Waits until a pod has said something that makes sense to `read`.
///
/// # Errors
/// It can never run; it ended without saying it; or its node does not tell what it said.
pub(super) async fn outcome<T>(
    context: &ExperimentContext<'_>,
    what: &str,
    pod: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<PodOutcome<T>, Error> {
    let mut last = PodState::Unscheduled(String::new());
    let mut deaf = 0;
    let waited = context.wait(what, async || {
        let object = context.reader.made(Kind::Pod, pod).await?;
        last = PodState::from_pod(&object);
        if let Some(why) = last.is_hopeless() {
            return Err(Error::new(ErrorKind::Failed, format!("{what} cannot run: {why}")));
        }
        if !matches!(last, PodState::Running | PodState::Ended { .. }) {
            return Ok(WaitState::Pending(last.summary_line()));
        }
        let said = match context.reader.log(pod, LINES).await {
            Ok(said) => said,
            // A container that has just begun may not be known to its node yet.
            Err(_) if deaf < DEAF => {
                deaf += 1;
                return Ok(WaitState::Pending("its log cannot be read yet".to_owned()));
            }
            Err(error) => return Err(unheard(what, &error)),
        };
        deaf = 0;
        let node = object["spec"]["nodeName"].as_str().unwrap_or_default().to_owned();
        match (read(&said), &last) {
            (Some(found), _) => Ok(WaitState::Done((found, node))),
            (None, PodState::Ended { .. }) => {
                let what = format!("{what} printed no result; {}: {said}", last.summary_line());
                Err(Error::new(ErrorKind::Failed, what))
            }
            _ => Ok(WaitState::Pending(last.summary_line())),
        }
    });
    match waited.await? {
        Wait::Done((found, node)) => Ok(PodOutcome::Printed(found, node)),
        Wait::Broken(how) | Wait::TooLate(how) => Ok(PodOutcome::Stuck(stuck(context, pod, last, how).await)),
    }
}

/// Adds the events of the cluster, as far as they may be read.
async fn stuck(context: &ExperimentContext<'_>, pod: &str, state: PodState, how: String) -> Stuck {
    let events = events(context, pod).await.unwrap_or_default();
    Stuck { state, how: how + &last(&events), reasons: events.into_iter().map(|event| event.reason).collect() }
}

/// Returns the last of them, to be added to a message.
pub(super) fn last(events: &[EventObject]) -> String {
    events.last().map(|event| format!("; {}: {}", event.reason, event.message)).unwrap_or_default()
}

/// Returns the events of the cluster about something in a namespace.
pub(super) async fn events(context: &ExperimentContext<'_>, id: &str) -> Result<Vec<EventObject>, Error> {
    let (namespace, name) = id.split_once('/').unwrap_or_default();
    context.reader.events(namespace, name).await
}

/// The number of lines of a log that are read.
pub(super) const LINES: u32 = 20;
/// The number of times in a row that a log may be unreadable although its pod is reported as running.
pub(super) const DEAF: u32 = 5;

/// Returns the error for a log that cannot be read.
fn unheard(what: &str, error: &Error) -> Error {
    let text = format!("{what} is reported as running, but its log cannot be read: {}", error.what);
    Error {
        what: text,
        help: "check that its node exists, and that the API server can reach its kubelet".to_owned(),
        ..error.clone()
    }
}

/// Returns two random numbers for a pod, and their product: nothing that did not run can know it.
pub(super) fn riddle() -> ([(&'static str, String); 2], String) {
    let (left, right) = (rand::random_range(1_000_u32..30_000), rand::random_range(1_000_u32..30_000));
    ([("LEFT", left.to_string()), ("RIGHT", right.to_string())], (left * right).to_string())
}
