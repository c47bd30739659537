//! Logs of pods and contents of their volumes: nothing is run, a course has the results.

use super::objects::{Cluster, uid};
use serde_json::Value;

/// The number of attempts that a pod that asks again and again makes between two looks at its log.
const ATTEMPTS: u64 = 3;

impl Cluster {
    /// Returns the whole log of a container, with what the pod says in the place of `{…}`.
    pub(crate) fn log_of(&mut self, pod: &Value, container: &Value) -> String {
        let Some(course) = self.course(pod) else { return String::new() };
        if let Some(claim) = claim_of(pod).filter(|_| !course.writes.is_empty()) {
            let text = said(&course.writes, pod, container);
            self.contents.insert(claim, text);
        }
        let mut text = said(&course.log, pod, container);
        if let Some(kept) = claim_of(pod).map(|claim| self.contents.get(&claim).cloned().unwrap_or_default()) {
            text = text.replace("{volume}", &kept);
        }
        if course.asks.is_empty() {
            return text;
        }
        text + &self.attempts(&course.asks, pod, container)
    }

    /// Returns the outcomes of a pod that asks another one again and again; some more with every look.
    fn attempts(&mut self, address: &str, pod: &Value, container: &Value) -> String {
        let address = said(address, pod, container);
        let outcome = match self.reached(&address, pod) {
            Some(answer) => format!("got {answer}"),
            None => "nothing".to_owned(),
        };
        let lines = self.attempts.entry(uid(pod)).or_default();
        let before = lines.len() as u64;
        lines.extend((1..=ATTEMPTS).map(|more| format!("{} {outcome}\n", before + more)));
        lines.concat()
    }

    /// Returns the answer of the pod with an address, if the policies let this pod reach it.
    fn reached(&self, address: &str, from: &Value) -> Option<String> {
        let pods = self.state.objects.get("pods")?;
        let address = address.trim_matches(['[', ']']);
        let to = pods.iter().find(|pod| !address.is_empty() && pod["status"]["podIP"] == address)?;
        let serves = self.course(to)?.serves;
        let is_open = !self.state.enforces_policies || self.lets_in(from, to);
        (is_open && !serves.is_empty()).then(|| said(&serves, to, &to["spec"]["containers"][0]))
    }

    /// Tells whether policies for incoming traffic let a pod reach another one of the same namespace: all if none is for
    /// it, else any of them.
    fn lets_in(&self, from: &Value, to: &Value) -> bool {
        let policies = self.state.objects.get("networkpolicies").into_iter().flatten();
        let mut policies = policies
            .filter(|policy| policy["metadata"]["namespace"] == to["metadata"]["namespace"])
            .filter(|policy| selects(&policy["spec"]["podSelector"], to))
            .peekable();
        let admits = |policy: &Value| {
            policy["spec"]["ingress"].as_array().into_iter().flatten().any(|rule| {
                rule["from"].as_array().is_none_or(|all| all.iter().any(|one| selects(&one["podSelector"], from)))
            })
        };
        policies.peek().is_none() || policies.any(admits)
    }
}

/// Tells whether a selector with labels chooses a pod.
fn selects(selector: &Value, pod: &Value) -> bool {
    let labels = selector["matchLabels"].as_object().into_iter().flatten();
    labels.into_iter().all(|(key, value)| pod["metadata"]["labels"][key] == *value)
}

/// Returns the claim whose volume a pod has, `NAMESPACE/NAME`.
fn claim_of(pod: &Value) -> Option<String> {
    let mut volumes = pod["spec"]["volumes"].as_array()?.iter();
    let name = volumes.find_map(|volume| volume["persistentVolumeClaim"]["claimName"].as_str())?;
    Some(format!("{}/{name}", pod["metadata"]["namespace"].as_str()?))
}

/// Returns a text with what the pod says in the place of `{name}`, `{namespace}`, `{node}`, `{env:NAME}` and
/// `{product:NAME:NAME}`.
fn said(text: &str, pod: &Value, container: &Value) -> String {
    let own = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut text = text
        .replace("{name}", &own(&pod["metadata"]["name"]))
        .replace("{namespace}", &own(&pod["metadata"]["namespace"]))
        .replace("{node}", &own(&pod["spec"]["nodeName"]));
    let variables = || container["env"].as_array().into_iter().flatten();
    for variable in variables() {
        text = text.replace(&format!("{{env:{}}}", own(&variable["name"])), &own(&variable["value"]));
    }
    let number = |name: &str| {
        let variable = variables().find(|variable| variable["name"] == name)?;
        variable["value"].as_str()?.parse::<u64>().ok()
    };
    while let Some((before, rest)) = text.split_once("{product:") {
        let Some((names, after)) = rest.split_once('}') else { break };
        let product: Option<u64> = names.split(':').map(number).product();
        text = format!("{before}{}{after}", product.map_or("?".to_owned(), |product| product.to_string()));
    }
    text
}
