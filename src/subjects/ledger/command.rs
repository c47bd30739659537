//! The command that removes what a run left, for every message and report: one author for all of them.

use super::name::RunId;
use super::place::Place;
use scs_reports::quoted;
use std::path::{Path, PathBuf};

/// The folder of the journals, and the way in which `sweep` finds it.
#[derive(Clone, Debug)]
pub struct Journals {
    /// The folder.
    pub folder: PathBuf,
    origin: FolderOrigin,
}

/// The way in which the folder was chosen, which tells if `sweep` finds it by itself.
#[derive(Clone, Copy, Debug)]
enum FolderOrigin {
    /// `sweep` looks there by itself.
    Usual,
    /// `sweep` has to be told by `--journal`.
    Named,
    /// Folder and subject go with the run, so nothing can sweep there.
    Passing,
}

/// The scope of a command.
#[derive(Clone, Copy, Debug)]
pub enum SweepScope<'a> {
    /// The leftovers of one run.
    Run(&'a RunId),
    /// The leftovers of all runs that began more than an hour ago.
    OldRuns,
}

impl Journals {
    /// Returns the folder in which `sweep` looks by itself.
    pub fn usual(folder: PathBuf) -> Self {
        Self { folder, origin: FolderOrigin::Usual }
    }

    /// Returns a folder that the user has named.
    pub fn named(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), origin: FolderOrigin::Named }
    }

    /// Returns a folder that goes with the run, as its subject does.
    pub fn passing(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), origin: FolderOrigin::Passing }
    }

    /// Returns the command that removes what is left in a place, as a shell reads it; none where nothing can.
    pub fn sweep(&self, place: &Place, scope: SweepScope<'_>) -> Option<String> {
        let journal = match self.origin {
            FolderOrigin::Usual => None,
            // The command may be given in another folder.
            FolderOrigin::Named => Some(std::path::absolute(&self.folder).unwrap_or_else(|_| self.folder.clone())),
            FolderOrigin::Passing => return None,
        };
        let journal = journal.map(|folder| folder.display().to_string());
        let of_cloud = |cloud, region| [("cloud", Some(cloud)), ("region", region)].to_vec();
        let (kind, options) = match place {
            Place::Project { cloud, region, .. } => ("iaas", of_cloud(cloud, region.as_ref())),
            Place::Domains { cloud, region, managers, .. } => {
                let managers = managers.iter().map(|name| ("domain-manager", Some(name)));
                ("iaas", of_cloud(cloud, region.as_ref()).into_iter().chain(managers).collect())
            }
            Place::Cluster { kubeconfig, context, .. } => {
                ("kaas", vec![("kubeconfig", kubeconfig.as_ref()), ("context", context.as_ref())])
            }
        };
        let all = options.into_iter().chain([("journal", journal.as_ref())]);
        let all = all.filter_map(|(name, value)| Some(format!(" --{name} {}", quoted(value?))));
        let scope = match scope {
            SweepScope::Run(run) => format!("--run {run}"),
            SweepScope::OldRuns => "--older-than 1h".to_owned(),
        };
        Some(format!("scs-conformance sweep {kind}{} {scope}", all.collect::<String>()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn project(region: Option<&str>) -> Place {
        let (auth_url, project) = ("https://keystone/v3".to_owned(), "p".to_owned());
        Place::Project { cloud: "my cloud".to_owned(), auth_url, project, region: region.map(str::to_owned) }
    }

    fn cluster(kubeconfig: Option<&str>, context: Option<&str>) -> Place {
        let (kubeconfig, context) = (kubeconfig.map(str::to_owned), context.map(str::to_owned));
        Place::Cluster { cluster: "c".to_owned(), server: "s".to_owned(), uid: None, kubeconfig, context }
    }

    fn domains() -> Place {
        let [cloud, auth_url] = ["c", "https://keystone/v3"].map(str::to_owned);
        let (managers, domains) = (["dm1", "dm2"].map(str::to_owned).to_vec(), ["a", "b"].map(str::to_owned).to_vec());
        Place::Domains { cloud, region: None, managers, auth_url, domains }
    }

    #[rstest]
    #[case(domains(), "iaas --cloud c --domain-manager dm1 --domain-manager dm2")]
    #[case(project(None), "iaas --cloud 'my cloud'")]
    #[case(project(Some("RegionOne")), "iaas --cloud 'my cloud' --region RegionOne")]
    #[case(cluster(None, None), "kaas")]
    #[case(cluster(None, Some("lab")), "kaas --context lab")]
    #[case(cluster(Some("/a b/k"), Some("it's")), r"kaas --kubeconfig '/a b/k' --context 'it'\''s'")]
    fn the_command_leads_to_the_same_place(#[case] place: Place, #[case] expected: &str) {
        let run = "20261120t153045-k3f9".parse().unwrap();
        let (usual, named) = (Journals::usual("/j".into()), Journals::named("/my journals"));
        let command = |journals: &Journals, scope| journals.sweep(&place, scope).unwrap();
        let expected = format!("scs-conformance sweep {expected}");
        assert_eq!(command(&usual, SweepScope::Run(&run)), format!("{expected} --run {run}"));
        assert_eq!(command(&usual, SweepScope::OldRuns), format!("{expected} --older-than 1h"));
        assert_eq!(command(&named, SweepScope::Run(&run)), format!("{expected} --journal '/my journals' --run {run}"));
        assert_eq!(Journals::passing(Path::new("/j")).sweep(&place, SweepScope::Run(&run)), None);
    }
}
