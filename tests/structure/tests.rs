use super::*;
use rstest::rstest;
use std::path::Path;

#[test]
fn files_and_folders_of_scs_checks_do_not_import_each_other() {
    assert_no_circles("scs_checks", "checks/src/lib.rs");
}

#[test]
fn files_and_folders_of_scs_reports_do_not_import_each_other() {
    assert_no_circles("scs_reports", "reports/src/lib.rs");
}

#[test]
fn files_and_folders_of_scs_simcloud_do_not_import_each_other() {
    assert_no_circles("scs_simcloud", "src/simcloud/src/lib.rs");
}

#[test]
fn files_and_folders_of_scs_subjects_do_not_import_each_other() {
    assert_no_circles("scs_subjects", "src/subjects/lib.rs");
}

#[test]
fn files_and_folders_of_scs_files_do_not_import_each_other() {
    assert_no_circles("scs_files", "src/files/lib.rs");
}

#[test]
fn files_and_folders_of_scs_signatures_do_not_import_each_other() {
    assert_no_circles("scs_signatures", "src/signatures/lib.rs");
}

#[test]
fn files_and_folders_of_scs_fleet_do_not_import_each_other() {
    assert_no_circles("scs_fleet", "src/fleet/lib.rs");
}

#[test]
fn files_and_folders_of_scs_monitor_do_not_import_each_other() {
    assert_no_circles("scs_monitor", "src/monitor/lib.rs");
    assert_no_circles("scs_monitor_program", "src/monitor/main.rs");
}

#[test]
fn files_and_folders_of_scs_conformance_do_not_import_each_other() {
    assert_no_circles("scs_conformance", "src/main.rs");
}

fn assert_no_circles(name: &str, root_file: &str) {
    let root_file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(root_file);
    let tree = Tree::read(name, &root_file).unwrap();
    let edges = edges(&tree);
    let found: Vec<String> = [("files", files(&edges)), ("folders", folders(&edges, &tree.root))]
        .into_iter()
        .flat_map(|(kind, circles)| circles.into_iter().map(move |circle| (kind, circle)))
        .map(|(kind, circle)| format!("{name}: these {kind} import each other:\n{}", lines(&circle, &tree.root)))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n\n"));
}

fn lines(circle: &[Edge], root: &Path) -> String {
    let short = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
    let line = |edge: &Edge| format!("  {} uses {} of {}", short(&edge.from), edge.path, short(&edge.to));
    circle.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Writes a crate of these files, and reads it.
fn sample(files: &[(&str, &str)]) -> Tree {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    Tree::read("sample", &folder.path().join("lib.rs")).unwrap()
}

#[rstest]
#[case::an_import("use crate::b::Item; fn f(_: Item) {}", &["a.rs -> b.rs"])]
#[case::a_path("fn f(_: crate::b::Item) {}", &["a.rs -> b.rs"])]
#[case::through_a_re_export("fn f(_: crate::Item) {}", &["a.rs -> b.rs"])]
#[case::through_a_glob("use super::b::*; fn f(_: Item) {}", &["a.rs -> b.rs"])]
#[case::a_function_of_a_type("fn f() { crate::b::Item::new(); }", &["a.rs -> b.rs"])]
#[case::in_a_macro("fn f() { println!(\"{}\", crate::b::LIMIT); }", &["a.rs -> b.rs"])]
#[case::a_trait_without_a_name("use crate::b::Item as _;", &["a.rs -> b.rs"])]
#[case::from_a_macro("fn f(_: crate::b::Generated) {}", &["a.rs -> b.rs"])]
#[case::a_re_export("pub use crate::b::Item;", &[])]
#[case::a_declaration("pub mod c { pub struct Inner; }", &[])]
#[case::in_tests("#[cfg(test)] mod tests { use crate::b::Item; }", &[])]
#[case::of_others("use std::fmt; fn f(_: fmt::Error) {}", &[])]
fn an_edge_is_a_use_of_an_item_defined_in_another_file(#[case] a: &str, #[case] expected: &[&str]) {
    let root = "mod a; mod b; pub use b::Item;";
    let b = "pub struct Item; pub const LIMIT: u8 = 1; macro_rules! make { () => {} } make!();";
    let tree = sample(&[("lib.rs", root), ("a.rs", a), ("b.rs", b)]);
    let short = |path: &Path| path.strip_prefix(&tree.root).unwrap().display().to_string();
    let mut found: Vec<String> =
        edges(&tree).iter().map(|edge| format!("{} -> {}", short(&edge.from), short(&edge.to))).collect();
    found.dedup();
    assert_eq!(found, expected);
}

#[test]
fn a_circle_is_found_between_files_and_between_folders() {
    let tree = sample(&[
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "mod x; mod y; pub use y::Low;"),
        ("a/x.rs", "fn f(_: crate::b::Item) {}"),
        ("a/y.rs", "pub struct Low;"),
        ("b.rs", "pub struct Item(crate::a::Low);"),
    ]);
    let edges = edges(&tree);
    // x uses b, and b uses y: no file is in a circle, but the folder a and the file b are.
    assert!(files(&edges).is_empty());
    assert_eq!(folders(&edges, &tree.root).len(), 1);
}
