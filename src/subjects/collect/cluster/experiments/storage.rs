//! scs-0211: claims a volume without naming a class; a pod writes to it and reads it back, and another one reads it on
//! another node, where there is one.

use super::context::ExperimentContext;
use super::pods::{Mount, Plan, PodOutcome, PodState, Stuck, events, last, open_namespace, outcome, riddle};
use crate::collect::context::{Wait, WaitState};
use crate::kubernetes::{Error, ErrorKind, Order, STORAGE};
use crate::ledger::Kind;
use scs_checks::facts::{AfterMove, Slot, StorageClass, StorageClasses, StorageStep, StorageTrial};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The least that storage systems make.
const SIZE: &str = "1Gi";
/// The size of the claim.
const ACCESS_MODE: &str = "ReadWriteOnce";

const WRITE: &str = "\
said=$( (echo $((LEFT * RIGHT)) > /data/answer && sync) 2>&1 ) || { echo \"unwritten $said\"; exit; }
echo \"read $(cat /data/answer)\"";
const READ: &str = "echo \"read $(cat /data/answer)\"";

/// The result that a pod prints.
#[derive(Clone, Debug, Eq, PartialEq)]
enum PodReport {
    /// It could not write: why.
    Unwritten(String),
    /// The text that it read.
    Read(String),
}

/// Tries it. What the storage does not do is a fact; what could not be tried is an error.
pub(super) async fn storage(
    context: &ExperimentContext<'_>,
    classes: &Slot<StorageClasses>,
) -> Result<StorageTrial, Error> {
    spare_others(context, classes).await?;
    let namespace = open_namespace(context, STORAGE).await?;
    let began = Instant::now();
    let order = Order::Claim { namespace: namespace.clone(), size: SIZE, access_mode: ACCESS_MODE };
    let claim = match context.ledger.create("claim", &order).await {
        // Before 1.26 an API server refuses claims where several classes are the default.
        Err(error) if error.kind == ErrorKind::Forbidden && error.what.contains("default StorageClass") => {
            return Ok(refused(StorageStep::Bind, error.what));
        }
        other => other?.id,
    };
    let trial = Trial { context, namespace, claim, classes };
    let made = context.reader.made(Kind::Claim, &trial.claim).await?;
    let Some(storage_class) = made["spec"]["storageClassName"].as_str().filter(|name| !name.is_empty()) else {
        return Ok(refused(StorageStep::Bind, "the cluster gives it no class".to_owned()));
    };
    let (riddle, answer) = riddle();
    let writer = trial.pod("writer", &Plan { script: WRITE, variables: &riddle, ..trial.plan() }).await?;
    let node = match trial.outcome("the pod that writes", &writer, StorageStep::Mount).await? {
        Err(refused) => return Ok(refused),
        // That is between the volume's owner and our user, and says nothing of the storage.
        Ok((PodReport::Unwritten(why), _)) if why.contains("ermission denied") => {
            let what = format!("the volume belongs to another user than that of our pod: {why}");
            return Err(Error::new(ErrorKind::Failed, what));
        }
        Ok((PodReport::Unwritten(why), node)) => {
            return Ok(refused(StorageStep::Write, format!("not written on {node}: {why}")));
        }
        Ok((PodReport::Read(read), node)) if read != answer => {
            return Ok(refused(StorageStep::ReadBack, format!("wrote {answer}, read \"{read}\" on {node}")));
        }
        Ok((PodReport::Read(_), node)) => node,
    };
    let ready_seconds = began.elapsed().as_secs();
    let bound = context.reader.made(Kind::Claim, &trial.claim).await?;
    let after_move = match trial.moved(&writer, &node, &answer).await? {
        Err(refused) => return Ok(refused),
        Ok(after_move) => after_move,
    };
    let modes = bound["status"]["accessModes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    Ok(StorageTrial::Kept {
        storage_class: storage_class.to_owned(),
        access_modes: modes.map(str::to_owned).collect(),
        ready_seconds,
        after_move,
    })
}

