//! Options that permit changes to a cloud or a cluster, and set their terms.

use super::error::CliError;
use super::heavy::{HeavyOptions, TempestRunOptions};
use super::subject::{duration, environment};
use clap::Args;
use scs_subjects::collect::{ChangePermission, ChangeTerms, Probe};
use scs_subjects::ledger::{Journal, Journals, Patience};
use std::path::PathBuf;
use std::time::Duration;

/// The permission to change a cloud, and its terms.
#[derive(Args)]
pub(super) struct CloudChanges {
    /// External network (name or id) to which the network of the test server is routed, only for clouds whose servers get no user
    /// data otherwise; and that of Tempest [default for Tempest: the default one of the cloud]
    #[arg(long, value_name = "NAME", requires = "allow_changes")]
    external_network: Option<String>,

    #[command(flatten)]
    tempest: TempestRunOptions,

    #[command(flatten)]
    changes: ChangeOptions,
}

/// The help of `--allow-changes` for clusters.
pub(super) const CLUSTER_CHANGES: &str =
    "Also run tests that create resources (namespaces with pods and volumes); all are removed afterwards";
/// The help of `--step-limit` for clusters.
pub(super) const CLUSTER_STEP: &str =
    "Time limit for a single step, such as a pod starting or a volume being provisioned";

/// The permission to change a cluster, and its terms.
#[derive(Args)]
pub(super) struct ClusterChanges {
    /// Image of the test pods; it needs sh, httpd, timeout and wget, as in busybox
    #[arg(long, value_name = "IMAGE", default_value = Probe::IMAGE, requires = "allow_changes")]
    probe_image: String,

    /// Run the test pods only on nodes with this label
    #[arg(long, value_name = "LABEL=VALUE", value_parser = label, requires = "allow_changes")]
    probe_nodes: Option<(String, String)>,

    /// Time limit for a network policy to take effect; at most 10s of it also for scheduling a pod
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, requires = "allow_changes")]
    settling: Duration,

    #[command(flatten)]
    heavy: HeavyOptions,

    #[command(flatten)]
    changes: ChangeOptions,
}

/// The permission to change a subject, and its terms.
#[derive(Args)]
struct ChangeOptions {
    /// Also run tests that create resources (a server, volumes, a backup, a secret …); all are removed afterwards
    #[arg(long)]
    allow_changes: bool,

    /// Time limit for a single step, such as a server becoming active or a backup being made
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration, requires = "allow_changes")]
    step_limit: Duration,

    /// Time limit for removing what was created
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration, requires = "allow_changes")]
    cleanup_limit: Duration,

    #[command(flatten)]
    journal: JournalOptions,
}

/// The folder of the journals.
#[derive(Args)]
pub(super) struct JournalOptions {
    /// Folder in which runs record the resources they create, for `sweep` [default: $XDG_STATE_HOME/scs-conformance, or
    /// ~/.local/state/scs-conformance]
    #[arg(long, value_name = "DIR")]
    journal: Option<PathBuf>,
}

impl CloudChanges {
    /// Returns true if changes are permitted.
    pub(super) fn are_allowed(&self) -> bool {
        self.changes.allow_changes
    }

    /// Returns the permission, if it is given; its journal can be written.
    ///
    /// # Errors
    /// No journal can be written, or Tempest cannot be run: why, and what to do.
    pub(super) fn permission(&self) -> Result<Option<ChangePermission>, CliError> {
        let (external_network, tempest) = (self.external_network.clone(), self.tempest.terms()?);
        self.changes.permission(|terms| ChangeTerms { external_network, tempest, ..terms })
    }
}

impl ClusterChanges {
    /// Returns true if changes are permitted.
    pub(super) fn are_allowed(&self) -> bool {
        self.changes.allow_changes
    }

    /// Returns the permission, if it is given; its journal can be written.
    ///
    /// # Errors
    /// As [`CloudChanges::permission`].
    pub(super) fn permission(&self) -> Result<Option<ChangePermission>, CliError> {
        let (image, nodes) = (self.probe_image.clone(), self.probe_nodes.clone());
        let probe = Probe { image, nodes, settling: self.settling, ..Probe::default() };
        let heavy = match self.changes.allow_changes {
            true => self.heavy.heavy(&self.changes.journal.folder()?.folder)?,
            false => None,
        };
        self.changes.permission(|terms| ChangeTerms { probe, heavy, ..terms })
    }
}

fn label(text: &str) -> Result<(String, String), CliError> {
    match text.split_once('=') {
        Some((label, value)) if !label.is_empty() => Ok((label.to_owned(), value.to_owned())),
        _ => Err("write a label and its value, like kubernetes.io/hostname=node-1".into()),
    }
}

impl ChangeOptions {
    fn permission(&self, with: impl FnOnce(ChangeTerms) -> ChangeTerms) -> Result<Option<ChangePermission>, CliError> {
        if !self.allow_changes {
            return Ok(None);
        }
        let journals = self.journal.folder()?;
        Journal::try_out(&journals.folder)?;
        let patience = Patience { limit: self.cleanup_limit, ..Patience::default() };
        let terms = with(ChangeTerms { step_limit: self.step_limit, patience, ..ChangeTerms::default() });
        Ok(Some(ChangePermission { terms, journals }))
    }
}

impl JournalOptions {
    /// Returns the folder of the journals. One that is named has to be there: what is not mounted must not look like
    /// nothing to do.
    ///
    /// # Errors
    /// As [`Self::folder`], and there is no such folder.
    pub(super) fn existing(&self) -> Result<Journals, CliError> {
        match &self.journal {
            Some(folder) if !folder.exists() => {
                Err(format!("--journal {}: there is no such folder", folder.display()).into())
            }
            _ => self.folder(),
        }
    }

    /// Returns the folder of the journals.
    ///
    /// # Errors
    /// None is named, and there is no home directory.
    pub(super) fn folder(&self) -> Result<Journals, CliError> {
        if let Some(folder) = &self.journal {
            return Ok(Journals::named(folder));
        }
        let environment = environment()?;
        // The rules of XDG: a relative path does not count.
        let state = environment.var("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let state = state.or_else(|| environment.home.as_deref().map(|home| home.join(".local/state")));
        let state = state.ok_or("there is no home directory for the journal; name a folder with --journal")?;
        Ok(Journals::usual(state.join("scs-conformance")))
    }
}
