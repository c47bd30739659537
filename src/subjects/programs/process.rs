//! Programs of others: started in a process group of their own, bounded in time and output, and never left behind.

use super::redactor::LogRedactor;
use crate::wire::error::{Error, ErrorKind};
use std::ffi::OsString;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// The most that is kept of each output, in bytes, from its end.
const KEPT: usize = 1 << 20;
/// The longest line that is taken for one, in bytes.
const LONGEST_LINE: usize = 64 << 10;
/// The time for a program to end after it was asked to, and for its output to end after it.
const GRACE: Duration = Duration::from_secs(5);
/// The number of last lines that an error shows.
const SHOWN: usize = 3;

/// The script of a shell that starts the program of its arguments, and beside it a guard that ends the group once nobody holds the
/// other end of stdin any more: that of a process which was killed closes by itself.
const GUARDED: &str = r#"exec 3<&0; { read -r _ <&3; kill -KILL 0; } >/dev/null 2>&1 & exec "$0" "$@" </dev/null 3<&-"#;

/// The outputs of a program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stream {
    Stdout,
    Stderr,
}

/// One call of a program.
pub struct Call<'a> {
    /// The program.
    pub program: &'a Path,
    /// Its name in messages, for example `sonobuoy run`.
    pub name: String,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Variables that it gets besides those that we have.
    pub variables: &'a [(String, String)],
    /// The folder that it is started in; ours without one.
    pub folder: Option<&'a Path>,
    /// True if it must not outlive this process, however that ends.
    pub bound: bool,
    /// The option that names the program.
    pub option: &'static str,
    /// The longest time that it may take.
    pub limit: Duration,
    /// Keeps secrets out of messages.
    pub redactor: &'a LogRedactor,
}

/// The output of a program, and its exit status.
#[derive(Debug)]
pub struct ProgramOutput {
    /// The end of what it printed.
    pub stdout: String,
    /// The end of what it printed as errors.
    pub stderr: String,
    /// Its exit status.
    pub status: ExitStatus,
}

