//! scs-0211: a claim that names no storage class gets a volume that lasts.

use crate::accepts::is_default;
use crate::facts::{AfterMove, StorageClass, StorageClasses, StorageStep, StorageTrial};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Reason, ReasonCode, Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0211 v1 and v2: exactly one storage class is the default, and it has a provisioner that creates volumes.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultStorageClass {
    /// The annotation that makes a class the default if it is `true`, spelled exactly so.
    annotation: String,
    /// Older annotations that Kubernetes also accepts for a default. One default must have the annotation.
    #[serde(default, skip_serializing_if = "is_default")]
    older_annotations: Vec<String>,
    /// Provisioners that create no volumes: an administrator has to prepare them.
    not_provisioning: NonEmpty<Vec<String>>,
    /// Provisioners whose volumes are lost with their node; they get a warning.
    node_local: NonEmpty<Vec<String>>,
}

impl Check for DefaultStorageClass {
    type Facts<'a> = &'a StorageClasses;

    fn examine(&self, classes: &StorageClasses) -> Findings {
        let is_true = |class: &StorageClass, annotation| class.annotations.get(annotation).is_some_and(|v| v == "true");
        let has_older = |class: &StorageClass| self.older_annotations.iter().any(|older| is_true(class, older));
        let (mut defaults, others): (Vec<&StorageClass>, Vec<&StorageClass>) =
            classes.0.iter().partition(|class| is_true(class, &self.annotation));
        if !defaults.is_empty() {
            defaults.extend(others.into_iter().filter(|class| has_older(class)));
        }
        let mut findings = Findings::over(classes.0.len());
        match defaults.as_slice() {
            [] => findings.push(self.wrong_number("no storage class is the default", "none".to_owned())),
            [_] => {}
            several => {
                let names: Vec<&str> = several.iter().map(|class| class.name.as_str()).collect();
                findings.push(self.wrong_number("more than one storage class is the default", names.join(", ")));
            }
        }
        findings.list.extend(defaults.iter().filter_map(|class| self.provisioner(class)));
        findings
    }
}

impl DefaultStorageClass {
    fn wrong_number(&self, message: &str, observed: String) -> Finding {
        Finding::violation(message)
            .on(Resource::without_id(ResourceKind::StorageClass, "default storage class"))
            .property(&self.annotation)
            .expected("\"true\" on exactly one storage class")
            .observed(observed)
    }

    fn provisioner(&self, class: &StorageClass) -> Option<Finding> {
        let (finding, expected) = if self.not_provisioning.contains(&class.provisioner) {
            let message = format!("no provisioner creates volumes of the default storage class {}", class.name);
            (Finding::violation(message), "a provisioner that creates volumes")
        } else if self.node_local.contains(&class.provisioner) {
            let message = format!("volumes of the default storage class {} are lost with their node", class.name);
            (Finding::warning(message), "storage that does not depend on one node")
        } else {
            return None;
        };
        Some(finding.on(class.resource()).property("provisioner").expected(expected).observed(&class.provisioner))
    }
}

/// scs-0211 v2: the provisioner of the default storage class is one that stores nothing on nodes. One that is not known makes the
/// verdict unknown.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultClassNotLocal {
    /// The annotation that makes a class the default if it is `true`.
    annotation: String,
    /// Provisioners whose volumes are stored on nodes, and lost with them.
    node_local: NonEmpty<Vec<String>>,
    /// Provisioners whose volumes are stored elsewhere, and reached from every node.
    elsewhere: NonEmpty<Vec<String>>,
}

impl Check for DefaultClassNotLocal {
    type Facts<'a> = &'a StorageClasses;

    fn examine(&self, classes: &StorageClasses) -> Findings {
        let is_default = |class: &&StorageClass| class.annotations.get(&self.annotation).is_some_and(|v| v == "true");
        let findings =
            Findings::each(classes.0.iter().filter(is_default), |class, findings| self.judge(class, findings));
        match findings.examined {
            0 => Findings::undecided("no storage class is the default, so none can be judged"),
            _ => findings,
        }
    }
}

impl DefaultClassNotLocal {
    fn judge(&self, class: &StorageClass, findings: &mut Findings) {
        let StorageClass { name, provisioner, .. } = class;
        if self.node_local.contains(provisioner) {
            let message =
                format!("volumes of the default storage class {name} are stored on nodes, and lost with them");
            let finding = Finding::violation(message)
                .on(class.resource())
                .property("provisioner")
                .expected("storage that does not depend on one node")
                .observed(provisioner);
            findings.push(finding);
        } else if !self.elsewhere.contains(provisioner) {
            let message = format!(
                "it is not known here where {provisioner}, the provisioner of the default storage class {name}, stores volumes"
            );
            findings.unknown(Reason::new(ReasonCode::Inconclusive, message));
        }
    }
}

