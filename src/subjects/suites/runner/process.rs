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

/// One call of a program.
pub(super) struct Call<'a> {
    /// The program.
    pub program: &'a Path,
    /// Its name in messages, for example `sonobuoy run`.
    pub name: String,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Variables that it gets besides those that we have.
    pub variables: &'a [(String, String)],
    /// The longest time that it may take.
    pub limit: Duration,
    /// Keeps secrets out of messages.
    pub redactor: &'a LogRedactor,
}

/// The output of a program, and its exit status.
#[derive(Debug)]
pub(super) struct ProgramOutput {
    pub stdout: String,
    pub stderr: String,
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
    pub async fn run(&self, look: impl FnMut(&str) + Send) -> Result<ProgramOutput, Error> {
        let mut child = self.spawn()?;
        let mut group = Group::from_child(&child);
        let (mut stdout, mut stderr) = (OutputTail::default(), OutputTail::default());
        let outputs = (child.stdout.take(), child.stderr.take());
        let (ended, look) = (CancellationToken::new(), Mutex::new(look));
        let look = |line: &str| (look.lock().unwrap_or_else(PoisonError::into_inner))(line);
        let reading = async {
            let both = async { tokio::join!(stdout.read(outputs.0, look), stderr.read(outputs.1, look)) };
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
        let outcome = timeout(self.limit, async { tokio::join!(waiting, reading).0 }).await;
        match outcome {
            Ok(Ok(status)) => Ok(ProgramOutput { stdout: stdout.text(), stderr: stderr.text(), status }),
            Ok(Err(error)) => Err(Error::new(ErrorKind::SuiteFailed, format!("{} was lost: {error}", self.name))),
            Err(_) => {
                group.end(&mut child).await;
                let limit = humantime::format_duration(self.limit);
                let what = format!("{} did not end within {limit}{}", self.name, self.last(&stdout, &stderr));
                Err(Error::new(ErrorKind::Deadline, what))
            }
        }
    }

    fn spawn(&self) -> Result<Child, Error> {
        let mut command = Command::new(self.program);
        command.args(&self.arguments).envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        // So that a Ctrl-C in the terminal is ours alone, and everything that it starts can be ended with it.
        #[cfg(unix)]
        command.process_group(0);
        command.spawn().map_err(|error| {
            let what = format!("{} cannot be started: {}: {error}", self.name, self.program.display());
            Error::new(ErrorKind::Unusable, what).help("correct --runner, or install the program anew")
        })
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

/// The last part of an output.
#[derive(Default)]
struct OutputTail(Vec<u8>);

impl OutputTail {
    async fn read(&mut self, output: Option<impl AsyncRead + Unpin>, look: impl Fn(&str)) {
        let Some(output) = output else { return };
        let mut reader = BufReader::new(output);
        let mut line = Vec::new();
        // What cannot be read has ended, as far as we can tell.
        while let Ok(chunk) = reader.fill_buf().await {
            if chunk.is_empty() {
                break;
            }
            self.keep(chunk);
            for byte in chunk {
                match byte {
                    b'\n' | b'\r' => {
                        look(&String::from_utf8_lossy(&line));
                        line.clear();
                    }
                    _ if line.len() < LONGEST_LINE => line.push(*byte),
                    _ => {}
                }
            }
            let length = chunk.len();
            reader.consume(length);
        }
    }

    fn keep(&mut self, chunk: &[u8]) {
        self.0.extend_from_slice(chunk);
        if self.0.len() > 2 * KEPT {
            self.0.drain(..self.0.len() - KEPT);
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

/// The processes that a program started, and itself. They are killed when this is dropped.
struct Group(Option<u32>);

impl Group {
    fn from_child(child: &Child) -> Self {
        Self(child.id())
    }

    /// Asks all of them to end, and kills those that do not.
    async fn end(&mut self, child: &mut Child) {
        self.signal(false);
        let _ = timeout(GRACE, child.wait()).await;
        self.kill();
        // What cannot be killed hangs in the kernel; nobody can wait for that.
        let _ = timeout(GRACE, child.wait()).await;
    }

    fn kill(&mut self) {
        self.signal(true);
        self.0 = None;
    }

    #[cfg(unix)]
    fn signal(&self, kill: bool) {
        use rustix::process::{Pid, Signal, kill_process_group};
        let group = self.0.and_then(|id| Pid::from_raw(id.cast_signed()));
        let signal = if kill { Signal::KILL } else { Signal::TERM };
        if let Some(group) = group {
            // A group that is gone cannot be signalled, which is what is wanted.
            let _ = kill_process_group(group, signal);
        }
    }

    /// Does nothing. There are no groups; the program itself is killed when it is dropped.
    #[cfg(not(unix))]
    fn signal(&self, _kill: bool) {}
}

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
        let call =
            Call { program, name: "tool run".into(), arguments, variables: &variables, limit, redactor: &redactor };
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