/// Makes sure that trying it neither leaves a volume behind nor takes one that somebody has prepared.
///
/// # Errors
/// It would; or nobody can tell.
async fn spare_others(context: &ExperimentContext<'_>, classes: &Slot<StorageClasses>) -> Result<(), Error> {
    let Slot::Known(StorageClasses(classes)) = classes else {
        let what = "without the list of storage classes it is unknown whose volume a claim would get";
        return Err(Error::new(ErrorKind::Failed, what));
    };
    let defaults: Vec<&StorageClass> = classes.iter().filter(|class| is_default(class)).collect();
    if let Some(class) = defaults.iter().find(|class| class.reclaim_policy.as_deref() == Some("Retain")) {
        let what = format!("the default class {} keeps released volumes (reclaim policy Retain)", class.name);
        return Err(Error::new(ErrorKind::Failed, what + ", so that trying it would leave one behind"));
    }
    let volumes = context.reader.volumes().await?;
    let prepared = volumes.iter().find(|volume| {
        let class = &volume.spec.storage_class_name;
        let fits = class.is_empty() || defaults.iter().any(|default| default.name == *class);
        fits && volume.spec.claim_ref.is_none() && volume.status.phase == "Available"
    });
    match prepared {
        None => Ok(()),
        Some(volume) => {
            let what =
                format!("the volume {} was prepared by another user, and a claim could take it", volume.metadata.name);
            Err(Error::new(ErrorKind::Failed, what))
        }
    }
}

/// Returns true if claims without a class may get this one, by the current annotation or the old one.
fn is_default(class: &StorageClass) -> bool {
    let is_it = |(key, value): (&String, &String)| key.ends_with(".kubernetes.io/is-default-class") && value == "true";
    class.annotations.iter().any(is_it)
}

fn refused(step: StorageStep, how: String) -> StorageTrial {
    StorageTrial::Refused { step, how }
}

/// Parses the log of a pod, whose last line may not be complete yet.
fn read(said: &str) -> Option<PodReport> {
    let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().find_map(|line| match line.split_once(' ') {
        Some(("unwritten", why)) => Some(PodReport::Unwritten(why.trim().to_owned())),
        Some(("read", text)) => Some(PodReport::Read(text.trim().to_owned())),
        _ => None,
    })
}

/// A claim, and what pods do with its volume.
struct Trial<'a> {
    context: &'a ExperimentContext<'a>,
    namespace: String,
    claim: String,
    classes: &'a Slot<StorageClasses>,
}

