//! scs-0217: would the API server create a privileged pod in a namespace that is held to the level `baseline`? A dry
//! run.

use super::context::ExperimentContext;
use super::pods::{Plan, open_namespace};
use crate::kubernetes::{Admission, Error};
use crate::ledger::Kind;
use scs_checks::facts::PrivilegedPod;
use serde_json::json;

/// Tries it. That pods without privileges are admitted there was seen before.
pub(super) async fn privileged(context: &ExperimentContext<'_>, account: Option<&str>) -> Result<PrivilegedPod, Error> {
    let namespace = open_namespace(context, "privileged").await?;
    let mut spec = Plan { script: "true", ..Plan::default() }.spec(&context.terms.probe);
    // Nothing else changes, so that nothing else is a reason to refuse it; a privileged pod may always escalate.
    let security = &mut spec["containers"][0]["securityContext"];
    security["privileged"] = json!(true);
    security["allowPrivilegeEscalation"] = json!(true);
    let asked = context
        .ledger
        .with(Kind::Namespace, &namespace, async |writer, warrant| writer.admits(warrant, &namespace, &spec).await);
    Ok(match asked.await? {
        Admission::Admitted => PrivilegedPod::Admitted { account: account.map(str::to_owned) },
        Admission::Refused(message) => PrivilegedPod::Refused { message },
    })
}
