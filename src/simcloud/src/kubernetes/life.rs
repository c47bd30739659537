//! Life cycles of namespaces, pods and claims; each observation takes them further.

use super::objects::{Cluster, now, uid};
use super::progress::{Next, held};
use super::resources::{ALL, Resource};
use super::target::Target;
use super::{pods, schedule};
use serde_json::{Value, json};

/// Tells whether an object stays for a while when it is deleted.
pub(crate) fn lingers(resource: &Resource, object: &Value, grace: Option<i64>) -> bool {
    if held(object) {
        return true;
    }
    match resource.plural {
        "namespaces" | "persistentvolumeclaims" | "persistentvolumes" => true,
        "pods" => {
            let over = matches!(object["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
            grace != Some(0) && !over && object["spec"]["nodeName"].is_string()
        }
        _ => false,
    }
}

impl Cluster {
    /// Takes further what a request looks at.
    pub(crate) fn look(&mut self, resource: &'static Resource, target: &Target) {
        let space = target.namespace.as_deref();
        let named = |object: &&Value| {
            let text = |key: &str| object["metadata"][key].as_str();
            space.is_none_or(|space| text("namespace") == Some(space))
                && target.name.as_deref().is_none_or(|name| text("name") == Some(name))
                && self.looks.contains_key(&uid(object))
        };
        let objects = self.state.objects.get(resource.plural).into_iter().flatten();
        let seen: Vec<String> = objects.filter(named).map(uid).collect();
        for id in seen {
            self.look_at(resource.plural, &id);
        }
    }

    /// Takes everything that is under way as far as it goes.
    pub(crate) fn settle(&mut self) {
        for _ in 0..64 {
            let before = self.revision;
            for resource in &ALL {
                let objects = self.state.objects.get(resource.plural).into_iter().flatten();
                let ids: Vec<String> = objects.map(uid).collect();
                for id in ids {
                    self.looks.entry(id.clone()).and_modify(|seen| *seen = u32::MAX);
                    self.look_at(resource.plural, &id);
                }
            }
            if self.revision == before {
                return;
            }
        }
    }

    fn look_at(&mut self, plural: &str, id: &str) {
        while let Some(seen) = self.looks.get(id).copied() {
            let Some(object) = self.object(plural, id) else {
                self.looks.remove(id);
                return;
            };
            if plural == "pods" && object["metadata"]["deletionTimestamp"].is_null() {
                // What makes volumes does not wait until somebody looks at their claims.
                self.claims_of(&object).iter().for_each(|claim| self.look_at("persistentvolumeclaims", claim));
                schedule::place(self, object.clone());
            }
            if seen < self.patience(plural, &object) {
                self.looks.insert(id.to_owned(), seen + 1);
                return;
            }
            match self.advance(plural, id) {
                Next::More => drop(self.looks.insert(id.to_owned(), 0)),
                Next::Ends => drop(self.looks.remove(id)),
                Next::Waits => return,
            }
        }
    }

    /// Returns the number of observations that show a state.
    fn patience(&self, plural: &str, object: &Value) -> u32 {
        let own = if plural == "pods" { self.course(object).and_then(|course| course.steps) } else { None };
        own.unwrap_or(self.state.steps)
    }

    fn advance(&mut self, plural: &str, id: &str) -> Next {
        let Some(object) = self.object(plural, id) else {
            return Next::Ends;
        };
        let goes = !object["metadata"]["deletionTimestamp"].is_null();
        match plural {
            "namespaces" if goes => self.empty(object),
            "pods" if goes => self.vanish(plural, &object),
            "pods" => pods::advance(self, object),
            "persistentvolumeclaims" if goes && self.in_use(&object) => Next::Waits,
            "persistentvolumeclaims" if goes => self.release(&object),
            "persistentvolumeclaims" => self.bind(object),
            _ if goes => self.vanish(plural, &object),
            _ => Next::Ends,
        }
    }

    /// Empties a namespace: it loses first what is in it, and then itself.
    fn empty(&mut self, mut space: Value) -> Next {
        let name = space["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let inside = |object: &Value| object["metadata"]["namespace"] == name.as_str();
        let left = |cluster: &Self| {
            let kinds = ALL.iter().filter_map(|resource| cluster.state.objects.get(resource.plural));
            kinds.flatten().filter(|object| inside(object)).count()
        };
        if left(self) == 0 {
            return self.vanish("namespaces", &space);
        }
        let claims = self.state.objects.get("persistentvolumeclaims").into_iter().flatten();
        let claims: Vec<Value> = claims.filter(|object| inside(object) && !held(object)).cloned().collect();
        for claim in &claims {
            self.release(claim);
        }
        for objects in self.state.objects.values_mut() {
            for object in objects.iter_mut().filter(|object| inside(object) && held(object)) {
                object["metadata"]["deletionTimestamp"] = json!(now());
            }
            objects.retain(|object| !inside(object) || held(object));
        }
        self.complete();
        if left(self) == 0 {
            self.revision += 1;
            return Next::More;
        }
        let condition = json!({
            "type": "NamespaceFinalizersRemaining", "status": "True", "lastTransitionTime": now(),
            "reason": "SomeFinalizersRemain", "message": "Some content in the namespace has finalizers remaining",
        });
        if space["status"]["conditions"].is_null() {
            space["status"]["conditions"] = json!([condition]);
            self.replace("namespaces", &mut space);
        }
        Next::Waits
    }
}
