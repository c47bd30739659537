//! The options of all commands.

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// The result server of the SCS conformance suite: accepts signed reports, keeps them, and says who conforms.
#[derive(Debug, Parser)]
#[command(name = "scs-monitor", version, max_term_width = 100)]
pub struct Options {
    /// The form of the log, which goes to standard error
    #[arg(long, global = true, value_enum, default_value_t, env = "SCS_MONITOR_LOG_FORMAT")]
    pub log_format: LogFormat,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum LogFormat {
    /// Lines for people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve until SIGTERM; SIGHUP reads accounts, scopes, the registry and notifications again
    Serve(Box<ServeOptions>),
    /// Bring the tables of a database to this version (`serve` does so as well)
    Migrate(DatabaseOptions),
    /// Copy everything into a new file, while the server runs
    Backup(BackupOptions),
    /// Copy a backup into an empty database
    Restore(RestoreOptions),
    /// Move the content of old reports into a folder; results and signatures stay
    Retire(RetireOptions),
    /// Take retired content back out of that folder
    Revive(ReviveOptions),
    /// Take over a database of today's server
    Import(ImportOptions),
    /// Write the public site as files; the database is only read
    ExportStatic(ExportOptions),
    /// Serve simulated subjects on loopback, to look at
    Demo(DemoOptions),
    /// Send one test message
    NotifyTest(NotifyTestOptions),
    /// List the messages to operators, the newest first
    Notifications(NotificationsOptions),
    /// Print the description of the interface (OpenAPI)
    Openapi,
}

/// The database.
#[derive(Args, Clone, Debug)]
pub struct DatabaseOptions {
    /// The database: sqlite:PATH, or postgres://USER:PASSWORD@HOST/NAME
    #[arg(long, env = "SCS_MONITOR_DATABASE", default_value = "sqlite:scs-monitor.db", hide_env_values = true)]
    pub database: String,
}

/// The options of `serve`.
#[derive(Args, Clone, Debug)]
pub struct ServeOptions {
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1:8080", env = "SCS_MONITOR_LISTEN")]
    pub listen: SocketAddr,
    /// The file with all accounts; without it those of the database hold
    #[arg(long, value_name = "FILE", env = "SCS_MONITOR_BOOTSTRAP")]
    pub bootstrap: Option<PathBuf>,
    /// A folder with scope files (scs-*.yaml) that hold instead of the built-in ones
    #[arg(long, value_name = "DIR", env = "SCS_MONITOR_SCOPES")]
    pub scopes: Option<PathBuf>,
    /// The file with operators, subjects and certificates (docs/registry.md)
    #[arg(long, value_name = "FILE", env = "SCS_MONITOR_REGISTRY")]
    pub registry: Option<PathBuf>,
    /// The file that says how operators are told (docs/notifications.md); without it nobody is
    #[arg(long, value_name = "FILE", env = "SCS_MONITOR_NOTIFY")]
    pub notify: Option<PathBuf>,
    /// The address or path under which a proxy shows the server
    #[arg(long, value_name = "URL", default_value = "/", env = "SCM_BASE_URL")]
    pub base_url: String,
    /// A proxy whose X-Forwarded-For is believed; repeatable
    #[arg(long, value_name = "ADDRESS")]
    pub trusted_proxy: Vec<IpAddr>,
    /// The user of the health check that is shown errors
    #[arg(long, value_name = "NAME", env = "SCM_HC_USER", requires = "health_password")]
    pub health_user: Option<String>,
    /// The password of that user
    #[arg(long, value_name = "PASSWORD", env = "SCM_HC_PASSWORD", hide_env_values = true)]
    pub health_password: Option<String>,
    /// The time for which a right password is not checked again
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = humantime::parse_duration)]
    pub login_life: Duration,
    /// The number of passwords that are checked at a time; by default half of the processors
    #[arg(long, value_name = "N")]
    pub logins_at_a_time: Option<usize>,
    /// The most connections at a time
    #[arg(long, value_name = "N", default_value_t = 4096)]
    pub connections: usize,
    /// Check options, files and database, and end
    #[arg(long)]
    pub check_config: bool,
    /// Begin at another instant, for rehearsals
    #[arg(long, value_name = "INSTANT", hide = true)]
    pub now: Option<DateTime<Utc>>,
}

