//! No import circles: no file of a Rust crate or of the Python package may import itself through other files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cargo_metadata::MetadataCommand;
use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use regex::Regex;
use syn::visit::{self, Visit};

use crate::{report, root, tracked};

type Segments = Vec<String>;

#[test]
fn no_file_imports_itself_by_way_of_others() {
    let mut circles = circles_in(&python_imports());
    for folder in crate_folders() {
        circles.extend(circles_in(&rust_imports(&folder)));
    }
    report(&circles);
}

/// The source folders of the workspace's libraries and programs.
fn crate_folders() -> Vec<String> {
    let metadata = MetadataCommand::new()
        .no_deps()
        .current_dir(root())
        .exec()
        .unwrap();
    let targets = metadata
        .packages
        .iter()
        .flat_map(|package| &package.targets);
    let mut folders: Vec<_> = targets
        .filter(|target| target.is_lib() || target.is_bin() || target.is_cdylib())
        .filter_map(|target| {
            Path::new(&target.src_path)
                .parent()?
                .strip_prefix(root())
                .ok()
        })
        .map(|folder| folder.display().to_string())
        .collect();
    folders.sort();
    folders.dedup();
    folders
}

fn circles_in(imports: &[(String, String)]) -> Vec<String> {
    let edges = imports
        .iter()
        .map(|(from, to)| (from.as_str(), to.as_str()));
    tarjan_scc(&DiGraphMap::<&str, ()>::from_edges(edges))
        .into_iter()
        .filter(|files| files.len() > 1)
        .map(|files| format!("{} import each other", files.join(", ")))
        .collect()
}

/// Which file of a crate names items of which other file. Tests and re-exports don't count.
fn rust_imports(folder: &str) -> Vec<(String, String)> {
    let mut modules = BTreeMap::new();
    for path in tracked() {
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let Ok(inner) = path.strip_prefix(folder) else {
            continue;
        };
        let mut name: Segments = inner
            .with_extension("")
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        name.pop_if(|last| matches!(last.as_str(), "mod" | "lib" | "main"));
        let text = fs::read_to_string(root().join(&path)).unwrap();
        let file =
            syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut names = Names::default();
        names.visit_file(&file);
        modules.insert(name, (path.display().to_string(), names));
    }
    let mut imports = Vec::new();
    for (module, (file, names)) in &modules {
        for path in &names.used {
            if let Some(target) = resolve(&modules, module, path, 8)
                && target != file
            {
                imports.push((file.clone(), target.to_owned()));
            }
        }
    }
    imports
}

type Modules = BTreeMap<Segments, (String, Names)>;

/// The file that defines the item which `module` calls `path`. Follows re-exports.
fn resolve<'a>(
    modules: &'a Modules,
    module: &[String],
    path: &[String],
    depth: usize,
) -> Option<&'a str> {
    let mut place = module.to_vec();
    let mut rest = path.iter().peekable();
    match rest.peek()?.as_str() {
        "crate" => place.clear(),
        "self" | "super" => {}
        child => {
            place.push(child.to_owned());
            modules.get(&place)?;
            place.pop();
        }
    }
    while let Some(segment) =
        rest.next_if(|segment| matches!(segment.as_str(), "crate" | "self" | "super"))
    {
        if segment == "super" {
            place.pop();
        }
    }
    for segment in rest {
        place.push(segment.clone());
        if modules.contains_key(&place) {
            continue;
        }
        place.pop();
        let (_, names) = modules.get(&place)?;
        let exported = names
            .exported
            .iter()
            .find(|path| path.last() == Some(segment));
        return match exported {
            Some(path) if depth > 0 => resolve(modules, &place, path, depth - 1),
            _ => modules.get(&place).map(|(file, _)| file.as_str()),
        };
    }
    modules.get(&place).map(|(file, _)| file.as_str())
}

/// Which file of the Python package imports which other file of it, when it is imported itself.
fn python_imports() -> Vec<(String, String)> {
    let folder = Path::new("python/codecell");
    let files: Vec<_> = tracked()
        .into_iter()
        .filter(|path| {
            path.starts_with(folder) && path.extension().is_some_and(|extension| extension == "py")
        })
        .collect();
    let import =
        Regex::new(r"(?m)^(?:from (\.*)([\w.]*) import (\([^)]*\)|.*)|import ([\w.]+))").unwrap();
    let mut imports = Vec::new();
    for file in &files {
        let text = fs::read_to_string(root().join(file)).unwrap();
        for found in import.captures_iter(&text) {
            let part = |index| found.get(index).map_or("", |part| part.as_str());
            let mut place = match part(1).len() {
                0 => folder.parent().map(Path::to_path_buf).unwrap_or_default(),
                dots => file
                    .ancestors()
                    .nth(dots)
                    .map(Path::to_path_buf)
                    .unwrap_or_default(),
            };
            let module = if part(4).is_empty() { part(2) } else { part(4) };
            place.extend(module.split('.').filter(|name| !name.is_empty()));
            let names = part(3).split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            let submodules: Vec<_> = names
                .map(|name| place.join(name).with_extension("py"))
                .filter(|path| files.contains(path))
                .collect();
            let whole = [place.with_extension("py"), place.join("__init__.py")];
            let targets = if submodules.is_empty() {
                whole.to_vec()
            } else {
                submodules
            };
            let targets = targets
                .into_iter()
                .filter(|target| files.contains(target) && target != file);
            imports.extend(
                targets.map(|target| (file.display().to_string(), target.display().to_string())),
            );
        }
    }
    imports
}

/// The paths in a file.
#[derive(Default)]
struct Names {
    used: Vec<Segments>,
    /// By `pub use`.
    exported: Vec<Segments>,
}

impl<'ast> Visit<'ast> for Names {
    /// `pub(super)` names no item.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let is_test = |attribute: &syn::Attribute| {
            // Also where the module is for tests of one system.
            attribute.path().is_ident("cfg")
                && attribute.meta.require_list().is_ok_and(|list| {
                    let tokens = list.tokens.to_string();
                    let mut words = tokens.split(|letter: char| !letter.is_alphanumeric());
                    words.any(|word| word == "test")
                })
        };
        if !module.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let paths = match item.vis {
            syn::Visibility::Inherited => &mut self.used,
            _ => &mut self.exported,
        };
        flatten(&item.tree, &mut Vec::new(), paths);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter();
        self.used
            .push(segments.map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }
}

fn flatten(tree: &syn::UseTree, prefix: &mut Segments, paths: &mut Vec<Segments>) {
    let whole = |last: &syn::Ident| [prefix.as_slice(), &[last.to_string()]].concat();
    match tree {
        syn::UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            flatten(&path.tree, prefix, paths);
            prefix.pop();
        }
        syn::UseTree::Name(name) if name.ident == "self" => paths.push(prefix.clone()),
        syn::UseTree::Name(name) => paths.push(whole(&name.ident)),
        syn::UseTree::Rename(name) => paths.push(whole(&name.ident)),
        syn::UseTree::Glob(_) => paths.push(prefix.clone()),
        syn::UseTree::Group(group) => {
            for item in &group.items {
                flatten(item, prefix, paths);
            }
        }
    }
}
