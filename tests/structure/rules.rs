//! Rules of the house that no compiler knows: which crate may use which, that no fact is left out by `..`, and how doc comments
//! begin.

use crate::modules::only_for_tests;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprLit, ExprStruct, ImplItemFn, ItemFn, ItemMod, Lit, Meta, PatStruct, TraitItemFn};

/// The crates of the workspace, and the ones of them that each may use. `scs-simcloud` knows none of the others, so
/// that a wrong idea of a wire format cannot hide on both sides; what only judges can reach neither files nor networks.
const ARROWS: [(&str, &[&str]); 11] = [
    ("scs-checks", &[]),
    ("scs-files", &[]),
    ("scs-signatures", &[]),
    ("scs-simcloud", &[]),
    ("scs-structure", &[]),
    ("scs-standards", &["scs-checks", "scs-files", "scs-signatures"]),
    ("scs-reports", &["scs-checks"]),
    ("scs-subjects", &["scs-checks", "scs-files", "scs-reports", "scs-standards"]),
    // The result server judges what others observed: it reaches no cloud.
    ("scs-monitor", &["scs-checks", "scs-files", "scs-reports", "scs-signatures", "scs-standards"]),
    ("scs-fleet", &["scs-checks", "scs-files", "scs-reports", "scs-signatures", "scs-standards", "scs-subjects"]),
    (
        "scs-conformance",
        &[
            "scs-checks",
            "scs-files",
            "scs-fleet",
            "scs-reports",
            "scs-signatures",
            "scs-simcloud",
            "scs-standards",
            "scs-subjects",
        ],
    ),
];

/// Crates that are pure, and the libraries that none of them may use.
const PURE: [&str; 2] = ["scs-checks", "scs-reports"];
const IMPURE: [&str; 8] = ["hyper", "kube", "mio", "reqwest", "rustix", "socket2", "tempfile", "tokio"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn manifest(folder: &Path) -> toml::Table {
    fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap()
}

/// Returns the names of the crates of the workspace, with what they use in production.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let workspace = manifest(&root());
    let members = workspace["workspace"]["members"].as_array().unwrap().iter().map(|member| member.as_str().unwrap());
    let folders = members.map(|member| root().join(member)).chain([root()]);
    let uses = |folder: PathBuf| {
        let manifest = manifest(&folder);
        let used = ["dependencies", "build-dependencies"].into_iter().filter_map(|kind| manifest.get(kind)?.as_table());
        (manifest["package"]["name"].as_str().unwrap().to_owned(), used.flat_map(|used| used.keys().cloned()).collect())
    };
    folders.map(uses).collect()
}

#[test]
fn crates_use_only_those_below_them() {
    let dependencies = dependencies();
    let listed: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    let present: BTreeSet<&str> = dependencies.keys().map(String::as_str).collect();
    assert_eq!(listed, present, "name each crate of the workspace in ARROWS");
    for (name, allowed) in ARROWS {
        let ours = dependencies[name].iter().filter(|used| listed.contains(used.as_str()));
        let wrong: Vec<&String> = ours.filter(|used| !allowed.contains(&used.as_str())).collect();
        assert!(wrong.is_empty(), "{name} must not use {wrong:?}");
    }
}

#[test]
fn pure_crates_use_no_library_for_files_or_networks() {
    let dependencies = dependencies();
    for name in PURE {
        let wrong: Vec<&str> = IMPURE.into_iter().filter(|library| dependencies[name].contains(*library)).collect();
        assert!(wrong.is_empty(), "{name} must not use {wrong:?}");
    }
}

/// Returns the sources of all crates, without fuzz targets.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> =
        ["checks", "reports", "src", "standards", "tests"].iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension() {
                Some(extension) if extension == "rs" => found.push(path),
                None if path.is_dir() && !path.ends_with("target") => folders.push(path),
                _ => {}
            }
        }
    }
    found
}

#[test]
fn the_imports_of_a_file_are_one_block() {
    let is_split = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let blocks = text.split("\n\n").filter(|block| block.starts_with("use ")).count();
        blocks > 1
    };
    let wrong: Vec<PathBuf> = sources().into_iter().filter(is_split).collect();
    assert!(wrong.is_empty(), "blank lines between the `use` lines of {wrong:?}");
}

/// Finds literals and patterns of the facts of a subject that end with `..`.
#[derive(Default)]
struct Rests(Vec<String>);

fn is_facts(path: &syn::Path) -> bool {
    path.segments.last().is_some_and(|last| last.ident == "CloudFacts" || last.ident == "ClusterFacts")
}

impl<'a> Visit<'a> for Rests {
    fn visit_expr_struct(&mut self, literal: &'a ExprStruct) {
        if is_facts(&literal.path) && literal.rest.is_some() {
            self.0.push("a literal".to_owned());
        }
        visit::visit_expr_struct(self, literal);
    }

    fn visit_pat_struct(&mut self, pattern: &'a PatStruct) {
        if is_facts(&pattern.path) && pattern.rest.is_some() {
            self.0.push("a pattern".to_owned());
        }
        visit::visit_pat_struct(self, pattern);
    }
}

fn rests(source: &str) -> Vec<String> {
    let mut rests = Rests::default();
    rests.visit_file(&syn::parse_file(source).unwrap());
    rests.0
}