impl Call<'_> {
    /// Runs it to its end, which has to be a good one.
    ///
    /// # Errors
    /// It cannot be started, takes too long, or fails: with the last lines that it said.
    pub async fn succeed(&self) -> Result<ProgramOutput, Error> {
        let said = self.run(|_| {}).await?;
        if said.status.success() { Ok(said) } else { Err(self.failed(&said)) }
    }

    /// Runs it to its end, whatever that is; each line that it prints, on either output, is looked at as it comes.
    ///
    /// # Errors
    /// It cannot be started, or takes too long.
    pub async fn run(&self, mut look: impl FnMut(&str) + Send) -> Result<ProgramOutput, Error> {
        let mut lines = [Lines::default(), Lines::default()];
        let look = |stream: Stream, chunk: &[u8]| lines[stream as usize].split(chunk, &mut look);
        self.conduct(look, KEPT).await
    }

    /// Runs it to its end, whatever that is; what it prints on stdout is taken as it comes, and not kept.
    ///
    /// # Errors
    /// It cannot be started, or takes too long.
    pub async fn stream(&self, mut take: impl FnMut(&[u8]) + Send) -> Result<ProgramOutput, Error> {
        self.conduct(
            |stream, chunk| {
                if stream == Stream::Stdout {
                    take(chunk)
                }
            },
            0,
        )
        .await
    }

    /// Runs it to its end, and keeps so much of stdout.
    async fn conduct(&self, look: impl FnMut(Stream, &[u8]) + Send, kept: usize) -> Result<ProgramOutput, Error> {
        let mut child = self.spawn()?;
        let mut group = Group::from_child(&child);
        let id = child.id();
        let (mut stdout, mut stderr) = (OutputTail::new(kept), OutputTail::new(KEPT));
        let outputs = (child.stdout.take(), child.stderr.take());
        // As long as this end is open, a program that is bound to us goes on.
        let _bond = child.stdin.take();
        let (ended, look) = (CancellationToken::new(), Mutex::new(look));
        let look = |stream: Stream, chunk: &[u8]| {
            (look.lock().unwrap_or_else(PoisonError::into_inner))(stream, chunk);
        };
        let reading = async {
            let of_stdout = stdout.read(outputs.0, |chunk| look(Stream::Stdout, chunk));
            let of_stderr = stderr.read(outputs.1, |chunk| look(Stream::Stderr, chunk));
            let both = async { tokio::join!(of_stdout, of_stderr) };
            // A stray that has left the group may hold the pipes open for ever.
            let enough = async { (ended.cancelled().await, sleep(GRACE).await) };
            tokio::select! { _ = both => {}, _ = enough => {} }
        };
        let waiting = async {
            let status = child.wait().await;
            group.kill();
            ended.cancel();
            status
        };
        let mut running = Box::pin(async { tokio::join!(waiting, reading).0 });
        match timeout(self.limit, &mut running).await {
            Ok(Ok(status)) => {
                drop(running);
                Ok(ProgramOutput { stdout: stdout.text(), stderr: stderr.text(), status })
            }
            Ok(Err(error)) => Err(Error::new(ErrorKind::SuiteFailed, format!("{} was lost: {error}", self.name))),
            Err(_) => {
                // It may say its last words: one whose pipes are closed would be killed by them.
                signal(id, false);
                let _ = timeout(GRACE, &mut running).await;
                drop(running);
                group.kill();
                // What cannot be killed hangs in the kernel; nobody can wait for that.
                let _ = timeout(GRACE, child.wait()).await;
                let limit = humantime::format_duration(self.limit);
                let what = format!("{} did not end within {limit}{}", self.name, self.last(&stdout, &stderr));
                Err(Error::new(ErrorKind::Deadline, what))
            }
        }
    }

    fn spawn(&self) -> Result<Child, Error> {
        let mut command = self.command();
        command.args(&self.arguments).envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = self.folder {
            command.current_dir(folder);
        }
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        // So that a Ctrl-C in the terminal is ours alone, and everything that it starts can be ended with it.
        #[cfg(unix)]
        command.process_group(0);
        command.spawn().map_err(|error| {
            let what = format!("{} cannot be started: {}: {error}", self.name, self.program.display());
            Error::new(ErrorKind::Unusable, what).help(format!("correct {}, or install the program anew", self.option))
        })
    }

    /// Returns the command, without arguments: the program itself, or a shell that also starts a guard beside it.
    fn command(&self) -> Command {
        let program = self.program;
        if !(self.bound && cfg!(unix)) {
            let mut command = Command::new(program);
            command.stdin(Stdio::null());
            return command;
        }
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(GUARDED).arg(program).stdin(Stdio::piped());
        command
    }

    /// Returns the error of a program that failed, with its last lines.
    pub fn failed(&self, said: &ProgramOutput) -> Error {
        let last = last(self.redactor, &said.stdout, &said.stderr);
        Error::new(ErrorKind::SuiteFailed, format!("{} failed ({}){last}", self.name, said.status))
    }

    fn last(&self, stdout: &OutputTail, stderr: &OutputTail) -> String {
        last(self.redactor, &stdout.text(), &stderr.text())
    }
}

/// Returns the last lines of what was said, those of errors first; without secrets.
fn last(redactor: &LogRedactor, stdout: &str, stderr: &str) -> String {
    let lines = |text: &str| {
        let lines: Vec<String> =
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
        lines[lines.len().saturating_sub(SHOWN)..].join(" / ")
    };
    let said = [lines(stderr), lines(stdout)].into_iter().find(|said| !said.is_empty());
    said.map_or_else(|| ", and said nothing".to_owned(), |said| format!("; it said last: {}", redactor.clean(&said)))
}

/// The lines of an output.
#[derive(Default)]
struct Lines(Vec<u8>);

impl Lines {
    /// Shows each line that has ended.
    fn split(&mut self, chunk: &[u8], look: &mut impl FnMut(&str)) {
        for byte in chunk {
            match byte {
                b'\n' | b'\r' => {
                    look(&String::from_utf8_lossy(&self.0));
                    self.0.clear();
                }
                _ if self.0.len() < LONGEST_LINE => self.0.push(*byte),
                _ => {}
            }
        }
    }
}

