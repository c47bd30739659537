//! scs-0219: do network policies have an effect? Two pods ask a third one again and again: without a policy, with one
//! that lets nothing in, and with one more that lets one of them in.

use super::context::ExperimentContext;
use super::pods::{DEAF, LINES, Mount, Plan, PodOutcome, PodState, open_namespace, outcome, riddle};
use crate::collect::context::{Wait, WaitState};
use crate::kubernetes::{Error, ErrorKind, Order};
use crate::ledger::Kind;
use scs_checks::facts::{NetworkPolicyProbe, Traffic};
use serde_json::{Value, json};

const PORT: u16 = 8080;

const SERVE: &str = "\
echo $((LEFT * RIGHT)) > /srv/answer
echo serving
exec httpd -f -p $PORT -h /srv";

/// The script of a pod that asks. Only a failed connection counts as no answer; a tool that is missing or crashes says
/// nothing about a policy.
const ASK: &str = "\
unset http_proxy HTTP_PROXY
n=0
while :; do
  n=$((n + 1))
  answer=$(timeout 3 wget -q -O - \"http://$SERVER:$PORT/answer\" 2>/dev/null)
  code=$?
  case $code in
    0) echo \"$n got $answer\" ;;
    1|4|124|143) echo \"$n nothing\" ;;
    *) echo \"$n failed $code\" ;;
  esac
  sleep 1
done";

/// The number of questions in a row that must end the same way, all of them after a policy was created.
const IN_A_ROW: usize = 3;

/// The labels that the policies choose pods by.
const ROLE: &str = "scs-conformance/role";
const ALLOWED: &str = "scs-conformance/allowed";

/// Tries it. What is seen of the traffic is a fact; what could not be tried is an error.
pub(super) async fn network_policy(context: &ExperimentContext<'_>) -> Result<NetworkPolicyProbe, Error> {
    let scene = Scene::open(context).await?;
    let without_policy = scene.at_first().await?;
    scene.is_served().await?;
    if without_policy == Traffic::Blocked {
        // Whatever comes now would say nothing of policies.
        let blocked = Traffic::Blocked;
        return Ok(NetworkPolicyProbe { without_policy, denied: blocked, labelled: blocked, unlabelled: blocked });
    }
    scene.policy("deny-all", json!({"podSelector": {}, "policyTypes": ["Ingress"]})).await?;
    let denied = match scene.both(Traffic::Blocked).await? {
        true => Traffic::Blocked,
        false => Traffic::Passed,
    };
    let allow = json!({
        "podSelector": {"matchLabels": {ROLE: "server"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"podSelector": {"matchLabels": {ALLOWED: "yes"}}}]}],
    });
    scene.policy("allow-by-label", allow).await?;
    let labelled = match scene.labelled.comes_to(&scene, Traffic::Passed).await? {
        true => Traffic::Passed,
        false => Traffic::Blocked,
    };
    // It goes on as before, so that is what is looked for: then nobody waits for what will not come.
    let unlabelled = match (scene.unlabelled.comes_to(&scene, denied).await?, denied) {
        (true, _) => denied,
        (false, Traffic::Blocked) => Traffic::Passed,
        (false, Traffic::Passed) => Traffic::Blocked,
    };
    scene.is_served().await?;
    Ok(NetworkPolicyProbe { without_policy, denied, labelled, unlabelled })
}

/// The three pods, and what is between them.
struct Scene<'a> {
    context: &'a ExperimentContext<'a>,
    namespace: String,
    server: String,
    /// The answer of the server, which nobody else can know.
    answer: String,
    labelled: Asker,
    unlabelled: Asker,
}

/// A pod that asks.
struct Asker {
    pod: String,
    what: &'static str,
}

/// The result of one question.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Attempt {
    number: u64,
    end: End,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum End {
    Got(String),
    Nothing,
    Failed(String),
}

