//! Asks the router for every public page, beginning with those that are known, and following links.

use super::folder::{ExportError, Folder};
use super::links::{Link, links, rewrite};
use super::names::{file_of, link};
use crate::http::app::App;
use crate::http::pages::segment;
use crate::http::router::router;
use crate::http::site::{FILES_OF_SUBJECT, listed};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{Request, StatusCode};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::Arc;
use tower::util::ServiceExt;

/// The most pages of a site, the most reports among them, and the most bytes of a page.
const MOST: usize = 500_000;
const REPORTS: usize = 2_000;
const LARGEST: usize = 64 << 20;

/// The first parts of the paths that are written.
const WRITTEN: [&str; 9] =
    ["/en/", "/de/", "/s/", "/static/", "/feed.atom", "/revocations.atom", "/revocations.json", "/subjects", REPORT];

/// The beginning of the paths of reports.
const REPORT: &str = "/page/report/";

/// The numbers of what was written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Exported {
    /// The number of files.
    pub files: usize,
    /// The number of pages that are linked, and do not exist.
    pub missing: usize,
    /// The number of reports that were left out.
    pub reports_left_out: usize,
}

/// An answer as it is written.
enum Answered {
    Page(Bytes),
    File(Bytes, bool),
    Redirect(String),
}

/// A site that is being written.
struct Site<'a> {
    router: Router,
    folder: &'a Folder,
    public: Option<&'a str>,
    /// The paths that were written, with their files, and true for those that have links.
    written: BTreeMap<String, (Vec<String>, bool)>,
    seen: BTreeSet<String>,
    queue: VecDeque<String>,
    redirects: BTreeMap<String, String>,
    exported: Exported,
    reports: usize,
}

/// Writes the public site into a folder.
///
/// # Errors
/// A page cannot be made, or a file cannot be written; the folder is as it was before.
pub async fn export(app: &Arc<App>, target: &Path) -> Result<Exported, ExportError> {
    let folder = Folder::create(target)?;
    let mut site = Site {
        router: router(app),
        folder: &folder,
        public: app.settings.public.as_deref(),
        written: BTreeMap::new(),
        seen: BTreeSet::new(),
        queue: VecDeque::new(),
        redirects: BTreeMap::new(),
        exported: Exported::default(),
        reports: 0,
    };
    for path in starts(app).await? {
        site.add(&path);
    }
    while let Some(path) = site.queue.pop_front() {
        site.fetch(&path).await?;
    }
    site.rewrite_all()?;
    let exported = site.exported;
    folder.complete()?;
    Ok(exported)
}

/// Returns the paths that are known without a link.
async fn starts(app: &App) -> Result<Vec<String>, ExportError> {
    let (view, accounts) = (app.board.view(&app.store).await?, app.accounts().await?);
    let fixed = ["/feed.atom", "/revocations.atom", "/revocations.json", "/subjects", "/static/site.css"];
    let mut paths: Vec<String> = fixed.map(str::to_owned).to_vec();
    for language in ["en", "de"] {
        let pages = ["", "scopes", "forecast", "revocations", "help", "feed.atom", "revocations.atom"];
        paths.extend(pages.map(|page| format!("/{language}/{page}")));
    }
    for subject in listed(&app.registry(), &view, &accounts) {
        let name = segment(&subject.name);
        for start in ["", "/en", "/de"] {
            paths.push(format!("{start}/s/{name}"));
            paths.extend(FILES_OF_SUBJECT.map(|file| format!("{start}/s/{name}/{file}")));
        }
        paths.push(format!("/s/{name}/qr.svg"));
    }
    Ok(paths)
}