/// The compiler finds a fact that a collector or the redaction forgot, as long as neither ends with `..`.
#[test]
fn collectors_and_redaction_leave_no_fact_out() {
    let places = ["src/subjects/collect/", "reports/src/judge/redact/"];
    let mut read = 0;
    for path in sources() {
        let shown = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
        if places.iter().any(|place| shown.contains(place)) && !shown.contains("tests") {
            read += 1;
            assert_eq!(rests(&fs::read_to_string(&path).unwrap()), [""; 0], "{shown} leaves facts out with `..`");
        }
    }
    assert!(read > 20, "only {read} files were read");
}

#[test]
fn a_rest_is_found() {
    assert_eq!(rests("fn f(g: G) { let CloudFacts { images, .. } = g; }"), ["a pattern"]);
    assert_eq!(rests("fn f(g: G) -> G { facts::ClusterFacts { nodes, ..g } }"), ["a literal"]);
    assert_eq!(rests("fn f(g: G) { let CloudFacts { images } = g; Other { a, ..g }; }"), [""; 0]);
}

/// Words with which a doc comment becomes a clause that a reader has to complete.
const CLAUSES: [&str; 10] = ["What", "Whatever", "Whether", "How", "Where", "Who", "Whose", "Which", "Why", "When"];

/// The most doc comments that may begin with one of them, in percent.
const MOST: usize = 5;

/// Returns the first word of a text, without the signs around it.
fn first_word(text: &str) -> Option<String> {
    let word = text.split_whitespace().next()?;
    Some(word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_owned())
}

/// Returns the first word of each doc comment.
fn beginnings(source: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut before = "";
    for line in source.lines().map(str::trim) {
        let mark = ["///", "//!"].into_iter().find(|mark| line.starts_with(mark));
        if let Some(mark) = mark
            && !before.starts_with(mark)
            && let Some(word) = first_word(&line[mark.len()..])
        {
            words.push(word);
        }
        before = line;
    }
    words
}

#[test]
fn doc_comments_begin_with_a_verb_or_a_noun() {
    let all: Vec<String> = sources().iter().flat_map(|path| beginnings(&fs::read_to_string(path).unwrap())).collect();
    let clauses = all.iter().filter(|word| CLAUSES.contains(&word.as_str())).count();
    assert!(all.len() > 5_000, "only {} doc comments were read", all.len());
    assert!(clauses * 100 < all.len() * MOST, "{clauses} of {} doc comments begin with {CLAUSES:?}", all.len());
}

#[test]
fn the_first_word_of_a_doc_comment_is_read() {
    let source = "//! Reads files.\n//! And more.\n\n/// What is read.\nfn f() {}\n/// `Whether`\nfn g() {}\n// What\n";
    assert_eq!(beginnings(source), ["Reads", "What", "Whether"]);
}

/// Words with which the doc comment of a function names a thing, instead of saying what the function does.
const NAMING: [&str; 8] = ["A", "An", "The", "As", "One", "All", "Its", "This"];

/// The most doc comments of functions that may begin with one of them, in percent.
const MOST_NAMING: usize = 3;

/// Collects the first word of the doc comment of each function and method, without those of tests.
#[derive(Default)]
struct Functions(Vec<String>);

impl Functions {
    fn add(&mut self, attributes: &[Attribute]) {
        self.0.extend(attributes.iter().filter_map(doc_line).find_map(|line| first_word(&line)));
    }
}

/// Returns the text of an attribute that is a line of a doc comment.
fn doc_line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value else { return None };
    pair.path.is_ident("doc").then(|| text.value())
}

impl<'a> Visit<'a> for Functions {
    fn visit_item_mod(&mut self, module: &'a ItemMod) {
        if !only_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'a ItemFn) {
        self.add(&function.attrs);
    }

    fn visit_impl_item_fn(&mut self, function: &'a ImplItemFn) {
        self.add(&function.attrs);
    }

    fn visit_trait_item_fn(&mut self, function: &'a TraitItemFn) {
        self.add(&function.attrs);
    }
}

/// Returns the first word of the doc comment of each function that has one.
fn beginnings_of_functions(source: &str) -> Vec<String> {
    let mut functions = Functions::default();
    functions.visit_file(&syn::parse_file(source).unwrap());
    functions.0
}

#[test]
fn doc_comments_of_functions_begin_with_a_verb() {
    let mut all = Vec::new();
    for path in sources() {
        let shown = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
        if !shown.contains("tests") && !shown.contains("benches") {
            all.extend(beginnings_of_functions(&fs::read_to_string(&path).unwrap()));
        }
    }
    let naming = all.iter().filter(|word| NAMING.contains(&word.as_str())).count();
    assert!(all.len() > 1_000, "only {} doc comments of functions were read", all.len());
    assert!(naming * 100 <= all.len() * MOST_NAMING, "{naming} of {} functions begin with {NAMING:?}", all.len());
}

#[test]
fn the_first_word_of_the_doc_comment_of_a_function_is_read() {
    let source = "
        /// A type.
        struct S;
        impl S {
            /// Returns it.
            ///
            /// The rest.
            fn f() {}
        }
        trait T {
            /// One of them.
            #[must_use]
            fn g();
        }
        /// `The` words.
        fn h() {}
        fn i() {}
        #[cfg(test)]
        mod tests {
            /// All of it.
            fn j() {}
        }";
    assert_eq!(beginnings_of_functions(source), ["Returns", "One", "The"]);
}
