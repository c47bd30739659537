//! Where results go: files, written as a whole or not at all, and stdout.

use super::{Manner, exit, fail, note};
use clap::Args;
use scs_checks::definition::Origin;
use scs_reports::{Format, Report, console, render, residue_lines, upload_refusal};
use std::collections::HashSet;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Which reports are written where.
#[derive(Args, Default)]
pub(super) struct OutputOptions {
    /// Write a report; - is stdout. Formats: json, junit, yaml (that of today's result server), html, markdown
    #[arg(short, long, value_name = "FORMAT=PATH")]
    output: Vec<Output>,

    /// Write yaml, which is for uploading, although the definitions are not the official ones
    #[arg(long)]
    upload_altered: bool,
}

impl OutputOptions {
    /// Finds out beforehand whether everything can be written, so that no run is made in vain.
    ///
    /// # Errors
    /// One sentence.
    pub(super) fn prepare(&self) -> Result<(), String> {
        if self.output.iter().filter(|output| output.is_stdout()).count() > 1 {
            return Err("only one --output can go to stdout".into());
        }
        self.output.iter().try_for_each(Output::prepare)?;
        let mut files = HashSet::new();
        match self.output.iter().filter_map(Output::file).find(|file| !files.insert(file.clone())) {
            Some(file) => Err(format!("two --output go to the same file, {}", file.display())),
            None => Ok(()),
        }
    }

    /// Checks that no report is written for uploading that must not be uploaded.
    ///
    /// # Errors
    /// One sentence.
    pub(super) fn admit(&self, simulated: bool, origin: Origin) -> Result<(), String> {
        let uploads = self.output.iter().any(|output| output.format == Format::Yaml);
        let refusal = upload_refusal(simulated, origin, self.upload_altered).filter(|_| uploads);
        refusal.map_or(Ok(()), |why| Err(format!("--output yaml is for uploading: {why}")))
    }

    /// True if a report goes to stdout, which then is for programs.
    pub(super) fn take_stdout(&self) -> bool {
        self.output.iter().any(Output::is_stdout)
    }

    /// True if the report for people stands on the same screen as stderr: it says already what stderr has to say.
    fn is_on_screen(&self) -> bool {
        !self.take_stdout() && io::stdout().is_terminal() && io::stderr().is_terminal()
    }

    /// Prints and writes the report, names on stderr what is left in the subject, and gives the exit code. A report that cannot be written never hides a violation.
    pub(super) fn publish(&self, report: &Report, manner: &Manner) -> u8 {
        let mut results: Vec<_> = self.output.iter().map(|output| output.write(report)).collect();
        if !self.take_stdout() {
            results.push(to_stdout(&for_terminal(report, manner)));
        }
        if !self.is_on_screen() {
            residue_lines(report).iter().for_each(|line| note(line));
        }
        let mut code = report.conclusion().exit_code();
        for result in results {
            if let Err(Unwritten::Because(message)) = result {
                let failed = fail(message, exit::PUBLISHING);
                code = if code == exit::DONE { failed } else { code };
            }
        }
        code
    }
}

/// The report for the terminal, or for a log that is as wide.
fn for_terminal(report: &Report, manner: &Manner) -> String {
    console::render(report, console::Options { colour: true, width: width(), verbose: manner.verbose > 0 })
}

/// The width of the terminal; 120 columns where there is none, so that logs stay readable.
pub(super) fn width() -> usize {
    const LOG: usize = 120;
    if !io::stdout().is_terminal() {
        return LOG;
    }
    terminal_size::terminal_size().map_or(LOG, |(width, _)| usize::from(width.0))
}

/// Finds out whether a file can be written.
///
/// # Errors
/// One sentence.
pub(super) fn prepare_file(path: &Path) -> Result<(), String> {
    let names_a_folder =
        path.is_dir() || path.file_name().is_none() || path.as_os_str().to_string_lossy().ends_with('/');
    if names_a_folder {
        return Err(format!("{}: this is a folder; name a file in it", path.display()));
    }
    if is_stream(path) { Ok(()) } else { temporary_beside(&target(path), path).map(drop) }
}

/// Writes a file as a whole or not at all.
///
/// # Errors
/// One sentence.
pub(super) fn write_file(path: &Path, text: &str) -> Result<(), String> {
    let result = if is_stream(path) {
        append(path, text).map_err(|error| Unwritten::of(path, &error))
    } else {
        replace(path, text)
    };
    unwritten(result)
}

