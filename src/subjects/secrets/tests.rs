use super::*;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use rstest::rstest;
use serde_json::json;

/// Every way of writing uses another of its characters.
const SECRET: &str = "a\"b\\c<ä 𝄞'&+/?% Zq7pass";

fn secrets(secret: &str) -> Secrets {
    let secrets = Secrets::default();
    secrets.add(secret);
    secrets
}

fn url_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn split(text: &str, by: &str, every: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(every).map(String::from_iter).collect::<Vec<_>>().join(by)
}

fn ascii(text: &str) -> String {
    let units = text.encode_utf16().map(|unit| match u8::try_from(unit) {
        Ok(byte) if byte.is_ascii() && byte != b'"' && byte != b'\\' => char::from(byte).to_string(),
        _ => format!("\\u{unit:04x}"),
    });
    units.collect()
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&#x27;")
}

/// Returns every spelling that `docs/secrets.md` lists.
fn all(secret: &str) -> Vec<(&'static str, String)> {
    let json = json!(secret).to_string();
    vec![
        ("plain", secret.to_owned()),
        ("url", url_encoded(secret)),
        ("url with %20", url_encoded(secret).replace('+', "%20")),
        ("url in lower case", url_encoded(secret).to_lowercase().replace("zq7", "Zq7")),
        ("each byte as %", secret.bytes().map(|byte| format!("%{byte:02X}")).collect()),
        ("json", json.trim_matches('"').to_owned()),
        ("json with \\/", json.trim_matches('"').replace('/', "\\/")),
        ("json in ascii", ascii(secret)),
        ("json in json", json!(json).to_string()),
        ("rust", format!("{secret:?}").trim_matches('"').to_owned()),
        ("html", html(secret)),
        ("html in decimal", secret.chars().map(|c| format!("&#{};", u32::from(c))).collect()),
        ("html in json", json!(html(secret)).to_string().trim_matches('"').to_owned()),
        ("url in html", html(&url_encoded(secret))),
        ("base64", STANDARD.encode(secret)),
        ("base64 for urls", URL_SAFE.encode(secret)),
        ("base64 after one byte", STANDARD.encode(format!("1{secret}"))),
        ("base64 after two bytes", STANDARD.encode(format!("12{secret}34"))),
        ("base64 of basic auth", STANDARD.encode(format!("demo:{secret}"))),
        ("base64 of json", STANDARD.encode(&json)),
        ("base64 in lines", split(&STANDARD.encode(secret), "\r\n", 8)),
        ("base64 in a url", url_encoded(&STANDARD.encode(secret))),
        ("hex", hex::encode(secret)),
        ("HEX", hex::encode_upper(secret)),
        ("hex with colons", split(&hex::encode(secret), ":", 2)),
        ("lines", split(secret, "\n", 4)),
        ("lines in json", json!(split(secret, "\n", 4)).to_string()),
        ("spaces", split(secret, " ", 3)),
        ("hyphens", split(secret, "-", 2)),
        ("characters without width", split(secret, "\u{200b}", 1)),
        ("such characters spelled out", split(secret, "\\u{202e}", 5)),
    ]
}

#[test]
fn every_spelling_is_hidden() {
    for secret in [SECRET, "gAAAAABnS-x_Yz0123456789", &"0123456789abcdefGHIJ-_/+ä".repeat(9)] {
        let secrets = secrets(secret);
        for (how, spelled) in all(secret) {
            let hidden = secrets.hide(&format!("before <{spelled}> behind")).into_owned();
            let left = hidden.strip_prefix("before <").and_then(|rest| rest.strip_suffix("> behind"));
            let left = left.unwrap_or_else(|| panic!("{how}: {hidden}")).replace(HIDDEN, "");
            assert!(left.len() <= 12 && !hidden.contains("Zq7pass"), "{how}: {spelled} became {hidden}");
        }
    }
}

