//! Files for secrets that other programs read.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A text with secrets that other programs read by a path, which only we may read, and which goes when this is dropped.
pub(crate) struct SecretFile {
    path: PathBuf,
    #[cfg(target_os = "linux")]
    _memory: std::fs::File,
    #[cfg(not(target_os = "linux"))]
    _file: tempfile::NamedTempFile,
}

impl SecretFile {
    /// Keeps it in memory: however this process ends, nothing is left of it.
    #[cfg(target_os = "linux")]
    pub fn new(name: &str, text: &str) -> io::Result<Self> {
        use std::os::fd::AsRawFd;
        use std::os::unix::fs::PermissionsExt;
        let memory = rustix::fs::memfd_create(name, rustix::fs::MemfdFlags::CLOEXEC)?;
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
    pub fn new(name: &str, text: &str) -> io::Result<Self> {
        let mut file = tempfile::Builder::new().prefix(&format!(".scs-{name}-")).tempfile()?;
        file.write_all(text.as_bytes())?;
        Ok(Self { path: file.path().to_owned(), _file: file })
    }

    /// Returns its path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_text_is_read_by_its_path() {
        let kept = SecretFile::new("kubeconfig", "hidden").unwrap();
        for _ in 0..2 {
            assert_eq!(fs::read_to_string(&kept.path).unwrap(), "hidden");
        }
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_left_of_it_when_it_is_dropped() {
        use std::os::unix::fs::MetadataExt;
        let file = |path: &Path| fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
        let kept = SecretFile::new("kubeconfig", "hidden").unwrap();
        let (path, before) = (kept.path.clone(), file(&kept.path));
        drop(kept);
        // Its number may be that of another file by now.
        assert!(before.is_some() && file(&path) != before);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_of_it_is_on_a_disk() {
        let kept = SecretFile::new("kubeconfig", "hidden").unwrap();
        let target = fs::read_link(&kept.path).unwrap();
        assert!(target.to_string_lossy().starts_with("/memfd:kubeconfig"), "{target:?}");
    }
}