impl<'a> Scene<'a> {
    async fn open(context: &'a ExperimentContext<'a>) -> Result<Self, Error> {
        let namespace = open_namespace(context, "policy").await?;
        let (riddle, answer) = riddle();
        let port = ("PORT", PORT.to_string());
        let variables: Vec<_> = riddle.into_iter().chain([port.clone()]).collect();
        let mount = Some(("/srv", Mount::Scratch));
        let plan = Plan { script: SERVE, variables: &variables, mount, ..Plan::default() };
        let server = pod(context, &namespace, "server", json!({ROLE: "server"}), &plan).await?;
        let serves = |said: &str| said.contains("serving").then_some(());
        started(outcome(context, "the pod that is asked", &server, serves).await?)?;
        let object = context.reader.made(Kind::Pod, &server).await?;
        let address = object["status"]["podIP"].as_str().unwrap_or_default();
        let address = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
        let variables = [port, ("SERVER", address)];
        let plan = Plan { script: ASK, variables: &variables, ..Plan::default() };
        let asker = async |label: &str, what: &'static str, labels: Value| {
            let pod = pod(context, &namespace, label, labels, &plan).await?;
            Ok::<_, Error>(Asker { pod, what })
        };
        let labelled = asker("labelled", "the pod with the label", json!({ROLE: "asker", ALLOWED: "yes"})).await?;
        let unlabelled = asker("unlabelled", "the pod without the label", json!({ROLE: "asker"})).await?;
        Ok(Self { context, namespace, server, answer, labelled, unlabelled })
    }

    async fn policy(&self, label: &str, spec: Value) -> Result<(), Error> {
        let order = Order::NetworkPolicy { namespace: self.namespace.clone(), spec };
        self.context.ledger.create(label, &order).await.map(drop)
    }

    /// Makes sure that both get an answer while there is no policy.
    async fn at_first(&self) -> Result<Traffic, Error> {
        for asker in [&self.labelled, &self.unlabelled] {
            let attempted = |said: &str| (!attempts(said).is_empty()).then_some(());
            started(outcome(self.context, asker.what, &asker.pod, attempted).await?)?;
        }
        Ok(if self.both(Traffic::Passed).await? { Traffic::Passed } else { Traffic::Blocked })
    }

    /// Returns true if the traffic of both becomes like this.
    async fn both(&self, traffic: Traffic) -> Result<bool, Error> {
        let (labelled, unlabelled) =
            tokio::join!(self.labelled.comes_to(self, traffic), self.unlabelled.comes_to(self, traffic));
        Ok(labelled? && unlabelled?)
    }

    /// Checks the server: one that died, or whose node did, would look as if a policy kept everybody away.
    async fn is_served(&self) -> Result<(), Error> {
        let object = self.context.reader.made(Kind::Pod, &self.server).await?;
        let mut conditions = object["status"]["conditions"].as_array().into_iter().flatten();
        let ready = conditions.any(|condition| condition["type"] == "Ready" && condition["status"] == "True");
        let told = self.context.reader.log(&self.server, 1).await.map_err(|error| error.what);
        let how = match (PodState::from_pod(&object), ready, told) {
            (PodState::Running, true, Ok(_)) => return Ok(()),
            (PodState::Running, true, Err(why)) => why,
            (PodState::Running, false, _) => "it is not ready".to_owned(),
            (other, ..) => other.summary_line(),
        };
        Err(Error::new(ErrorKind::Failed, format!("the pod that is asked is not there any more: {how}")))
    }
}