/// scs-0211 v1 and v2: a claim without a class is bound with the required access mode, and the data that a pod writes is there
/// again, also on another node.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultVolume {
    /// The access mode that the volume must have, for example `ReadWriteOnce`.
    access_mode: String,
}

impl Check for DefaultVolume {
    type Facts<'a> = &'a StorageTrial;

    fn examine(&self, trial: &StorageTrial) -> Findings {
        match trial {
            StorageTrial::Refused { step, how } => Findings::on_one([refused(*step, how)]),
            StorageTrial::Kept { storage_class, access_modes, ready_seconds, after_move } => {
                let ready = format!("a pod ran with a volume of class {storage_class} after {ready_seconds} s");
                let mut findings = Findings::on_one([Finding::info(ready)]);
                if !access_modes.contains(&self.access_mode) {
                    let finding = Finding::violation("the volume lacks the access mode that was requested")
                        .on(Resource::without_id(ResourceKind::StorageClass, storage_class))
                        .property("accessModes")
                        .expected(&self.access_mode)
                        .observed(if access_modes.is_empty() { "none".to_owned() } else { access_modes.join(", ") });
                    findings.push(finding);
                }
                findings.push(match after_move {
                    AfterMove::Kept { from, to } => Finding::info(format!("data written on {from} was read on {to}")),
                    AfterMove::NoOtherNode => {
                        Finding::warning("only one node is schedulable, so the volume was not tested on another one")
                    }
                });
                findings
            }
        }
    }
}