/// The last part of an output.
struct OutputTail {
    bytes: Vec<u8>,
    kept: usize,
}

impl OutputTail {
    fn new(kept: usize) -> Self {
        Self { bytes: Vec::new(), kept }
    }

    async fn read(&mut self, output: Option<impl AsyncRead + Unpin>, look: impl Fn(&[u8])) {
        let Some(output) = output else { return };
        let mut reader = BufReader::new(output);
        // What cannot be read has ended, as far as we can tell.
        while let Ok(chunk) = reader.fill_buf().await {
            if chunk.is_empty() {
                break;
            }
            self.keep(chunk);
            look(chunk);
            let length = chunk.len();
            reader.consume(length);
        }
    }

    fn keep(&mut self, chunk: &[u8]) {
        if self.kept == 0 {
            return;
        }
        self.bytes.extend_from_slice(chunk);
        if self.bytes.len() > 2 * self.kept {
            self.bytes.drain(..self.bytes.len() - self.kept);
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// The processes that a program started, and itself. They are killed when this is dropped.
struct Group(Option<u32>);

impl Group {
    fn from_child(child: &Child) -> Self {
        Self(child.id())
    }

    fn kill(&mut self) {
        signal(self.0.take(), true);
    }
}

/// Asks all processes of a group to end, or kills them.
#[cfg(unix)]
fn signal(group: Option<u32>, kill: bool) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let group = group.and_then(|id| Pid::from_raw(id.cast_signed()));
    let signal = if kill { Signal::KILL } else { Signal::TERM };
    if let Some(group) = group {
        // A group that is gone cannot be signalled, which is what is wanted.
        let _ = kill_process_group(group, signal);
    }
}

/// Does nothing. There are no groups; the program itself is killed when it is dropped.
#[cfg(not(unix))]
fn signal(_group: Option<u32>, _kill: bool) {}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use rstest::rstest;

    async fn shell(script: &str, limit: Duration) -> Result<ProgramOutput, Error> {
        let redactor = LogRedactor::default();
        let arguments = vec!["-c".into(), script.into()];
        let program = Path::new("/bin/sh");
        let variables = [("COLOUR".to_owned(), "red".to_owned())];
        let call = Call {
            program,
            name: "tool run".into(),
            arguments,
            variables: &variables,
            folder: Some(Path::new("/")),
            bound: false,
            option: "--runner",
            limit,
            redactor: &redactor,
        };
        call.succeed().await
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn what_a_program_says_is_kept() {
        let said = shell("cat; echo $COLOUR; echo no >&2", LONG).await.unwrap();
        assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("red\n", "no\n"));
    }

    #[rstest]
    #[case("echo a; echo b >&2; exit 3", "tool run failed (exit status: 3); it said last: b")]
    #[case("echo a; exit 1", "tool run failed (exit status: 1); it said last: a")]
    #[case("exit 1", "tool run failed (exit status: 1), and said nothing")]
    #[case(
        "for i in 1 2 3 4; do echo $i; done; kill -9 $$",
        "tool run failed (signal: 9 (SIGKILL)); it said last: 2 / 3 / 4"
    )]
    #[case("echo Authorization: Bearer abcdefgh; exit 1", "it said last: Authorization: Bearer [secret]")]
    #[tokio::test]
    async fn a_failure_shows_what_was_said_last(#[case] script: &str, #[case] redactor: &str) {
        let error = shell(script, LONG).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::SuiteFailed);
        assert!(error.to_string().contains(redactor), "{error}");
    }

    #[tokio::test]
    async fn nothing_outlives_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pids");
        // Neither the program nor what it started listens to a gentle word.
        let script = format!(
            "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ >> {0}; while :; do sleep 1; done' & echo $$ >> {0}; \
             while :; do sleep 1; done",
            file.display()
        );
        let error = shell(&script, Duration::from_millis(500)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Deadline, "{error}");
        let pids = std::fs::read_to_string(&file).unwrap();
        assert_eq!(pids.lines().count(), 2, "{pids}");
        for pid in pids.lines() {
            assert!(is_gone(pid).await, "{pid} lives");
        }
    }

    /// A shell says that what it waited for was terminated, before it does what it has to do at its end.
    #[tokio::test]
    async fn late_program_can_say_last_words_and_leave_things_in_order() {
        let script = "trap 'echo unlocked; exit 1' TERM; while :; do sleep 0.05; done";
        let error = shell(script, Duration::from_millis(500)).await.unwrap_err();
        assert!(error.what.contains("unlocked") || error.what.contains("Terminated"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("unlocked");
        let script = format!("trap 'touch {}; exit 1' TERM; while :; do sleep 0.05; done", file.display());
        shell(&script, Duration::from_millis(500)).await.unwrap_err();
        assert!(file.exists());
    }

    #[tokio::test]
    async fn nothing_outlives_somebody_who_does_not_wait() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let script = format!("echo $$ > {}; while :; do sleep 1; done", file.display());
        let running = shell(&script, LONG);
        let begun = async {
            while !std::fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n')) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! { _ = running => panic!("it ended"), () = begun => {} }
        let pid = std::fs::read_to_string(&file).unwrap();
        assert!(is_gone(pid.trim()).await, "{pid} lives");
    }

    #[tokio::test]
    async fn what_a_program_leaves_running_does_not_keep_us() {
        let said = shell("sleep 600 & echo done", LONG).await.unwrap();
        assert_eq!(said.stdout, "done\n");
    }

    #[tokio::test]
    async fn endless_output_is_bounded() {
        let said = shell(
            "i=0; while [ $i -lt 60000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done; echo end",
            LONG,
        );
        let said = said.await.unwrap();
        assert!(said.stdout.len() <= 2 * KEPT && said.stdout.ends_with("end\n"), "{}", said.stdout.len());
    }

    /// The guard notices that the pipe to us is closed, as it is when we are killed.
    #[tokio::test]
    async fn a_program_that_is_bound_ends_with_whoever_holds_the_pipe() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pids");
        let script = format!("echo $$ >> {0}; sh -c 'echo $$ >> {0}; sleep 600'", file.display());
        let redactor = LogRedactor::default();
        let call = Call {
            program: Path::new("/bin/sh"),
            name: "tool".into(),
            arguments: vec!["-c".into(), script.into()],
            variables: &[],
            folder: None,
            bound: true,
            option: "--tempest",
            limit: LONG,
            redactor: &redactor,
        };
        let mut child = call.spawn().unwrap();
        while !std::fs::read_to_string(&file).is_ok_and(|text| text.lines().count() == 2) {
            sleep(Duration::from_millis(5)).await;
        }
        drop(child.stdin.take());
        let status = child.wait().await.unwrap();
        assert!(!status.success(), "{status}");
        for pid in std::fs::read_to_string(&file).unwrap().lines() {
            assert!(is_gone(pid).await, "{pid} lives");
        }
    }

    #[tokio::test]
    async fn what_is_taken_as_it_comes_is_not_kept() {
        let (redactor, mut taken) = (LogRedactor::default(), Vec::new());
        let call = Call {
            program: Path::new("/bin/sh"),
            name: "tool".into(),
            arguments: vec!["-c".into(), "printf 'a\\263b'; echo no >&2; exit 3".into()],
            variables: &[],
            folder: None,
            bound: true,
            option: "--tempest",
            limit: LONG,
            redactor: &redactor,
        };
        let said = call.stream(|chunk| taken.extend_from_slice(chunk)).await.unwrap();
        assert_eq!((taken.as_slice(), said.stdout.as_str(), said.stderr.as_str()), (&b"a\xB3b"[..], "", "no\n"));
        assert_eq!(said.status.code(), Some(3));
    }

    /// Waits until a process is gone, or dead and not yet reaped.
    async fn is_gone(pid: &str) -> bool {
        for _ in 0..2000 {
            match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
                Err(_) => return true,
                Ok(stat) if stat.contains(") Z ") => return true,
                Ok(_) => sleep(Duration::from_millis(5)).await,
            }
        }
        false
    }
}
