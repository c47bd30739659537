//! Options that permit changes of a cloud or a cluster, and set their terms.

use super::heavy::HeavyOptions;
use super::subject::duration;
use clap::Args;
use scs_subjects::collect::{Permission, Probe, Terms};
use scs_subjects::ledger::{Journal, Journals, Patience};
use scs_subjects::settings::Environment;
use std::path::PathBuf;
use std::time::Duration;

/// Whether, and how, a cloud may be changed.
#[derive(Args)]
pub(super) struct CloudChanges {
    /// Route the test server's network to this external network (name or id); only for clouds whose servers do not get
    /// their user data otherwise
    #[arg(long, value_name = "NAME", requires = "allow_changes")]
    external_network: Option<String>,

    #[command(flatten)]
    changes: ChangeOptions,
}

/// Whether, and how, a cluster may be changed.
#[derive(Args)]
pub(super) struct ClusterChanges {
    /// The image of the pods that try something: with sh, httpd, timeout and wget, as busybox has them
    #[arg(long, value_name = "IMAGE", default_value = Probe::IMAGE, requires = "allow_changes")]
    probe_image: String,

    /// Only use nodes with this label for them
    #[arg(long, value_name = "LABEL=VALUE", value_parser = label, requires = "allow_changes")]
    probe_nodes: Option<(String, String)>,

    /// How long a network policy may take until it has its effect; the scheduler gets at most 10s of it to decide on a pod
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, requires = "allow_changes")]
    settling: Duration,

    #[command(flatten)]
    heavy: HeavyOptions,

    #[command(flatten)]
    changes: ChangeOptions,
}

/// Whether, and how, a subject may be changed.
#[derive(Args)]
struct ChangeOptions {
    /// Also make the tests that create something (in clouds servers and backups, in clusters namespaces with pods and a
    /// volume …); everything is removed again
    #[arg(long)]
    allow_changes: bool,

    /// How long one thing may take that is waited for, such as a backup in a cloud or a volume in a cluster
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration, requires = "allow_changes")]
    step_limit: Duration,

    /// How long removing what was created is tried
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration, requires = "allow_changes")]
    cleanup_limit: Duration,

    #[command(flatten)]
    journal: JournalOptions,
}

/// Where journals are.
#[derive(Args)]
pub(super) struct JournalOptions {
    /// The folder where each run notes what it creates, for `sweep`
    /// [default: $XDG_STATE_HOME/scs-conformance, or ~/.local/state/scs-conformance]
    #[arg(long, value_name = "DIR")]
    journal: Option<PathBuf>,
}

impl CloudChanges {
    /// The permission, if it is given; its journal can be written.
    ///
    /// # Errors
    /// No journal can be written: why, and what to do.
    pub(super) fn permission(&self) -> Result<Option<Permission>, String> {
        self.changes.permission(|terms| Terms { external_network: self.external_network.clone(), ..terms })
    }
}

impl ClusterChanges {
    /// The permission, if it is given; its journal can be written.
    ///
    /// # Errors
    /// As [`CloudChanges::permission`].
    pub(super) fn permission(&self) -> Result<Option<Permission>, String> {
        let (image, nodes) = (self.probe_image.clone(), self.probe_nodes.clone());
        let probe = Probe { image, nodes, settling: self.settling, ..Probe::default() };
        let heavy = match self.changes.allow_changes {
            true => self.heavy.heavy(&self.changes.journal.folder()?.folder)?,
            false => None,
        };
        self.changes.permission(|terms| Terms { probe, heavy, ..terms })
    }
}

fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((label, value)) if !label.is_empty() => Ok((label.to_owned(), value.to_owned())),
        _ => Err("write a label and its value, like kubernetes.io/hostname=node-1".into()),
    }
}

impl ChangeOptions {
    fn permission(&self, with: impl FnOnce(Terms) -> Terms) -> Result<Option<Permission>, String> {
        if !self.allow_changes {
            return Ok(None);
        }
        let journals = self.journal.folder()?;
        Journal::try_out(&journals.folder)?;
        let patience = Patience { limit: self.cleanup_limit, ..Patience::default() };
        let terms = with(Terms { step_limit: self.step_limit, patience, ..Terms::default() });
        Ok(Some(Permission { terms, journals }))
    }
}

impl JournalOptions {
    /// The folder of the journals. One that is named has to be there: what is not mounted must not look like nothing to do.
    ///
    /// # Errors
    /// As [`Self::folder`], and there is no such folder.
    pub(super) fn existing(&self) -> Result<Journals, String> {
        match &self.journal {
            Some(folder) if !folder.exists() => Err(format!("--journal {}: there is no such folder", folder.display())),
            _ => self.folder(),
        }
    }

    /// The folder of the journals.
    ///
    /// # Errors
    /// None is named, and there is no home directory.
    pub(super) fn folder(&self) -> Result<Journals, String> {
        if let Some(folder) = &self.journal {
            return Ok(Journals::named(folder));
        }
        let environment =
            Environment::of_process().map_err(|error| format!("the current folder cannot be told: {error}"))?;
        // The rules of XDG: a relative path does not count.
        let state = environment.var("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let state = state.or_else(|| environment.home.as_deref().map(|home| home.join(".local/state")));
        let state = state.ok_or("there is no home directory for the journal; name a folder with --journal")?;
        Ok(Journals::usual(state.join("scs-conformance")))
    }
}