fn refused(step: StorageStep, how: &str) -> Finding {
    let (message, expected) = match step {
        StorageStep::Bind => ("a claim without a storage class is not bound", "a bound claim"),
        StorageStep::Mount => ("a pod does not get its volume", "a pod that runs with the volume"),
        StorageStep::Write => ("a pod cannot write to its volume", "a file that was written"),
        StorageStep::ReadBack => ("data read from a volume differs from the data written", "the data that was written"),
        StorageStep::Move => ("a volume cannot be used on another node", "a pod that runs with it on another node"),
        StorageStep::ReadAfterMove => ("a volume loses its data when its pod moves", "the data that was written"),
    };
    Finding::violation(message)
        .on(Resource::without_id(ResourceKind::StorageClass, "default storage class"))
        .property(step.to_string())
        .expected(expected)
        .observed(how)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Outcome, Severity, Verdict};
    use rstest::rstest;

    const ANNOTATION: &str = "storageclass.kubernetes.io/is-default-class";
    const BETA: &str = "storageclass.beta.kubernetes.io/is-default-class";

    fn class(name: &str, provisioner: &str, annotation: &str, value: &str) -> StorageClass {
        StorageClass {
            name: name.into(),
            provisioner: provisioner.into(),
            annotations: [(annotation.to_owned(), value.to_owned())].into(),
            ..StorageClass::default()
        }
    }

    fn rule() -> DefaultStorageClass {
        let not_provisioning = NonEmpty::new(vec!["kubernetes.io/no-provisioner".to_owned()]).unwrap();
        let node_local = NonEmpty::new(vec!["rancher.io/local-path".to_owned()]).unwrap();
        DefaultStorageClass {
            annotation: ANNOTATION.into(),
            older_annotations: vec![BETA.into()],
            not_provisioning,
            node_local,
        }
    }

    #[rstest]
    #[case::none(&[], Verdict::Fail, 0)]
    #[case::one(&[class("a", "csi", ANNOTATION, "true")], Verdict::Pass, 0)]
    #[case::one_of_two(&[class("a", "csi", ANNOTATION, "true"), class("b", "csi", ANNOTATION, "false")], Verdict::Pass, 0)]
    #[case::two(&[class("a", "csi", ANNOTATION, "true"), class("b", "csi", ANNOTATION, "true")], Verdict::Fail, 0)]
    #[case::nodefault(&[class("a", "csi", ANNOTATION, "false")], Verdict::Fail, 0)]
    #[case::spelling(&[class("a", "csi", ANNOTATION, "True")], Verdict::Fail, 0)]
    #[case::beta(&[class("a", "csi", BETA, "true")], Verdict::Fail, 0)]
    #[case::beta_beside_it(&[class("a", "csi", ANNOTATION, "true"), class("b", "csi", BETA, "true")], Verdict::Fail, 0)]
    #[case::beta_is_off(&[class("a", "csi", ANNOTATION, "true"), class("b", "csi", BETA, "false")], Verdict::Pass, 0)]
    #[case::noprovisioner(&[class("a", "kubernetes.io/no-provisioner", ANNOTATION, "true")], Verdict::Fail, 0)]
    #[case::other(&[class("a", "csi", ANNOTATION, "true"), class("b", "kubernetes.io/no-provisioner", "", "")], Verdict::Pass, 0)]
    #[case::local(&[class("a", "rancher.io/local-path", ANNOTATION, "true")], Verdict::Pass, 1)]
    fn exactly_one_class_is_the_default(
        #[case] classes: &[StorageClass],
        #[case] verdict: Verdict,
        #[case] warnings: usize,
    ) {
        let outcome = Outcome::of(rule().examine(&StorageClasses(classes.to_vec())));
        let warned = outcome.findings.iter().filter(|finding| finding.severity == Severity::Warning).count();
        assert_eq!((outcome.verdict, warned), (verdict, warnings));
    }

    #[test]
    fn the_defaults_are_named() {
        let classes = [class("a", "csi", ANNOTATION, "true"), class("b", "csi", ANNOTATION, "true")];
        let findings = rule().examine(&StorageClasses(classes.into()));
        assert_eq!(findings.list[0].observed.as_deref(), Some("a, b"));
    }

    #[rstest]
    #[case::elsewhere(&[class("a", "cinder", ANNOTATION, "true")], Verdict::Pass, 1)]
    #[case::on_nodes(&[class("a", "rancher.io/local-path", ANNOTATION, "true")], Verdict::Fail, 1)]
    #[case::unknown(&[class("a", "acme.example/csi", ANNOTATION, "true")], Verdict::Abort, 1)]
    #[case::one_of_two_defaults(
        &[class("a", "acme.example/csi", ANNOTATION, "true"), class("b", "rancher.io/local-path", ANNOTATION, "true")],
        Verdict::Fail, 2
    )]
    #[case::other_class(
        &[class("a", "cinder", ANNOTATION, "true"), class("b", "rancher.io/local-path", ANNOTATION, "false")],
        Verdict::Pass, 1
    )]
    #[case::no_default(&[class("a", "cinder", ANNOTATION, "false")], Verdict::Abort, 0)]
    #[case::no_class(&[], Verdict::Abort, 0)]
    fn default_class_stores_nothing_on_nodes(
        #[case] classes: &[StorageClass],
        #[case] verdict: Verdict,
        #[case] examined: usize,
    ) {
        let names = |name: &str| NonEmpty::new(vec![name.to_owned()]).unwrap();
        let rule = DefaultClassNotLocal {
            annotation: ANNOTATION.into(),
            node_local: names("rancher.io/local-path"),
            elsewhere: names("cinder"),
        };
        let outcome = Outcome::of(rule.examine(&StorageClasses(classes.to_vec())));
        assert_eq!((outcome.verdict, outcome.examined), (verdict, examined));
        let words = |outcome: Outcome| outcome.reason.map(|reason| reason.message);
        let named = verdict == Verdict::Abort && examined == 1;
        assert_eq!(words(outcome).is_some_and(|message| message.contains("acme.example/csi")), named);
    }

    fn kept(modes: &[&str], after_move: AfterMove) -> StorageTrial {
        let access_modes = modes.iter().map(ToString::to_string).collect();
        StorageTrial::Kept { storage_class: "a".into(), access_modes, ready_seconds: 3, after_move }
    }

    fn moved() -> AfterMove {
        AfterMove::Kept { from: "node-1".into(), to: "node-2".into() }
    }

    #[rstest]
    #[case(kept(&["ReadWriteOnce"], moved()), Verdict::Pass, 0)]
    #[case(kept(&["ReadWriteMany", "ReadWriteOnce"], moved()), Verdict::Pass, 0)]
    #[case(kept(&["ReadWriteMany"], moved()), Verdict::Fail, 0)]
    #[case(kept(&[], moved()), Verdict::Fail, 0)]
    #[case(kept(&["ReadWriteOnce"], AfterMove::NoOtherNode), Verdict::Pass, 1)]
    #[case(StorageTrial::Refused { step: StorageStep::Bind, how: "Pending".into() }, Verdict::Fail, 0)]
    #[case(StorageTrial::Refused { step: StorageStep::ReadAfterMove, how: "empty".into() }, Verdict::Fail, 0)]
    fn the_storage_decides(#[case] trial: StorageTrial, #[case] verdict: Verdict, #[case] warnings: usize) {
        let outcome = Outcome::of(DefaultVolume { access_mode: "ReadWriteOnce".into() }.examine(&trial));
        let warned = outcome.findings.iter().filter(|finding| finding.severity == Severity::Warning).count();
        assert_eq!((outcome.verdict, outcome.examined, warned), (verdict, 1, warnings));
    }
}