impl Asker {
    /// Returns true if enough questions in a row, all asked from now on, end like this in time.
    async fn comes_to(&self, scene: &Scene<'_>, traffic: Traffic) -> Result<bool, Error> {
        let context = scene.context;
        let probe = &context.terms.probe;
        // Once the policy has its effect so many questions have to end, and one that is under way.
        let limit = probe.settling + probe.question * (IN_A_ROW as u32 + 1);
        let mut deaf = 0;
        // One may be under way.
        let before = self.attempts(scene).await?.last().map_or(0, |attempt| attempt.number) + 1;
        let word = if traffic == Traffic::Passed { "an answer" } else { "no answer" };
        let what = format!("{word} for {}", self.what);
        let waited = context.wait_for(limit, &what, async || {
            let mut attempts = match self.attempts(scene).await {
                // Its node may be busy for a moment.
                Err(error) if error.kind != ErrorKind::Failed && deaf < DEAF => {
                    deaf += 1;
                    return Ok(WaitState::Pending("its log cannot be read yet".to_owned()));
                }
                other => other?,
            };
            deaf = 0;
            attempts.retain(|attempt| attempt.number > before);
            let last = &attempts[attempts.len().saturating_sub(IN_A_ROW)..];
            let fits = |attempt: &Attempt| (traffic == Traffic::Passed) == matches!(attempt.end, End::Got(_));
            Ok(match last.len() == IN_A_ROW && last.iter().all(fits) {
                true => WaitState::Done(()),
                false => WaitState::Pending(
                    last.last().map_or("nothing yet".to_owned(), |attempt| attempt.end.summary_line()),
                ),
            })
        });
        match waited.await? {
            Wait::Done(()) => Ok(true),
            Wait::Broken(_) | Wait::TooLate(_) => {
                // Who was not heard of did not try.
                let heard_of = self.attempts(scene).await?.last().is_some_and(|last| last.number > before);
                let silent = || Error::new(ErrorKind::Failed, format!("{} does not ask any more", self.what));
                heard_of.then_some(false).ok_or_else(silent)
            }
        }
    }

    /// Returns the last questions, and how they ended.
    async fn attempts(&self, scene: &Scene<'_>) -> Result<Vec<Attempt>, Error> {
        let attempts = attempts(&scene.context.reader.log(&self.pod, LINES).await?);
        let strange = attempts.iter().find_map(|attempt| match &attempt.end {
            End::Got(answer) if *answer != scene.answer => Some(format!("it got \"{answer}\" from another server")),
            End::Failed(code) => Some(format!("its tool ended with {code}; --probe-image names another image")),
            _ => None,
        });
        match strange {
            None => Ok(attempts),
            Some(why) => Err(Error::new(ErrorKind::Failed, format!("{} cannot ask: {why}", self.what))),
        }
    }
}

impl End {
    fn summary_line(&self) -> String {
        match self {
            Self::Got(_) => "an answer".to_owned(),
            Self::Nothing => "no answer".to_owned(),
            Self::Failed(code) => format!("failed with {code}"),
        }
    }
}

async fn pod(
    context: &ExperimentContext<'_>,
    namespace: &str,
    label: &str,
    labels: Value,
    plan: &Plan<'_>,
) -> Result<String, Error> {
    let (namespace, spec) = (namespace.to_owned(), plan.spec(&context.terms.probe));
    Ok(context.ledger.create(label, &Order::Pod { namespace, labels, spec, claim: None }).await?.id)
}

/// Requires that a pod runs: one that does not is no fact about policies.
fn started(heard: PodOutcome<()>) -> Result<(), Error> {
    match heard {
        PodOutcome::Printed((), _) => Ok(()),
        PodOutcome::Stuck(stuck) => {
            Err(Error::new(ErrorKind::Failed, format!("a pod of the probe does not run: {}", stuck.how)))
        }
    }
}

/// Parses the log of a pod that asks, whose last line may not be complete yet.
fn attempts(said: &str) -> Vec<Attempt> {
    let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let attempt = |line: &str| {
        let (number, end) = line.split_once(' ')?;
        let end = match end.split_once(' ') {
            Some(("got", answer)) => End::Got(answer.to_owned()),
            Some(("failed", code)) => End::Failed(code.to_owned()),
            None if end == "nothing" => End::Nothing,
            _ => return None,
        };
        Some(Attempt { number: number.parse().ok()?, end })
    };
    whole.lines().filter_map(attempt).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("1 got 42\n2 nothing\n3 failed 139\n", &[End::Got("42".into()), End::Nothing, End::Failed("139".into())])]
    #[case("1 got 4", &[])]
    #[case("1 nothing\n2 got 4", &[End::Nothing])]
    #[case("sh: httpd: not found\nx nothing\n1 something\n", &[])]
    #[case("", &[])]
    fn only_whole_lines_are_attempts(#[case] said: &str, #[case] ends: &[End]) {
        let found: Vec<End> = attempts(said).into_iter().map(|attempt| attempt.end).collect();
        assert_eq!(found, ends);
    }
}