impl Trial<'_> {
    fn plan(&self) -> Plan<'_> {
        let name = self.claim.rsplit('/').next().unwrap_or_default();
        Plan { mount: Some(("/data", Mount::Claim(name))), as_root: true, ..Plan::default() }
    }

    async fn pod(&self, label: &str, plan: &Plan<'_>) -> Result<String, Error> {
        let claim = plan.mount.map(|_| self.claim.clone());
        let (namespace, spec) = (self.namespace.clone(), plan.spec(&self.context.terms.probe));
        let order = Order::Pod { namespace, labels: json!({}), spec, claim };
        Ok(self.context.ledger.create(label, &order).await?.id)
    }

    /// Returns the result of a pod with the volume, and its node; or the way in which the cluster did not give it the
    /// volume.
    async fn outcome(
        &self,
        what: &str,
        pod: &str,
        step: StorageStep,
    ) -> Result<Result<(PodReport, String), StorageTrial>, Error> {
        match outcome(self.context, what, pod, read).await? {
            PodOutcome::Printed(finding, node) => Ok(Ok((finding, node))),
            PodOutcome::Stuck(stuck) => self.blamed(what, step, stuck).await.map(Err),
        }
    }

    /// Decides if it is the storage that keeps a pod from running.
    async fn blamed(&self, what: &str, step: StorageStep, stuck: Stuck) -> Result<StorageTrial, Error> {
        let Stuck { state, how, reasons } = stuck;
        let claim = self.context.reader.made(Kind::Claim, &self.claim).await?;
        let is_bound = claim["status"]["phase"] == "Bound";
        let is_storage = match &state {
            PodState::Unscheduled(why) if why.is_empty() => !is_bound && self.is_asked_for(&claim),
            PodState::Unscheduled(why) => {
                why.contains("olume") && !OTHER_HINDRANCES.iter().any(|other| why.contains(other))
            }
            // An image is pulled once the volumes are there.
            PodState::Waiting { .. }
                if reasons.iter().any(|reason| matches!(reason.as_str(), "Pulling" | "Pulled")) =>
            {
                false
            }
            PodState::Waiting { .. } => !is_bound || reasons.iter().any(|reason| TROUBLE.contains(&reason.as_str())),
            PodState::Running | PodState::Ended { .. } => false,
        };
        if !is_storage {
            let what = format!("{what} does not run, and it is not for its volume: {how}");
            return Err(Error::new(ErrorKind::Failed, what));
        }
        if is_bound {
            return Ok(refused(step, how));
        }
        let told = events(self.context, &self.claim).await?;
        Ok(refused(StorageStep::Bind, how + &last(&told)))
    }

    /// Returns true if it is the storage's turn: where it waits for the scheduler, once that has chosen a node.
    fn is_asked_for(&self, claim: &Value) -> bool {
        let name = claim["spec"]["storageClassName"].as_str().unwrap_or_default();
        let waits = match self.classes {
            Slot::Known(StorageClasses(classes)) => classes.iter().any(|class| {
                class.name == name && class.volume_binding_mode.as_deref() == Some("WaitForFirstConsumer")
            }),
            _ => true,
        };
        !waits || claim["metadata"]["annotations"]["volume.kubernetes.io/selected-node"].is_string()
    }

    /// Moves the pod, that is, deletes it and makes another one on another node.
    async fn moved(&self, writer: &str, from: &str, answer: &str) -> Result<Result<AfterMove, StorageTrial>, Error> {
        self.context.ledger.delete(Kind::Pod, writer).await?;
        let gone =
            self.context.wait("the pod that wrote", async || match self.context.reader.made(Kind::Pod, writer).await {
                Err(Error { kind: ErrorKind::NotFound, .. }) => Ok(WaitState::Done(())),
                other => other.map(|_| WaitState::Pending("it is still there".to_owned())),
            });
        gone.await?.done("the pod that wrote does not go")?;
        if !self.is_another_node(from).await? {
            return Ok(Ok(AfterMove::NoOtherNode));
        }
        let reader = self.pod("reader", &Plan { script: READ, not_on: Some(from), ..self.plan() }).await?;
        if self.stays_in_its_zone(&reader).await? {
            return Ok(Ok(AfterMove::NoOtherNode));
        }
        Ok(match self.outcome("the pod that reads elsewhere", &reader, StorageStep::Move).await? {
            Err(refused) => Err(refused),
            Ok((PodReport::Read(read), to)) if read == answer => Ok(AfterMove::Kept { from: from.to_owned(), to }),
            Ok((_, node)) => Err(refused(StorageStep::ReadAfterMove, format!("something else is there on {node}"))),
        })
    }

    /// Returns true if any other node takes pods at all, by the scheduler's decision about a pod without a volume.
    async fn is_another_node(&self, from: &str) -> Result<bool, Error> {
        let scout = Plan { script: "true", not_on: Some(from), ..Plan::default() };
        let pod = self.pod("scout", &scout).await?;
        match self.placed("another node", &pod).await? {
            Placed::Somewhere => Ok(true),
            Placed::Nowhere(why) if why.is_empty() => {
                Err(Error::new(ErrorKind::Failed, "the scheduler does not say whether another node takes pods"))
            }
            Placed::Nowhere(_) => Ok(false),
        }
    }

    /// Returns true if no other node takes the pod only because the volume belongs to a zone, as it may.
    async fn stays_in_its_zone(&self, pod: &str) -> Result<bool, Error> {
        let Placed::Nowhere(why) = self.placed("another node for the volume", pod).await? else { return Ok(false) };
        if !["volume node affinity conflict", "no available volume zone"].iter().any(|words| why.contains(words)) {
            return Ok(false);
        }
        let claim = self.context.reader.made(Kind::Claim, &self.claim).await?;
        let name = claim["spec"]["volumeName"].as_str().unwrap_or_default();
        let volume = self.context.reader.made(Kind::PersistentVolume, name).await?;
        Ok(is_zonal(&volume))
    }

    /// Waits until the scheduler has decided, and does not think better of it for a while.
    async fn placed(&self, what: &str, pod: &str) -> Result<Placed, Error> {
        const LONGEST: Duration = Duration::from_secs(60);
        let reconsidering = Duration::from_secs(10).min(self.context.terms.probe.settling);
        let mut refused_since = None;
        let waited = self.context.wait_for(LONGEST.min(self.context.terms.step_limit), what, async || {
            Ok(match PodState::from_pod(&self.context.reader.made(Kind::Pod, pod).await?) {
                PodState::Unscheduled(why) if why.is_empty() => WaitState::Pending("not scheduled".to_owned()),
                PodState::Unscheduled(why) => match refused_since.get_or_insert_with(Instant::now).elapsed() {
                    time if time >= reconsidering => WaitState::Done(Placed::Nowhere(why)),
                    _ => WaitState::Pending(why),
                },
                _ => WaitState::Done(Placed::Somewhere),
            })
        });
        Ok(match waited.await? {
            Wait::Done(placed) => placed,
            Wait::Broken(_) | Wait::TooLate(_) => Placed::Nowhere(String::new()),
        })
    }
}