impl Site<'_> {
    /// Takes a path into the queue, unless it was there or is not written.
    fn add(&mut self, path: &str) {
        let is_wanted = WRITTEN.iter().any(|start| path.starts_with(start)) && !path.ends_with("/dashboard");
        if !is_wanted || self.seen.contains(path) {
            return;
        }
        self.seen.insert(path.to_owned());
        if path.starts_with(REPORT) {
            self.reports += 1;
            if self.reports > REPORTS {
                self.exported.reports_left_out += 1;
                return;
            }
        }
        self.queue.push_back(path.to_owned());
    }

    async fn fetch(&mut self, path: &str) -> Result<(), ExportError> {
        if self.written.len() >= MOST {
            return Err(ExportError::TooMany(MOST));
        }
        match self.ask(path).await? {
            None => self.exported.missing += usize::from(!is_optional(path)),
            Some(Answered::Redirect(to)) => {
                self.add(&to);
                self.redirects.insert(path.to_owned(), to);
            }
            Some(Answered::Page(content)) => {
                self.follow(&content);
                self.keep(path, true, true, &content)?;
            }
            Some(Answered::File(content, has_links)) => self.keep(path, false, has_links, &content)?,
        }
        Ok(())
    }

    fn follow(&mut self, content: &Bytes) {
        let text = String::from_utf8_lossy(content).into_owned();
        for link in links(&text) {
            if link.query.is_empty() {
                self.add(link.path);
            }
        }
    }

    fn keep(&mut self, path: &str, is_page: bool, has_links: bool, content: &Bytes) -> Result<(), ExportError> {
        let mut file = file_of(path, is_page);
        if path == "/subjects" {
            file = vec!["subjects.json".to_owned()];
        }
        self.folder.write(&file, content)?;
        self.written.insert(path.to_owned(), (file, has_links));
        self.exported.files += 1;
        Ok(())
    }

    /// Asks the router; nothing for what does not exist.
    async fn ask(&self, path: &str) -> Result<Option<Answered>, ExportError> {
        let failed = |status: StatusCode| ExportError::Page { path: path.to_owned(), status: status.as_u16() };
        let broken = |_| failed(StatusCode::INTERNAL_SERVER_ERROR);
        let request = Request::get(path).body(Body::empty()).map_err(|_| failed(StatusCode::BAD_REQUEST))?;
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if status.is_redirection() {
            return Ok(Some(Answered::Redirect(header(LOCATION).to_owned())));
        }
        match status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            status => return Err(failed(status)),
        }
        let content = to_bytes(response.into_body(), LARGEST).await.map_err(broken)?;
        let kind = header(CONTENT_TYPE);
        Ok(Some(match kind.starts_with("text/html") {
            true => Answered::Page(content),
            false => Answered::File(content, kind.starts_with("application/atom")),
        }))
    }

    /// Writes the links of all pages anew, and the pages that lead elsewhere.
    fn rewrite_all(&mut self) -> Result<(), ExportError> {
        for (file, _) in self.written.values().filter(|(_, has_links)| *has_links) {
            let text = self.folder.read(file)?;
            self.folder.write(file, rewrite(&text, |link| self.link(file, link)).as_bytes())?;
        }
        let start = [("/".to_owned(), "/en/".to_owned())];
        for (path, to) in self.redirects.iter().map(|(path, to)| (path.clone(), to.clone())).chain(start) {
            let file = file_of(&path, true);
            let to = Link { path: &to, query: "", fragment: "" };
            if let Some(to) = self.link(&file, to) {
                self.folder.write(&file, leading_to(&to).as_bytes())?;
                self.exported.files += 1;
            }
        }
        Ok(())
    }

    /// Returns the link from a file to a path: to its file, or else to the server, if its address is known.
    fn link(&self, from: &[String], to: Link<'_>) -> Option<String> {
        let path = self.redirects.get(to.path).map_or(to.path, String::as_str);
        let path = if path == "/" { "/en/" } else { path };
        match self.written.get(path).filter(|_| to.query.is_empty()) {
            Some((file, _)) => Some(format!("{}{}", link(from, file), to.fragment)),
            None => Some(format!("{}{}{}{}", self.public?, to.path.trim_start_matches('/'), to.query, to.fragment)),
        }
    }
}

/// Returns true for files that not every subject has.
fn is_optional(path: &str) -> bool {
    path.ends_with("/logo.svg") || path.ends_with("/qr.svg")
}

/// Returns a page that leads to another one.
fn leading_to(to: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>SCS compliance</title>\n\
         <meta http-equiv=\"refresh\" content=\"0; url={to}\">\n</head>\n<body>\n<p><a href=\"{to}\">SCS compliance</a></p>\n</body>\n</html>\n"
    )
}
