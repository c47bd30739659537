//! What becomes of namespaces, pods and claims, and how looking at them takes them further.

use serde_json::{Value, json};

use super::api::{Cluster, Target};
use super::resources::{ALL, Resource};
use super::state::{PodCourse, PodEnd, StorageClass, Supply};
use super::write::{now, uid};
use super::{pods, schedule};

/// Finalizers that the cluster itself takes away in time.
const OWN_FINALIZERS: [&str; 3] = ["kubernetes.io/pvc-protection", "kubernetes.io/pv-protection", "kubernetes"];

/// How far something came when it was taken further.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Next {
    /// There is more to come.
    More,
    /// Something else has to happen first.
    Waits,
    /// This is how it stays.
    Ends,
}

/// Whether an object stays for a while when it is deleted.
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

/// Whether somebody asked that the object must not vanish yet.
fn held(object: &Value) -> bool {
    let finalizers = object["metadata"]["finalizers"].as_array().into_iter().flatten();
    finalizers.filter_map(Value::as_str).any(|finalizer| !OWN_FINALIZERS.contains(&finalizer))
}

impl Cluster {
    /// Somebody looks at what a request names.
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

    pub(crate) fn object(&self, plural: &str, id: &str) -> Option<Value> {
        self.state.objects.get(plural)?.iter().find(|object| uid(object) == id).cloned()
    }

    /// How many observations show a state.
    fn patience(&self, plural: &str, object: &Value) -> u32 {
        let own = if plural == "pods" { self.course(object).and_then(|course| course.steps) } else { None };
        own.unwrap_or(self.state.steps)
    }

    /// The course that a pod takes, if it is not the usual one.
    pub(crate) fn course(&self, pod: &Value) -> Option<PodCourse> {
        let name = pod["metadata"]["name"].as_str().unwrap_or_default();
        let images =
            || pod["spec"]["containers"].as_array().into_iter().flatten().filter_map(|it| it["image"].as_str());
        let fits = |course: &&PodCourse| {
            name.contains(&course.name)
                && (course.image.is_empty() || images().any(|image| image.contains(&course.image)))
                && course.node.as_deref().is_none_or(|node| pod["spec"]["nodeName"] == node)
        };
        self.state.pod_courses.iter().find(fits).cloned()
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

    fn vanish(&mut self, plural: &str, object: &Value) -> Next {
        if held(object) {
            return Next::Waits;
        }
        self.drop_object(plural, &uid(object));
        Next::Ends
    }

    /// A namespace loses first what is in it, and then itself.
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

    /// Pods of the namespace that use a claim, and are not over.
    fn users(&self, claim: &Value) -> Vec<&Value> {
        let (space, name) = (&claim["metadata"]["namespace"], &claim["metadata"]["name"]);
        let pods = self.state.objects.get("pods").into_iter().flatten();
        let uses = |pod: &&Value| {
            let volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
            pod["metadata"]["namespace"] == *space
                && !matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
                && volumes.into_iter().any(|volume| volume["persistentVolumeClaim"]["claimName"] == *name)
        };
        pods.filter(uses).collect()
    }

    /// The uids of the claims that a pod uses.
    fn claims_of(&self, pod: &Value) -> Vec<String> {
        let volumes = || pod["spec"]["volumes"].as_array().into_iter().flatten();
        let claims = self.state.objects.get("persistentvolumeclaims").into_iter().flatten();
        let own = |claim: &&Value| {
            let name = &claim["metadata"]["name"];
            claim["metadata"]["namespace"] == pod["metadata"]["namespace"]
                && volumes().any(|volume| volume["persistentVolumeClaim"]["claimName"] == *name)
        };
        claims.filter(own).map(uid).collect()
    }

    fn in_use(&self, claim: &Value) -> bool {
        !self.users(claim).is_empty()
    }

    /// A claim goes, and its volume with it, unless it is to be kept.
    fn release(&mut self, claim: &Value) -> Next {
        if held(claim) {
            return Next::Waits;
        }
        let volume = claim["spec"]["volumeName"].clone();
        let is_kept = |it: &Value| held(it) || it["spec"]["persistentVolumeReclaimPolicy"] == "Retain";
        let volumes = self.state.objects_mut("persistentvolumes");
        volumes.retain(|it| it["metadata"]["name"] != volume || is_kept(it));
        for kept in volumes.iter_mut().filter(|it| it["metadata"]["name"] == volume) {
            kept["status"]["phase"] = json!("Released");
        }
        self.vanish("persistentvolumeclaims", claim)
    }

    /// Whether the claim can get a volume, now that nothing but its class is in the way.
    pub(crate) fn bind(&mut self, mut claim: Value) -> Next {
        let class = claim["spec"]["storageClassName"].as_str().unwrap_or_default();
        let Some(class) = self.state.storage_classes.iter().find(|known| known.name == class).cloned() else {
            return Next::Waits;
        };
        let supply = class.supply.unwrap_or(self.state.supply);
        let wanted = !class.waits || self.in_use(&claim);
        if supply == Supply::Stuck || class.provisioner.ends_with("/no-provisioner") || !wanted {
            return Next::Waits;
        }
        let name = format!("pvc-{}", uid(&claim));
        let size = claim["spec"]["resources"]["requests"].clone();
        self.volume(&name, &class, &claim);
        claim["spec"]["volumeName"] = json!(name);
        claim["metadata"]["annotations"]["pv.kubernetes.io/bind-completed"] = json!("yes");
        claim["metadata"]["annotations"]["volume.kubernetes.io/storage-provisioner"] = json!(class.provisioner);
        claim["status"] =
            json!({"phase": "Bound", "accessModes": claim["spec"]["accessModes"].clone(), "capacity": size});
        self.replace("persistentvolumeclaims", &mut claim);
        Next::Ends
    }

    fn volume(&mut self, name: &str, class: &StorageClass, claim: &Value) {
        let (provisioner, policy) = (&class.provisioner, class.reclaim.as_deref().unwrap_or("Delete"));
        let metadata = &claim["metadata"];
        let volume = json!({
            "metadata": {
                "name": name, "creationTimestamp": now(), "finalizers": ["kubernetes.io/pv-protection"],
                "annotations": {"pv.kubernetes.io/provisioned-by": provisioner},
            },
            "spec": {
                "capacity": claim["spec"]["resources"]["requests"], "accessModes": claim["spec"]["accessModes"],
                "claimRef": {
                    "kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": metadata["namespace"],
                    "name": metadata["name"], "uid": metadata["uid"],
                },
                "csi": {"driver": provisioner, "volumeHandle": crate::ids::uuid(name)},
                "persistentVolumeReclaimPolicy": policy, "storageClassName": class.name, "volumeMode": "Filesystem",
            },
            "status": {"phase": "Bound"},
        });
        self.state.objects_mut("persistentvolumes").push(volume);
        self.complete();
    }

    /// What becomes of a pod.
    pub(crate) fn end_of(&self, pod: &Value) -> PodEnd {
        self.course(pod).map(|course| course.end).unwrap_or_default()
    }
}
