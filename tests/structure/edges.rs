//! Collects the uses of one file's items by another file.

use crate::modules::{ModuleId, Tree, only_for_tests};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::path::PathBuf;
use syn::visit::{self, Visit};
use syn::{Item, Macro, Visibility};

/// A use of an item: the file that uses it, the file that defines it, and the path by which it is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The file that uses the item.
    pub from: PathBuf,
    /// The file that defines the item.
    pub to: PathBuf,
    /// The path in the source.
    pub path: String,
}

/// Returns all edges between files of a crate. Declarations of modules and re-exports are none.
pub fn edges(tree: &Tree) -> BTreeSet<Edge> {
    let mut edges = BTreeSet::new();
    for (id, module) in tree.modules.iter().enumerate() {
        let mut paths = Paths::default();
        module.items.iter().for_each(|item| paths.visit_item(item));
        let imports = module.items.iter().filter_map(private_import).flat_map(|import| import_paths(&import.tree));
        for path in paths.found.into_iter().chain(imports) {
            add(tree, id, &path, &mut edges);
        }
    }
    edges
}

fn add(tree: &Tree, module: ModuleId, path: &[String], edges: &mut BTreeSet<Edge>) {
    let from = &tree.modules[module].file;
    let Some(to) = tree.definition(module, path).filter(|to| to != from) else { return };
    edges.insert(Edge { from: from.clone(), to: to.to_path_buf(), path: path.join("::") });
}

fn private_import(item: &Item) -> Option<&syn::ItemUse> {
    match item {
        Item::Use(import) if matches!(import.vis, Visibility::Inherited) => Some(import),
        _ => None,
    }
}

fn import_paths(tree: &syn::UseTree) -> Vec<Vec<String>> {
    match tree {
        syn::UseTree::Path(step) => {
            import_paths(&step.tree).into_iter().map(|rest| [vec![step.ident.to_string()], rest].concat()).collect()
        }
        syn::UseTree::Name(last) => vec![vec![last.ident.to_string()]],
        syn::UseTree::Rename(last) => vec![vec![last.ident.to_string()]],
        syn::UseTree::Group(group) => group.items.iter().flat_map(import_paths).collect(),
        syn::UseTree::Glob(_) => Vec::new(),
    }
}

/// The paths that occur in code, as lists of names.
#[derive(Default)]
struct Paths {
    found: BTreeSet<Vec<String>>,
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item(&mut self, item: &'ast Item) {
        if !matches!(item, Item::Use(_)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !only_for_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.found.insert(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }
}

impl Paths {
    /// Collects what looks like a path in the arguments of a macro, which `syn` cannot parse.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.take(&mut path);
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Group(group) => {
                    self.take(&mut path);
                    colons = 0;
                    self.tokens(group.stream());
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {
                    self.take(&mut path);
                    colons = 0;
                }
            }
        }
        self.take(&mut path);
    }

    fn take(&mut self, path: &mut Vec<String>) {
        let path = std::mem::take(path);
        // A single word may be a field or a variable as well as an item: types and constants begin with a capital.
        if path.len() > 1 || path.first().is_some_and(|name| name.starts_with(char::is_uppercase)) {
            self.found.insert(path);
        }
    }
}
