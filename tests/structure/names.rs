//! Finds the file in which the item of a path is defined, through imports and re-exports.

use crate::modules::{ModuleId, Tree};
use std::path::Path;

/// No chain of re-exports is longer; a circle of them ends here.
const DEPTH: usize = 16;

/// A name that a path led to.
enum Found {
    Module(ModuleId),
    /// An item, by the module that defines it.
    Item(ModuleId),
}

impl Tree {
    /// Returns the file that defines the item which `path` names in the module `from`; nothing for modules, local names
    /// and other crates.
    pub fn definition(&self, from: ModuleId, path: &[String]) -> Option<&Path> {
        match self.resolve(from, path, 0)? {
            Found::Item(module) => Some(&self.modules[module].file),
            Found::Module(_) => None,
        }
    }

    fn resolve(&self, from: ModuleId, path: &[String], depth: usize) -> Option<Found> {
        if depth > DEPTH {
            return None;
        }
        let (first, rest) = path.split_first()?;
        let start = match first.as_str() {
            "crate" => Found::Module(0),
            name if name == self.name => Found::Module(0),
            "self" => Found::Module(from),
            "super" => Found::Module(self.modules[from].parent?),
            name => self.lookup(from, name, depth)?,
        };
        self.descend(start, rest, depth)
    }

    fn descend(&self, start: Found, rest: &[String], depth: usize) -> Option<Found> {
        let mut found = start;
        for name in rest {
            let Found::Module(module) = found else { return Some(found) }; // a variant, or a function of a type
            found = match name.as_str() {
                "super" => Found::Module(self.modules[module].parent?),
                "self" => Found::Module(module),
                // What a macro defines has no name in the source: it counts as defined where it was looked for.
                name => self.lookup(module, name, depth).unwrap_or(Found::Item(module)),
            };
        }
        Some(found)
    }

    fn lookup(&self, module: ModuleId, name: &str, depth: usize) -> Option<Found> {
        let here = &self.modules[module];
        if here.defined.iter().any(|defined| defined == name) {
            return Some(Found::Item(module));
        }
        if let Some(&child) = here.children.get(name) {
            return Some(Found::Module(child));
        }
        if let Some(path) = here.imported.get(name) {
            let itself = path.len() == 1 && path[0] == name;
            return if itself { None } else { self.resolve(module, path, depth + 1) };
        }
        here.globs.iter().find_map(|path| match self.resolve(module, path, depth + 1)? {
            Found::Module(other) if other != module => self.lookup(other, name, depth + 1),
            _ => None,
        })
    }
}
