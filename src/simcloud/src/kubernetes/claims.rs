//! Claims: their users, their volumes, and how they go.

use super::objects::{Cluster, now, uid};
use super::progress::{Next, held};
use super::state::{StorageClass, Supply};
use serde_json::{Value, json};

impl Cluster {
    /// Returns the pods of the namespace that use a claim, and are not over.
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

    /// Returns the uids of the claims that a pod uses.
    pub(crate) fn claims_of(&self, pod: &Value) -> Vec<String> {
        let volumes = || pod["spec"]["volumes"].as_array().into_iter().flatten();
        let claims = self.state.objects.get("persistentvolumeclaims").into_iter().flatten();
        let own = |claim: &&Value| {
            let name = &claim["metadata"]["name"];
            claim["metadata"]["namespace"] == pod["metadata"]["namespace"]
                && volumes().any(|volume| volume["persistentVolumeClaim"]["claimName"] == *name)
        };
        claims.filter(own).map(uid).collect()
    }

    /// Tells whether a pod uses the claim.
    pub(crate) fn in_use(&self, claim: &Value) -> bool {
        !self.users(claim).is_empty()
    }

    /// Takes a claim away, and its volume with it, unless that is to be kept.
    pub(crate) fn release(&mut self, claim: &Value) -> Next {
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

    /// Gives a claim a volume, unless its class makes it wait.
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
}
