//! PostgreSQL of Debian, started once for all tests of this process, and ended with it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use std::{fs, thread};
use uuid::Uuid;

/// A running PostgreSQL. It ends when this process does: its shell waits for the end of its input.
pub struct Postgres {
    port: u16,
    programs: PathBuf,
    folder: PathBuf,
    _shell: Child,
}

/// Returns the folder with the programs of the newest PostgreSQL.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|entry| entry.path()).collect();
    found.sort();
    let programs = found.pop()?.join("bin");
    programs.join("initdb").exists().then_some(programs)
}

/// Returns a command that runs as somebody PostgreSQL accepts: it refuses root.
fn command(program: &Path) -> Command {
    let is_root = fs::metadata("/root").is_ok() && fs::read_dir("/root").is_ok();
    if !is_root {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program).current_dir("/");
    command
}

fn options(port: u16) -> String {
    format!("-h 127.0.0.1 -p {port} -k '' -c fsync=off -c max_connections=300")
}

fn start() -> Option<Postgres> {
    let programs = programs()?;
    let folder = std::env::temp_dir().join(format!("scs-monitor-pg-{}", Uuid::new_v4()));
    let init = command(&programs.join("initdb"))
        .args(["--auth=trust", "--username=test", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
        .arg(&folder)
        .output()
        .unwrap();
    assert!(init.status.success(), "initdb: {}", String::from_utf8_lossy(&init.stderr));
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let script = format!(
        "'{postgres}' -D '{folder}' {options} >/dev/null 2>&1 &
         cat >/dev/null; '{control}' -D '{folder}' -m immediate -w stop; rm -rf '{folder}'",
        options = options(port),
        control = programs.join("pg_ctl").display(),
        postgres = programs.join("postgres").display(),
        folder = folder.display(),
    );
    let mut shell = command(Path::new("/bin/sh"));
    let shell = shell.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let running = Postgres { port, programs, folder, _shell: shell.spawn().unwrap() };
    running.wait();
    Some(running)
}

impl Postgres {
    /// Ends it at once, as a crash does.
    pub fn crash(&self) {
        self.control(&["-m", "immediate", "stop"]);
    }

    /// Starts it again after a crash.
    pub fn recover(&self) {
        self.control(&["-o", &options(self.port), "start"]);
        self.wait();
    }

    fn control(&self, arguments: &[&str]) {
        let mut control = command(&self.programs.join("pg_ctl"));
        let control = control.args(["-w", "-l", "/dev/null", "-D"]).arg(&self.folder).args(arguments);
        let status = control.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(status.success(), "pg_ctl {arguments:?}");
    }

    /// Returns the address of a new database.
    pub fn database(&self) -> String {
        let name = format!("t{}", Uuid::new_v4().simple());
        assert!(self.sql("postgres", &format!("CREATE DATABASE {name}")));
        format!("postgres://test@127.0.0.1:{}/{name}", self.port)
    }

    fn wait(&self) {
        let start = Instant::now();
        while !self.sql("postgres", "SELECT 1") {
            assert!(start.elapsed() < Duration::from_secs(60), "PostgreSQL does not start");
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn sql(&self, database: &str, text: &str) -> bool {
        let mut command = Command::new(self.programs.join("psql"));
        let command = command.args(["-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "test", "-c", text]);
        let output = command.args(["-p", &self.port.to_string(), "-d", database]).output().unwrap();
        output.status.success()
    }
}

fn running() -> Option<&'static Postgres> {
    static RUNNING: OnceLock<Option<Postgres>> = OnceLock::new();
    RUNNING.get_or_init(of_its_own).as_ref()
}

/// Starts a PostgreSQL that no other test uses; none where it is not installed.
pub fn of_its_own() -> Option<Postgres> {
    let running = start();
    if running.is_none() {
        assert!(std::env::var_os("SCS_REQUIRE_POSTGRES").is_none(), "PostgreSQL is not installed");
        eprintln!("SKIPPED: PostgreSQL is not installed (apt-get install postgresql); this test proves nothing");
    }
    running
}

/// Returns the address of a new database; none where PostgreSQL is not installed.
pub fn new_database() -> Option<String> {
    Some(running()?.database())
}

/// Runs statements in a database.
pub fn run(address: &str, text: &str) {
    let postgres = running().unwrap();
    let name = address.rsplit('/').next().unwrap();
    assert!(postgres.sql(name, text), "{text}");
}
