//! The public site as files: every link of it leads to a file.

use crate::server::{Database, Server};
use chrono::TimeDelta;
use scs_monitor::http::{App, Settings, export};
use scs_monitor::store::Store;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// Starts a demonstration.
async fn demonstration() -> Server {
    let demo = |settings: Settings| Settings { demo: true, bootstrap: None, scopes: None, ..settings };
    let server = Server::start_with(Database::Sqlite, demo).await.unwrap();
    scs_monitor::demo::fill(&server.app.store, &server.app.rulebook(), server.app.now()).await.unwrap();
    server
}

/// Returns a state that exports the same database.
async fn exporter(server: &Server) -> Arc<App> {
    let settings = Settings { as_files: true, ..server.app.settings.clone() };
    Arc::new(App::to_read(Store::open_to_read(&server.address).await.unwrap(), settings).await.unwrap())
}

/// Returns all files of a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Returns the values of all attributes that name something else.
fn links(text: &str) -> Vec<&str> {
    let starts = [" href=\"", " src=\"", " action=\"", "; url="];
    let of = |start: &'static str| text.split(start).skip(1).map(|part| part.split('"').next().unwrap());
    starts.into_iter().flat_map(of).collect()
}

/// Replaces what is escaped in a link.
fn decoded(link: &str) -> String {
    let parameters = format!("x={}", link.replace('+', "%2B"));
    url::form_urlencoded::parse(parameters.as_bytes()).next().unwrap().1.into_owned()
}

#[tokio::test]
async fn every_link_of_an_export_leads_to_a_file() {
    let server = demonstration().await;
    let target = server.folder.path().join("site");
    let exported = export(&exporter(&server).await, &target).await.unwrap();
    assert_eq!((exported.missing, exported.reports_left_out), (0, 0));
    let all = files(&target);
    assert!(all.len() > exported.files, "the marker is there too");
    let (mut followed, mut anchors) = (0, 0);
    for path in all.iter().filter(|path| path.extension().is_some_and(|end| end == "html" || end == "atom")) {
        let text = fs::read_to_string(path).unwrap();
        for link in links(&text).into_iter().filter(|link| !link.starts_with("https://")) {
            assert!(!link.starts_with('/') && !link.contains("://"), "{}: {link}", path.display());
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let to = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(decoded(file)) };
            assert!(to.is_file(), "{}: {link} leads to no file", path.display());
            followed += 1;
            if !anchor.is_empty() && to.extension().is_some_and(|end| end == "html") {
                let known = fs::read_to_string(&to).unwrap().contains(&format!("id=\"{anchor}\""));
                assert!(known, "{}: {link} leads to no place", path.display());
                anchors += 1;
            }
        }
        assert!(!text.contains("<form class=\"days\"") && !text.contains("/dashboard"), "{}", path.display());
        let is_page = text.contains("<main");
        assert!(!is_page || text.contains("class=\"banner\""), "{}: a demonstration says so", path.display());
    }
    assert!(followed > 1_000 && anchors > 100, "{followed} {anchors}");
    let names: BTreeSet<String> =
        all.iter().map(|path| path.strip_prefix(&target).unwrap().display().to_string()).collect();
    for name in [
        "index.html",
        "en/index.html",
        "de/s/atlas/index.html",
        "s/atlas/index.html",
        "s/atlas/badge.svg",
        "s/atlas/badge.json",
        "s/atlas/logo.svg",
        "s/atlas/feed.atom",
        "en/help/index.html",
        "de/forecast/index.html",
        "en/scopes/index.html",
        "feed.atom",
        "revocations.json",
        "subjects.json",
        "static/site.css",
    ] {
        assert!(names.contains(name), "{name} is missing");
    }
    assert!(!names.contains("s/atlas/qr.svg"), "no address is certain");
}

#[tokio::test]
async fn other_folders_are_not_replaced() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let report = server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1), ("b", -1)]).await;
    let (program, address) = (env!("CARGO_BIN_EXE_scs-monitor"), server.address.clone());
    let scopes = server.folder.path().join("scopes");
    let run = |folder: &Path, more: &[&str]| {
        let mut command = Command::new(program);
        command.arg("export-static").arg(folder).args(["--database", &address]).args(more).arg("--scopes").arg(&scopes);
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        (output.status.code(), text)
    };
    let folder = server.folder.path().join("other");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("thesis.txt"), "years of work").unwrap();
    let (code, text) = run(&folder, &[]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("is not empty") && folder.join("thesis.txt").is_file(), "{text}");
    let new = server.folder.path().join("new");
    let (code, text) = run(&new, &["--base-url", "/path/"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("is not a whole address") && !new.exists(), "{text}");
    let (code, text) = run(&new, &[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("files were written") && new.join("en/s/group-twins/index.html").is_file(), "{text}");
    assert!(new.join(format!("page/report/{report}/index.html")).is_file(), "{text}");
    assert!(!new.join("s/group-twins/qr.svg").exists(), "no address is certain");
    fs::write(new.join("old.html"), "of the export before").unwrap();
    // With an address there are codes, and what is not written leads to the server.
    let (code, text) = run(&new, &["--base-url", "https://site.example"]);
    assert_eq!(code, Some(0), "an export may be replaced: {text}");
    assert!(new.join("s/group-twins/qr.svg").is_file() && !new.join("old.html").exists());
    let page = fs::read_to_string(new.join("en/s/group-twins/index.html")).unwrap();
    assert!(page.contains("href=\"https://site.example/history/cloud-a/"), "{page}");
    let feed = fs::read_to_string(new.join("feed.atom")).unwrap();
    assert!(feed.contains("href=\"https://site.example/en/feed.atom\""), "{feed}");
}
