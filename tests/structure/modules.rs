//! Reads the module tree of one crate, without its tests.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use syn::{Attribute, Item, Meta, UseTree};

/// The index of a module in its [`Tree`].
pub type ModuleId = usize;

/// A module of a crate: a file, or a `mod` block inside one.
#[derive(Debug)]
pub struct Module {
    /// The file that holds it.
    pub file: PathBuf,
    /// The module that declares it; the root has none.
    pub parent: Option<ModuleId>,
    /// The modules that it declares.
    pub children: BTreeMap<String, ModuleId>,
    /// The names of the items that it defines, macros excluded.
    pub defined: Vec<String>,
    /// The names that `use` brings in, each with the path that it stands for.
    pub imported: BTreeMap<String, Vec<String>>,
    /// The paths whose names are all brought in (`use path::*`).
    pub globs: Vec<Vec<String>>,
    /// Its production code.
    pub items: Vec<Item>,
}

/// The modules of one crate.
#[derive(Debug)]
pub struct Tree {
    /// The name by which the crate calls itself beside `crate`.
    pub name: String,
    /// The folder of the root file.
    pub root: PathBuf,
    /// The modules; the root is the first.
    pub modules: Vec<Module>,
}

impl Tree {
    /// Reads the crate called `name` from its root file.
    ///
    /// # Errors
    /// A file that is missing or that does not parse.
    pub fn read(name: &str, root_file: &Path) -> io::Result<Self> {
        let root = root_file.parent().unwrap_or(Path::new("")).to_path_buf();
        let mut tree = Self { name: name.to_owned(), root: root.clone(), modules: Vec::new() };
        tree.add(None, root_file.to_path_buf(), &root, parse(root_file)?)?;
        Ok(tree)
    }

    /// Adds a module and everything below it. `folder` is where the files of its children stand.
    fn add(
        &mut self,
        parent: Option<ModuleId>,
        file: PathBuf,
        folder: &Path,
        items: Vec<Item>,
    ) -> io::Result<ModuleId> {
        let id = self.modules.len();
        let module = Module {
            file: file.clone(),
            parent,
            children: BTreeMap::new(),
            defined: Vec::new(),
            imported: BTreeMap::new(),
            globs: Vec::new(),
            items: Vec::new(),
        };
        self.modules.push(module);
        for item in items.into_iter().filter(|item| !only_for_tests(attributes(item))) {
            self.add_item(id, &file, folder, item)?;
        }
        Ok(id)
    }

    fn add_item(&mut self, id: ModuleId, file: &Path, folder: &Path, item: Item) -> io::Result<()> {
        match item {
            Item::Mod(declared) => {
                let name = declared.ident.to_string();
                let inner = folder.join(&name);
                let child = if let Some((_, items)) = declared.content {
                    self.add(Some(id), file.to_path_buf(), &inner, items)?
                } else {
                    let (path, below) = place(folder, &name, &declared.attrs);
                    let items = parse(&path)?;
                    self.add(Some(id), path, &below, items)?
                };
                self.modules[id].children.insert(name, child);
            }
            item => {
                if let Item::Use(import) = &item {
                    self.import(id, Vec::new(), &import.tree);
                } else if let Some(name) = defined(&item) {
                    self.modules[id].defined.push(name);
                }
                self.modules[id].items.push(item);
            }
        }
        Ok(())
    }

    fn import(&mut self, id: ModuleId, mut path: Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(step) => {
                path.push(step.ident.to_string());
                self.import(id, path, &step.tree);
            }
            UseTree::Name(last) if last.ident == "self" => self.bring(id, path.last().cloned(), path),
            UseTree::Name(last) => {
                path.push(last.ident.to_string());
                self.bring(id, path.last().cloned(), path);
            }
            UseTree::Rename(last) => {
                if last.ident != "self" {
                    path.push(last.ident.to_string());
                }
                // A trait that is imported as `_` has no name, but its file is used all the same.
                let name = if last.rename == "_" { format!("_ {}", path.join("::")) } else { last.rename.to_string() };
                self.bring(id, Some(name), path);
            }
            UseTree::Glob(_) => self.modules[id].globs.push(path),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(id, path.clone(), tree)),
        }
    }

    fn bring(&mut self, id: ModuleId, name: Option<String>, path: Vec<String>) {
        if let Some(name) = name {
            self.modules[id].imported.insert(name, path);
        }
    }
}

fn parse(file: &Path) -> io::Result<Vec<Item>> {
    let text = fs::read_to_string(file)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.display())))?;
    let parsed = syn::parse_file(&text).map_err(|error| io::Error::other(format!("{}: {error}", file.display())))?;
    Ok(parsed.items)
}

/// Returns the file of a declared module, and the folder where its children stand.
fn place(folder: &Path, name: &str, attributes: &[Attribute]) -> (PathBuf, PathBuf) {
    if let Some(path) = attributes.iter().find_map(path_attribute) {
        let file = folder.join(path);
        let below = file.parent().unwrap_or(folder).to_path_buf();
        return (file, below);
    }
    let flat = folder.join(format!("{name}.rs"));
    let below = folder.join(name);
    if flat.exists() { (flat, below) } else { (below.join("mod.rs"), below) }
}

fn path_attribute(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value else { return None };
    pair.path.is_ident("path").then(|| text.value())
}

/// Returns true for `#[cfg(test)]` and for what is compiled for tests or fuzzing alone.
pub fn only_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else { return false };
        let condition = list.tokens.to_string().replace(' ', "");
        attribute.path().is_ident("cfg") && matches!(condition.as_str(), "test" | "fuzzing" | "any(test,fuzzing)")
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn defined(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        _ => return None,
    };
    Some(name.to_string())
}
