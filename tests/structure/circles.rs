//! Finds circles: files, or folders beside each other, that import each other.

use crate::edges::Edge;
use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Returns the circles between files; each is the list of its edges.
pub fn files(edges: &BTreeSet<Edge>) -> Vec<Vec<Edge>> {
    circles(edges, |edge| Some((edge.from.clone(), edge.to.clone())))
}

/// Returns the circles between folders and files that stand beside each other, at every depth below `root`.
/// `mod.rs` belongs to its folder.
pub fn folders(edges: &BTreeSet<Edge>, root: &Path) -> Vec<Vec<Edge>> {
    circles(edges, |edge| rooms(root, &edge.from, &edge.to))
}

/// Returns the two rooms, side by side, between which an edge runs: the first parts in which its paths differ.
fn rooms(root: &Path, from: &Path, to: &Path) -> Option<(PathBuf, PathBuf)> {
    let (from, to) = (module_path(root, from)?, module_path(root, to)?);
    let common = from.iter().zip(to.iter()).take_while(|(from, to)| from == to).count();
    let shared: PathBuf = from.iter().take(common).collect();
    let (from, to) = (from.iter().nth(common)?, to.iter().nth(common)?);
    Some((shared.join(from), shared.join(to)))
}

/// Returns the path of a file's module: `run/mod.rs` is `run`, and `run.rs` as well.
fn module_path(root: &Path, file: &Path) -> Option<PathBuf> {
    let path = file.strip_prefix(root).ok()?.with_extension("");
    Some(if path.ends_with("mod") { path.parent()?.to_path_buf() } else { path })
}

fn circles(edges: &BTreeSet<Edge>, ends: impl Fn(&Edge) -> Option<(PathBuf, PathBuf)>) -> Vec<Vec<Edge>> {
    let mut graph = DiGraph::<PathBuf, &Edge>::new();
    let mut nodes = BTreeMap::new();
    for edge in edges {
        let Some((from, to)) = ends(edge) else { continue };
        let from = *nodes.entry(from.clone()).or_insert_with(|| graph.add_node(from));
        let to = *nodes.entry(to.clone()).or_insert_with(|| graph.add_node(to));
        graph.add_edge(from, to, edge);
    }
    tarjan_scc(&graph)
        .into_iter()
        .filter(|component| component.len() > 1)
        .map(|component| {
            let inside = |index| component.contains(&index);
            graph
                .edge_indices()
                .filter(|&edge| graph.edge_endpoints(edge).is_some_and(|(from, to)| inside(from) && inside(to)))
                .map(|edge| graph[edge].clone())
                .collect()
        })
        .collect()
}