/// Its escapes are resolved with those around it.
#[rstest]
#[case("pa%41ss\\tword&amp;1")]
#[case("C:\\\\new\\u0041 %2541 &#65;")]
fn a_secret_that_looks_like_escapes_is_hidden(#[case] secret: &str) {
    let secrets = secrets(secret);
    // What splits such an escape and is an escape itself makes another text of it.
    for (how, spelled) in all(secret).into_iter().filter(|(how, _)| *how != "such characters spelled out") {
        let hidden = secrets.hide(&format!("<{spelled}>")).into_owned();
        assert!(hidden.replace(HIDDEN, "").len() <= 14, "{how}: {spelled} became {hidden}");
    }
}

/// Escapes of several kinds over each other, each over a part only.
#[test]
fn a_secret_in_mixed_layers_is_hidden() {
    let hidden = secrets("Zq7\"pass/word").hide("<Zq7%5Cu0022p&#x61;ss&#37;2Fword>").into_owned();
    assert_eq!(hidden, "<[secret]>");
}

#[test]
fn a_part_of_a_long_token_is_hidden() {
    let token: String = (0..180_u32).map(|n| char::from(b'a' + u8::try_from(n * n % 26).unwrap())).collect();
    let hidden = secrets(&token).hide(&token[20..150]).into_owned();
    assert!(hidden.contains(HIDDEN) && hidden.len() < 70, "{hidden}");
    let hidden = secrets(&token).hide(&format!("{}… (HTTP 400)", &token[..20])).into_owned();
    assert_eq!(hidden, "[secret]… (HTTP 400)");
}

#[rstest]
#[case("hunter2", "user:hunter2@host", "user:[secret]@host")]
#[case("hunter2", "hunter", "hunter")]
#[case("demo", "demo-image of democrats, demo", "[secret]-image of democrats, [secret]")]
#[case("abc", "abc", "abc")]
#[case("----", "----", "----")]
#[case("", "some text", "some text")]
fn short_secrets_are_hidden_where_they_are_words(#[case] secret: &str, #[case] text: &str, #[case] hidden: &str) {
    assert_eq!(secrets(secret).hide(text), hidden);
}

#[test]
fn what_is_no_secret_stays() {
    let secrets = secrets(SECRET);
    secrets.add("gAAAAABnS-x_Yz0123456789");
    for text in ["", "gAAAAABn", "a%41\\u0041&amp;…", "%", "\\", "&", "&#;", "\\u{", "\\ud834", "%4", "ä𝄞…ä"] {
        assert_eq!(secrets.hide(text), text);
    }
}

#[test]
fn a_secret_is_found_wherever_a_long_text_is_cut_into_parts() {
    let secrets = secrets(SECRET);
    for before in (65_440..65_560).step_by(23).chain([0, 150_000]) {
        let text = format!("{}{SECRET}{}", "ä".repeat(before / 2), "x".repeat(70_000));
        assert_eq!(secrets.hide(&text).len(), text.len() - SECRET.len() + HIDDEN.len(), "{before}");
    }
}

#[test]
fn passwords_in_addresses_are_secrets() {
    let secrets = Secrets::default();
    secrets.add_address(&"http://adm:sup3r%2Bs3cret@host/a?token=gAAAAABtoken&limit=1000".parse().unwrap());
    secrets.add_address(&"http://token-as-user@host/".parse().unwrap());
    assert_eq!(
        secrets.hide("sup3r+s3cret, gAAAAABtoken, token-as-user, limit=1000, host"),
        "[secret], limit=1000, host"
    );
}

#[test]
fn private_keys_are_secrets_however_they_are_wrapped() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\nMzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu";
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\nAAAABBBBCCCCDDDD\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"
    );
    let secrets = Secrets::default();
    secrets.add_keys(&pem);
    assert_eq!(secrets.hide(&split(body, " ", 20)), HIDDEN);
    assert_eq!(secrets.hide("AAAABBBBCCCCDDDD"), "AAAABBBBCCCCDDDD");
}