/// The message of what could not be written; that nobody reads any more is none.
///
/// # Errors
/// One sentence.
pub(super) fn unwritten(result: Result<(), Unwritten>) -> Result<(), String> {
    match result {
        Err(Unwritten::Because(message)) => Err(message),
        _ => Ok(()),
    }
}

/// `FORMAT=PATH`; the path `-` is stdout.
#[derive(Clone, Debug)]
pub(super) struct Output {
    format: Format,
    /// None for stdout.
    path: Option<PathBuf>,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once('=').ok_or("write FORMAT=PATH, for example json=report.json")?;
        let format = format.parse::<Format>().map_err(|error| error.to_string())?;
        if path.is_empty() {
            return Err("there is no path behind the =".into());
        }
        Ok(Self { format, path: (path != "-").then(|| PathBuf::from(path)) })
    }
}

impl Output {
    /// True if it goes to stdout.
    pub(super) fn is_stdout(&self) -> bool {
        self.path.is_none()
    }

    /// Finds out beforehand whether the file can be written, so that no run is made in vain.
    ///
    /// # Errors
    /// One sentence.
    pub(super) fn prepare(&self) -> Result<(), String> {
        let Some(path) = &self.path else { return Ok(()) };
        prepare_file(path).map_err(|message| format!("--output {}: {message}", self.format))
    }

    /// The file that will be replaced, however its path is written; none for what can take several reports.
    pub(super) fn file(&self) -> Option<PathBuf> {
        let path = self.path.as_deref().filter(|path| !is_stream(path))?;
        let path = target(path);
        let folder = folder_of(&path).canonicalize();
        Some(folder.map_or_else(|_| path.clone(), |folder| folder.join(path.file_name().unwrap_or_default())))
    }

    /// Writes the report.
    ///
    /// # Errors
    /// What went wrong, and whether it is only that nobody reads any more.
    pub(super) fn write(&self, report: &Report) -> Result<(), Unwritten> {
        let text = render(self.format, report);
        match &self.path {
            None => to_stdout(&text),
            Some(path) => write_file(path, &text).map_err(Unwritten::Because),
        }
    }
}

/// A report that could not be written.
pub(super) enum Unwritten {
    /// Nobody reads any more, which is no reason to complain.
    NobodyReads,
    /// One sentence.
    Because(String),
}

impl Unwritten {
    fn of(path: &Path, error: &dyn std::fmt::Display) -> Self {
        Self::Because(format!("{} cannot be written: {error}", path.display()))
    }
}

/// Prints a result.
///
/// # Errors
/// It cannot be printed.
pub(super) fn to_stdout(text: &str) -> Result<(), Unwritten> {
    // anstream takes the colours away where they cannot be shown.
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Unwritten::NobodyReads,
        _ => Unwritten::Because(format!("the report cannot be printed: {error}")),
    })
}

/// A pipe, a terminal or a device: it takes what comes and must not be replaced by a file.
fn is_stream(path: &Path) -> bool {
    path.starts_with("/dev") || path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut stream = fs::File::options().append(true).open(path)?;
    stream.write_all(text.as_bytes())
}

/// The whole file or nothing: readers never see half a report.
fn replace(path: &Path, text: &str) -> Result<(), Unwritten> {
    let target = target(path);
    let mut file = temporary_beside(&target, path).map_err(Unwritten::Because)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all());
    written.map_err(|error| Unwritten::of(path, &error))?;
    file.persist(target).map_err(|error| Unwritten::of(path, &error.error))?;
    Ok(())
}

/// What a link points to is replaced, not the link.
fn target(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn temporary_beside(target: &Path, path: &Path) -> Result<tempfile::NamedTempFile, String> {
    let folder = folder_of(target);
    new_file().prefix(".scs-conformance-").tempfile_in(folder).map_err(|error| {
        // The name of the temporary file means nothing to anyone.
        let text = error.to_string();
        let why = text.split(" at path ").next().unwrap_or_default();
        format!(
            "{} cannot be written: {why}; check that the folder {} exists and is writable",
            path.display(),
            folder.display()
        )
    })
}

/// Temporary files are private; reports are as readable as any new file of the user, who has a umask for that.
fn new_file<'a, 'b>() -> tempfile::Builder<'a, 'b> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
}
