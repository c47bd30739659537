use super::*;
use rstest::rstest;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

const WHOLE: &str = "\
base_url: https://monitor.example/scs
smtp:
  host: mail.example
  user: monitor
  password: {file: PASSWORD}
  from: SCS monitor <monitor@example.org>
webhook:
  secret: {file: WEBHOOK}
window: 12h
reminder_after: 5days
quiet: {from: \"20:00\", to: \"06:00\", weekends: false}
";

fn write(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path.display().to_string()
}

fn parse(text: &str) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let text = text.replace("PASSWORD", &write(&folder, "password", "pass word\n"));
    let text = text.replace("WEBHOOK", &write(&folder, "webhook", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"));
    let text = text.replace("SHORT", &write(&folder, "short", "whsec_MfKQ\n"));
    let source = Source::new("notify.yaml", text.as_bytes()).unwrap();
    Config::parse(&source).map_err(|problems| problems.to_string())
}

#[test]
fn everything_is_read_and_no_secret_is_shown() {
    let config = parse(WHOLE).unwrap();
    assert_eq!(config.base_url, "https://monitor.example/scs/");
    let smtp = config.smtp.as_ref().unwrap();
    assert_eq!(
        (smtp.port, smtp.tls, smtp.login.as_ref().unwrap().1.reveal()),
        (587, Encryption::Starttls, "pass word")
    );
    assert_eq!(config.webhook.as_ref().unwrap().key.0.len(), 24);
    assert_eq!((config.times.window, config.times.reminder_after), (TimeDelta::hours(12), TimeDelta::days(5)));
    assert_eq!(config.times.undecided_after, TimeDelta::days(2));
    assert!(!config.times.quiet.weekends && config.times.quiet.hours.is_some());
    let shown = format!("{config:?}");
    assert!(!shown.contains("pass word") && !shown.contains("MfKQ") && !shown.contains("49"), "{shown}");
}

#[test]
fn address_alone_is_enough() {
    let config = parse("base_url: https://monitor.example/").unwrap();
    assert!(config.smtp.is_none() && config.webhook.is_none() && config.times.quiet.weekends);
}

#[rstest]
#[case("base_url: https://monitor.example/scs", "base_url: monitor", "\"monitor\" is not an address", "https://HOST")]
#[case("host: mail.example", "host: smtp://mail", "not the name of a server", "without scheme")]
#[case("host: mail.example", "host: mail.example\n  tls: none", "in the clear", "starttls")]
#[case("host: mail.example", "host: mail.example\n  tls: ssl", "", "notify.yaml:4")]
#[case("host: mail.example", "host: mail.example\n  ca: /nonexistent", "/nonexistent: ", "PEM")]
#[case("  user: monitor\n", "", "the password has no user", "user: NAME")]
#[case("  password: {file: PASSWORD}\n", "", "the user has no password", "{file: PATH}")]
#[case("{file: PASSWORD}", "{file: /nonexistent}", "/nonexistent: the secret cannot be read", "exists")]
#[case("{file: PASSWORD}", "{file: /etc/passwd}", "others may read", "chmod 600")]
#[case("{file: PASSWORD}", "s3cret", "", "notify.yaml:5")]
#[case("<monitor@example.org>", "monitor", "is not a sender", "NAME@HOST")]
#[case("{file: WEBHOOK}", "{file: PASSWORD}", "whsec_ and 24 to 64 bytes", "openssl rand")]
#[case("{file: WEBHOOK}", "{file: SHORT}", "whsec_ and 24 to 64 bytes", "openssl rand")]
#[case("window: 12h", "window: soon", "\"soon\" is not a span", "24h")]
#[case("window: 12h", "window: 200days", "\"200days\" is not a span", "92days")]
#[case("host: mail.example", "host: mail.example\n  timeout: 5m", "\"5m\" is not a time limit", "1s to 30s")]
#[case("window: 12h", "windows: 12h", "unknown key \"windows\"", "window")]
#[case("to: \"06:00\"", "to: \"6 am\"", "\"6 am\" is not a time", "20:00")]
#[case("to: \"06:00\"", "to: \"20:00\"", "never end", "another end")]
#[case(", to: \"06:00\"", "", "a beginning and an end", "both from and to")]
#[case("window: 12h", "unstable: {changes: 1}", "too small", "2 to 50")]
fn mistake_is_named_with_its_place(#[case] from: &str, #[case] to: &str, #[case] message: &str, #[case] help: &str) {
    assert!(WHOLE.contains(from), "{from}");
    let error = parse(&WHOLE.replacen(from, to, 1)).unwrap_err();
    assert!(error.contains(message) && error.contains(help) && error.contains("notify.yaml:"), "{error}");
    assert!(!error.contains("pass word") && !error.contains("MfKQ"), "{error}");
}

#[test]
fn example_in_the_docs_is_right() {
    let page = include_str!("../../../../docs/notifications.md");
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    let text = rest.split_once("```").unwrap().0;
    let text = text
        .replace("/etc/scs-monitor/smtp-password", "PASSWORD")
        .replace("/etc/scs-monitor/webhook-secret", "WEBHOOK");
    let config = parse(&text).unwrap();
    assert!(config.smtp.is_some() && config.webhook.is_some());
}

/// The schema in `docs/` is that of this program; `SCS_UPDATE=1 cargo test` writes it anew.
#[test]
fn schema_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/notify.schema.json");
    let schema = scs_checks::schema::sorted(Config::schema().as_value());
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if std::env::var_os("SCS_UPDATE").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap_or_default(), text, "not fresh; run SCS_UPDATE=1 cargo test");
}
