use std::path::Path;

use super::*;

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
    assert_no_circles("scs_simcloud", "tests/simcloud/src/lib.rs");
}

#[test]
fn files_and_folders_of_scs_conformance_do_not_import_each_other() {
    assert_no_circles("scs_conformance", "src/lib.rs");
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
