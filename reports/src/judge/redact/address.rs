//! The redaction of addresses: those of a cloud, and those of publishers.

use super::stand_ins::StandIns;
use super::text::REDACTED;
use url::Url;

/// Returns an address without user info and fragment, with another host, with stand-ins for ids in its path, and with
/// no value in its query but limits of lists. Text that is no address is removed.
pub(super) fn address(text: &str, names: &mut StandIns) -> String {
    let Some(mut url) = Url::parse(text).ok().filter(Url::has_host) else {
        return if text.is_empty() { String::new() } else { REDACTED.to_owned() };
    };
    let host = names.of("host", url.host_str().unwrap_or_default());
    let path: Vec<String> = url.path().split('/').map(|segment| path_segment(segment, names)).collect();
    let query: Vec<String> = url.query_pairs().map(|(key, value)| query_pair(&key, &value)).collect();
    let stripped = [url.set_username(""), url.set_password(None), url.set_host(Some(&host)).map_err(drop)];
    if stripped.iter().any(Result::is_err) {
        return REDACTED.to_owned();
    }
    url.set_path("");
    url.set_query(None);
    url.set_fragment(None);
    let path = if path.iter().all(String::is_empty) && !text.ends_with('/') { String::new() } else { path.join("/") };
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    format!("{}{path}{query}", url.as_str().trim_end_matches('/'))
}

/// Replaces a segment by a stand-in, unless it is a word of an API, such as `v2.1`, `flavors` and `os_quota_sets`.
fn path_segment(segment: &str, names: &mut StandIns) -> String {
    let is_version = |text: &str| {
        let digits = text.strip_prefix('v').unwrap_or_default();
        !digits.is_empty() && digits.len() <= 5 && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    match segment {
        "" => String::new(),
        known if KNOWN_SEGMENTS.contains(&known) || is_version(known) => known.to_owned(),
        // As a template of a catalog has it.
        template if template.starts_with("AUTH_") => {
            format!("AUTH_{}", names.of("project", &template["AUTH_".len()..]))
        }
        other => names.of(names.kind_of(other).unwrap_or("segment"), other),
    }
}

/// The words of which paths of services are made.
const KNOWN_SEGMENTS: &[&str] = &[
    "action",
    "auth",
    "backups",
    "baremetal",
    "block-storage",
    "compute",
    "container-infra",
    "containers",
    "default",
    "default-security-group-rules",
    "detail",
    "dns",
    "extensions",
    "file",
    "flavors",
    "floatingips",
    "healthcheck",
    "identity",
    "image",
    "images",
    "info",
    "key-manager",
    "lbaas",
    "limits",
    "load-balancer",
    "metric",
    "metrics",
    "network",
    "networking",
    "networks",
    "object-store",
    "orchestration",
    "os-extra_specs",
    "os-getConsoleOutput",
    "os-keypairs",
    "os-quota-sets",
    "payload",
    "placement",
    "ports",
    "projects",
    "quotas",
    "restore",
    "routers",
    "s3",
    "secrets",
    "security-group-rules",
    "security-groups",
    "servers",
    "shared-file-system",
    "snapshots",
    "subnets",
    "swift",
    "tokens",
    "types",
    "volume",
    "volumes",
    "volumev2",
    "volumev3",
];

/// Redacts a pair: a key stays if it is a word; of values, only numbers of items and versions of APIs stay.
fn query_pair(key: &str, value: &str) -> String {
    const KNOWN: &[&str] =
        &["limit", "marker", "name", "fields", "sort_key", "sort_dir", "status", "token", "visibility"];
    let key = if KNOWN.contains(&key) { key } else { REDACTED };
    let stays = key == "limit" && value.len() <= 6 && value.bytes().all(|b| b.is_ascii_digit());
    format!("{key}={}", if stays { value } else { REDACTED })
}

/// Returns the address of a publisher without the credentials that one needs to be let in there.
pub(super) fn without_credentials(value: &str) -> String {
    match Url::parse(value) {
        Ok(mut plain) if plain.has_host() && has_more(&plain) => {
            // Both fail only for addresses that cannot have them.
            let _ = (plain.set_username(""), plain.set_password(None));
            let query: Vec<String> = plain.query_pairs().map(|(key, _)| query_pair(&key, REDACTED)).collect();
            plain.set_query((!query.is_empty()).then(|| query.join("&")).as_deref());
            plain.set_fragment(None);
            plain.into()
        }
        Err(_) => value.split_once("://").map_or(value.to_owned(), |(scheme, _)| unreadable(scheme)),
        _ => value.to_owned(),
    }
}

/// Redacts a text that cannot be taken apart: it stays an address for rules that read only its beginning, and no address for
/// others.
fn unreadable(scheme: &str) -> String {
    let is_scheme = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_scheme { format!("{scheme}:// {REDACTED}") } else { REDACTED.to_owned() }
}

fn has_more(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://cloud.debian.org/images/x", "https://cloud.debian.org/images/x")]
    #[case("https://u:p@cloud.debian.org/x?token=s#t", "https://cloud.debian.org/x?token=redacted")]
    #[case("https://cloud.debian.org/x#access_token=s", "https://cloud.debian.org/x")]
    #[case("see https://u:p@cloud.debian.org/x", "redacted")]
    #[case("https://u:p@cloud.debian.org x", "https:// redacted")]
    #[case("private", "private")]
    fn the_address_of_a_publisher_lets_nobody_in(#[case] value: &str, #[case] expected: &str) {
        assert_eq!(without_credentials(value), expected);
    }
}
