//! The program as users start it: a process with an environment of its own.

use scs_simcloud::SimCloud;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// The time long before which a program ends, whatever it does; a test that waits longer has found something that hangs.
pub const LONGEST: Duration = Duration::from_secs(60);

/// The program in a folder of its own, with no environment but a home in that folder.
pub struct Program {
    folder: TempDir,
    command: Command,
}

/// The result of a program that has ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    folder: TempDir,
}

impl Program {
    /// Creates the program with these arguments, separated by spaces; `''` around one with spaces.
    pub fn new(arguments: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_scs-conformance"));
        command.env_clear().env("HOME", folder.path()).current_dir(folder.path()).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { folder, command }.arguments(arguments)
    }

    /// Creates `check iaas` against a simulated cloud, which is called `sim`.
    pub fn check(cloud: &SimCloud, arguments: &str) -> Self {
        Self::new("check iaas --cloud sim").clouds(&cloud.clouds_yaml("sim").unwrap()).arguments(arguments)
    }

    /// Adds more arguments.
    pub fn arguments(mut self, arguments: &str) -> Self {
        self.command.args(split(arguments));
        self
    }

    /// Adds one more argument, as it is.
    pub fn argument(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Writes a clouds.yaml where the program looks for it.
    pub fn clouds(self, yaml: &str) -> Self {
        self.file("clouds.yaml", yaml)
    }

    /// Writes a file in the folder the program is started in.
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.folder().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// Starts it by another program, which gets it and its arguments after these arguments.
    pub fn through(mut self, program: &str, arguments: &[&str]) -> Self {
        let inner = self.command.as_std();
        let mut outer = Command::new(program);
        outer.args(arguments).arg(inner.get_program()).args(inner.get_args()).env_clear();
        outer.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        outer.current_dir(self.folder.path()).kill_on_drop(true);
        outer.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.command = outer;
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn stdin(mut self, stdin: impl Into<Stdio>) -> Self {
        self.command.stdin(stdin);
        self
    }

    pub fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.command.stdout(stdout);
        self
    }

    pub fn stderr(mut self, stderr: impl Into<Stdio>) -> Self {
        self.command.stderr(stderr);
        self
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts it, to be ended with [`Running::ended`].
    pub fn start(mut self) -> Running {
        Running { child: self.command.spawn().unwrap(), folder: self.folder }
    }

    /// Runs it to its end.
    pub async fn run(self) -> Ended {
        self.start().ended().await
    }
}

/// A program that was started.
pub struct Running {
    pub child: Child,
    folder: TempDir,
}

impl Running {
    /// Sends a signal, by its name without SIG.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().unwrap();
        let kill = std::process::Command::new("sh").arg("-c").arg(format!("kill -{name} {id}")).status();
        assert!(kill.unwrap().success());
    }

    /// Waits for its end.
    pub async fn ended(self) -> Ended {
        self.ended_within(LONGEST).await
    }

    /// Waits for its end, which may take so long.
    pub async fn ended_within(self, longest: Duration) -> Ended {
        let output = tokio::time::timeout(longest, self.child.wait_with_output()).await.expect("it hangs").unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("what is printed is text");
        let ended = Ended {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            folder: self.folder,
        };
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
        assert!(ended.code.is_some(), "a signal ended it: {:?}", output.status);
        ended
    }
}

impl Ended {
    /// Returns the path of a file in the folder it was started in.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Reads a file it left.
    pub fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name))
            .unwrap_or_else(|error| panic!("{name}: {error}; {self:?}"))
    }

    /// Returns the names of all files and folders in one of its folders, sorted.
    pub fn files_in(&self, name: &str) -> Vec<String> {
        files_in(&self.folder.path().join(name))
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.file(name)).unwrap()
    }

    /// Returns the names of all files and folders in its folder, sorted.
    pub fn files(&self) -> Vec<String> {
        files_in(self.folder.path())
    }

    /// Asserts the exit code, showing everything if it is another.
    #[track_caller]
    pub fn assert_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

/// Returns the names of all files and folders in a folder, sorted.
pub fn files_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Returns the path of a file of this repository.
pub fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (number, part) in text.split('\'').enumerate() {
        match number % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// Returns the verdict of every testcase of a report in JSON.
pub fn verdicts(report: &Value) -> Vec<(String, String)> {
    let testcases = report["testcases"].as_object().unwrap();
    let verdict = |result: &Value| result["verdict"].as_str().unwrap().to_owned();
    testcases.iter().map(|(id, result)| (id.clone(), verdict(result))).collect()
}
