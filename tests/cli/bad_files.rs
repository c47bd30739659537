//! Recordings and reports that are none: each with exit code 2, one clear message, and nothing left behind.

use super::bad_input::{CHECK, OTHERS, Wrong, assert_refused, with, wrong};
use crate::program::Program;

const OLD: &[u8] = br#"{"schema_version": 0}"#;
const NEW: &[u8] = br#"{"schema_version": 99}"#;
const WORDLESS: &[u8] = br#"{"schema_version": "one"}"#;
const FIRST: &[u8] = br#"{"schema_version": 1, "tool": {}, "collected": {}}"#;
const BARE: &[u8] = br#"{"schema_version": 5}"#;
const FOREIGN: &[u8] = br#"{"schema_version": 5, "surprise": true}"#;
const BARE_FACTS: &[u8] = br#"{"schema_version": 5}"#;
const CUT: &[u8] = br#"{"schema_version": 5, "tool": {"name": "x""#;
const FOREIGN_FACTS: &[u8] = br#"{"schema_version": 5, "surprise": true}"#;
const WRONG_TYPE: &[u8] =
    br#"{"schema_version": 5, "tool": {"name": "x", "version": 7, "commit": null}, "collected": {}}"#;

const FILES: &[Wrong] = &[
    // evaluate
    wrong("evaluate", &["required", "FACTS"]),
    wrong("evaluate nowhere.json", &["nowhere.json cannot be read", "No such file"]),
    with("evaluate sub", &[("sub/x", b"")], &["sub is a folder", "recording"]),
    with("evaluate f.json", &[("f.json", b"")], &["f.json is not a recording", "not a JSON object"]),
    with("evaluate f.json", &[("f.json", b"[]")], &["not a JSON object"]),
    with("evaluate f.json", &[("f.json", b"{}")], &["no schema_version"]),
    with("evaluate f.json", &[("f.json", b"\xff\xfe")], &["f.json is not text"]),
    with("evaluate f.json", &[("f.json", OLD)], &["schema_version is 0"]),
    with("evaluate f.json", &[("f.json", NEW)], &["schema_version is 99, newer than 5", "use a newer"]),
    with(
        "evaluate f.json",
        &[("f.json", FIRST)],
        &[
            "f.json is not a recording of facts for this program",
            "is 1, older than 5",
            "record",
            "older scs-conformance",
        ],
    ),
    with("evaluate f.json", &[("f.json", WORDLESS)], &["not a JSON object", "line 1"]),
    with("evaluate f.json", &[("f.json", BARE_FACTS)], &["missing field"]),
    with("evaluate f.json", &[("f.json", CUT)], &["not a JSON object", "EOF"]),
    with("evaluate f.json", &[("f.json", FOREIGN_FACTS)], &["f.json:1:", "surprise"]),
    with("evaluate f.json", &[("f.json", WRONG_TYPE)], &["f.json:1:", "at tool.version"]),
    with("evaluate f.json --output report", &[("f.json", BARE_FACTS)], &["FORMAT=PATH"]),
    with("evaluate f.json --output pdf=x", &[("f.json", BARE_FACTS)], &["no format \"pdf\"", "html"]),
    with(
        "evaluate f.json --output json=no/where.json",
        &[("f.json", BARE_FACTS)],
        &["no/where.json", "folder no exists"],
    ),
    with("evaluate f.json --date soon", &[("f.json", BARE_FACTS)], &["soon", "2026-11-20"]),
    // render
    wrong("render", &["required", "REPORT"]),
    wrong("render nowhere.json", &["nowhere.json cannot be read"]),
    with("render r.json", &[("r.json", b"<html>")], &["r.json is not a report", "not a JSON object"]),
    with(
        "render r.json",
        &[("r.json", FIRST)],
        &["r.json is not a report", "is 1, older than 5", "check the subject again"],
    ),
    with("render r.json", &[("r.json", NEW)], &["newer than 5"]),
    with("render r.json", &[("r.json", FOREIGN)], &["r.json:1:", "surprise"]),
    with("render r.json --output html=r.json/x", &[("r.json", BARE)], &["r.json/x"]),
    // diff
    wrong("diff", &["required", "BEFORE"]),
    wrong("diff a.json", &["required", "AFTER"]),
    wrong("diff a.json b.json", &["a.json cannot be read"]),
    with("diff a.json b.json", &[("a.json", BARE), ("b.json", BARE)], &["a.json:1:", "missing field"]),
    with("diff a.json b.json --format xml", &[("a.json", BARE)], &["xml", "markdown"]),
    // demo and collect
    wrong("demo --scenario perfect", &["perfect", "conformant, typical, broken"]),
    with("demo --output-dir file", &[("file", b"x")], &["file", "cannot be made"]),
    wrong("collect", &["Usage"]),
    wrong("collect iaas --output no/where.json", &["no/where.json", "folder no exists"]),
    wrong("collect iaas --redact=yes", &["--redact"]),
    wrong("collect iaas", &["no cloud is configured"]),
];

#[tokio::test]
async fn bad_files_are_one_message() {
    assert!(CHECK.len() + OTHERS.len() + FILES.len() >= 100);
    for row in FILES {
        assert_refused(Program::new(""), row).await;
    }
}