/// The decision of the scheduler about a pod.
#[derive(Debug, Eq, PartialEq)]
enum Placed {
    Somewhere,
    /// No node fits, for this reason; empty if the scheduler gave none.
    Nowhere(String),
}

/// The reasons of events that show that a pod does not get its volume.
const TROUBLE: &[&str] = &["FailedMount", "FailedAttachVolume", "FailedMapVolume", "VolumeResizeFailed"];

/// Parts of the scheduler's messages that keep a pod from a node for another reason than its volume.
const OTHER_HINDRANCES: &[&str] = &["Insufficient", "Too many pods", "not found", "max volume count"];

/// Returns true if a volume is bound to zones and regions, by its terms or else its labels, but not to a node.
fn is_zonal(volume: &Value) -> bool {
    let is_place = |key: &str| key.ends_with("/zone") || key.ends_with("/region");
    let terms = volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"].as_array();
    let keys: Vec<&str> = terms
        .into_iter()
        .flatten()
        .flat_map(|term| ["matchExpressions", "matchFields"].map(|kind| &term[kind]))
        .flat_map(|expressions| expressions.as_array().into_iter().flatten())
        .map(|expression| expression["key"].as_str().unwrap_or_default())
        .collect();
    match keys.is_empty() {
        true => volume["metadata"]["labels"].as_object().is_some_and(|labels| labels.keys().any(|key| is_place(key))),
        false => keys.into_iter().all(is_place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("read 42\n", Some(PodReport::Read("42".into())))]
    #[case("unwritten sh: can't create\n", Some(PodReport::Unwritten("sh: can't create".into())))]
    #[case("unwritten \n", Some(PodReport::Unwritten(String::new())))]
    #[case("read 42", None)]
    #[case("read \n", Some(PodReport::Read(String::new())))]
    #[case("", None)]
    #[case("reading 42", None)]
    fn a_pod_says_what_it_found(#[case] said: &str, #[case] finding: Option<PodReport>) {
        assert_eq!(read(said), finding);
    }

    #[rstest]
    #[case(json!([{"matchExpressions": [{"key": "topology.cinder.csi.openstack.org/zone"}]}]), true)]
    #[case(json!([{"matchExpressions": [{"key": "topology.kubernetes.io/region"}, {"key": "topology.kubernetes.io/zone"}]}]), true)]
    #[case(json!([{"matchExpressions": [{"key": "kubernetes.io/hostname"}]}]), false)]
    #[case(json!([{"matchExpressions": [{"key": "topology.kubernetes.io/zone"}, {"key": "topology.topolvm.io/node"}]}]), false)]
    #[case(json!([{"matchFields": [{"key": "metadata.name"}]}]), false)]
    #[case(json!([]), false)]
    fn a_volume_of_a_zone_is_not_one_of_a_node(#[case] terms: Value, #[case] zonal: bool) {
        let volume = json!({"spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": terms}}}});
        assert_eq!(is_zonal(&volume), zonal);
    }

    #[test]
    fn an_old_volume_tells_its_zone_by_a_label() {
        let labels = json!({"failure-domain.beta.kubernetes.io/zone": "a"});
        assert!(is_zonal(&json!({"metadata": {"labels": labels}})));
    }
}
