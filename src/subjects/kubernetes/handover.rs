//! Kubeconfigs for the tools that this program starts: one cluster each, and nothing else of the user's file.

use super::Cluster;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A kubeconfig with one context, which only we may read, and which goes when this is dropped.
pub struct Handover {
    file: KubeconfigFile,
    /// The context.
    pub context: String,
    /// Variables that a program needs to find the same way: that no proxy leads to a cluster where we use none.
    pub variables: Vec<(String, String)>,
}

/// A kubeconfig for a tool that cannot be written.
#[derive(Debug, Error)]
#[error("the kubeconfig for the tool cannot be written: {0}")]
pub struct HandoverError(#[from] io::Error);

impl Handover {
    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.file.path
    }
}

impl Cluster {
    /// Writes down the way to this cluster.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn handover(&self) -> Result<Handover, HandoverError> {
        // JSON is YAML.
        let text = serde_json::to_string(&self.kubeconfig).map_err(io::Error::from);
        let file = text.and_then(|text| KubeconfigFile::new(&text))?;
        let context = self.kubeconfig.current_context.clone().unwrap_or_default();
        Ok(Handover { file, context, variables: self.variables.clone() })
    }
}

/// A kubeconfig that other programs read by a path.
struct KubeconfigFile {
    path: PathBuf,
    #[cfg(target_os = "linux")]
    _memory: std::fs::File,
    #[cfg(not(target_os = "linux"))]
    _file: tempfile::NamedTempFile,
}

impl KubeconfigFile {
    /// Keeps it in memory: however this process ends, nothing is left of it.
    #[cfg(target_os = "linux")]
    fn new(text: &str) -> io::Result<Self> {
        use std::os::fd::AsRawFd;
        use std::os::unix::fs::PermissionsExt;
        let memory = rustix::fs::memfd_create("kubeconfig", rustix::fs::MemfdFlags::CLOEXEC)?;
        let mut memory = std::fs::File::from(memory);
        memory.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        memory.write_all(text.as_bytes())?;
        let path = PathBuf::from(format!("/proc/{}/fd/{}", std::process::id(), memory.as_raw_fd()));
        // Without `/proc`, or with that of others, it is not there.
        match std::fs::read(&path)? == text.as_bytes() {
            true => Ok(Self { path, _memory: memory }),
            false => Err(io::Error::other(format!("{} is something else", path.display()))),
        }
    }

    /// Keeps it in a temporary file.
    #[cfg(not(target_os = "linux"))]
    fn new(text: &str) -> io::Result<Self> {
        let mut file = tempfile::Builder::new().prefix(".scs-kubeconfig-").tempfile()?;
        file.write_all(text.as_bytes())?;
        Ok(Self { path: file.path().to_owned(), _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_text_is_read_by_its_path() {
        let kept = KubeconfigFile::new("hidden").unwrap();
        for _ in 0..2 {
            assert_eq!(fs::read_to_string(&kept.path).unwrap(), "hidden");
        }
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_left_of_it_when_it_is_dropped() {
        use std::os::unix::fs::MetadataExt;
        let file = |path: &Path| fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
        let kept = KubeconfigFile::new("hidden").unwrap();
        let (path, before) = (kept.path.clone(), file(&kept.path));
        drop(kept);
        // Its number may be that of another file by now.
        assert!(before.is_some() && file(&path) != before);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_of_it_is_on_a_disk() {
        let kept = KubeconfigFile::new("hidden").unwrap();
        let target = fs::read_link(&kept.path).unwrap();
        assert!(target.to_string_lossy().starts_with("/memfd:kubeconfig"), "{target:?}");
    }
}