/// The options of `backup`.
#[derive(Args, Debug)]
pub struct BackupOptions {
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// The new file
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
}

/// The options of `restore`.
#[derive(Args, Debug)]
pub struct RestoreOptions {
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// The file that `backup` wrote
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
}

/// The options of `retire`.
#[derive(Args, Debug)]
pub struct RetireOptions {
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// The folder that keeps what is retired
    #[arg(long, value_name = "DIR", required_unless_present = "dry_run")]
    pub archive: Option<PathBuf>,
    /// The age; scs-0004 asks for 12 months after the end of a certificate, which is valid for a year
    #[arg(long, value_name = "DAYS", default_value_t = 762, value_parser = clap::value_parser!(u32).range(762..))]
    pub older_than: u32,
    /// The registry: nothing is retired of subjects whose certificates ended less than twelve months ago, or hold
    #[arg(long, value_name = "FILE", env = "SCS_MONITOR_REGISTRY")]
    pub registry: Option<PathBuf>,
    /// The folder with scope files that the registry refers to; without it the built-in scopes
    #[arg(long, value_name = "DIR", env = "SCS_MONITOR_SCOPES")]
    pub scopes: Option<PathBuf>,
    /// Only count
    #[arg(long)]
    pub dry_run: bool,
}

/// The options of `revive`.
#[derive(Args, Debug)]
pub struct ReviveOptions {
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// The folder that `retire` wrote to
    #[arg(long, value_name = "DIR")]
    pub archive: PathBuf,
    /// Only uploads with reports of this subject
    #[arg(long, value_name = "NAME")]
    pub subject: Option<String>,
}

/// The options of `import`.
#[derive(Args, Debug)]
pub struct ImportOptions {
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// The database of today's server: postgres://USER:PASSWORD@HOST/NAME
    #[arg(long, value_name = "DATABASE", env = "SCS_MONITOR_IMPORT_FROM", hide_env_values = true)]
    pub from: String,
    /// The scope files by which nights are judged; without it the built-in scopes
    #[arg(long, value_name = "DIR", env = "SCS_MONITOR_SCOPES")]
    pub scopes: Option<PathBuf>,
    /// Only count
    #[arg(long)]
    pub dry_run: bool,
}

/// The options of `export-static`.
#[derive(Args, Debug)]
pub struct ExportOptions {
    /// The folder: a new one, an empty one, or one that was written by this command before
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// A folder with scope files (scs-*.yaml) that hold instead of the built-in ones
    #[arg(long, value_name = "DIR", env = "SCS_MONITOR_SCOPES")]
    pub scopes: Option<PathBuf>,
    /// The file with operators, subjects and certificates (docs/registry.md)
    #[arg(long, value_name = "FILE", env = "SCS_MONITOR_REGISTRY")]
    pub registry: Option<PathBuf>,
    /// The whole address under which the files are shown, for feeds and QR codes
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Begin at another instant, for rehearsals
    #[arg(long, value_name = "INSTANT", hide = true)]
    pub now: Option<DateTime<Utc>>,
}

/// The options of `notify-test`.
#[derive(Args, Debug)]
pub struct NotifyTestOptions {
    /// The file that says how operators are told
    #[arg(long, value_name = "FILE", env = "SCS_MONITOR_NOTIFY")]
    pub notify: PathBuf,
    /// An address for e-mail, or that of a webhook
    #[arg(long, value_name = "ADDRESS|URL")]
    pub to: String,
}

/// The options of `notifications`.
#[derive(Args, Debug)]
pub struct NotificationsOptions {
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// The most messages
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// Print JSON, with the bodies
    #[arg(long)]
    pub json: bool,
    /// Let `serve` try those once more that it has given up
    #[arg(long)]
    pub retry: bool,
}

/// The options of `demo`.
#[derive(Args, Debug)]
pub struct DemoOptions {
    /// The port on loopback
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
}
