//! Rules for the crates that the workspace depends on.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use cargo_metadata::{Metadata, MetadataCommand};
use spdx::Expression;
use toml::{Table, Value};

use crate::{report, root, tracked};

/// Only browsers have these; `core` and `protocol` are tested without them.
const WASM_CRATES: [&str; 6] = [
    "wasm-bindgen",
    "wasm-bindgen-futures",
    "js-sys",
    "web-sys",
    "serde-wasm-bindgen",
    "gloo-net",
];

#[test]
fn the_native_client_has_no_wasm_crate() {
    let mut tree = Command::new(env!("CARGO"));
    tree.args([
        "tree",
        "--quiet",
        "--package",
        "codecell",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
    ]);
    let tree = tree.current_dir(root()).output().unwrap();
    assert!(
        tree.status.success(),
        "{}",
        String::from_utf8_lossy(&tree.stderr)
    );
    let found: Vec<_> = String::from_utf8_lossy(&tree.stdout)
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| WASM_CRATES.contains(name))
        .map(|name| {
            format!("{name} belongs under [target.'cfg(target_arch = \"wasm32\")'.dependencies]")
        })
        .collect();
    report(&found);
}

/// The client is Rust that uses the browser through these: each does its part of the work.
#[test]
fn the_client_uses_each_wasm_crate() {
    let rust = |file: &PathBuf| file.starts_with("src") && file.extension() == Some("rs".as_ref());
    let files = tracked().into_iter().filter(rust);
    let sources: String = files
        .filter_map(|file| fs::read_to_string(root().join(file)).ok())
        .collect();
    let unused = WASM_CRATES
        .iter()
        .filter(|name| !sources.contains(&format!("use {}::", name.replace('-', "_"))));
    report(
        &unused
            .map(|name| format!("src uses nothing of {name}"))
            .collect::<Vec<_>>(),
    );
}

/// The bindings and their generator must have the same version.
#[test]
fn the_bindings_and_their_generator_have_one_version() {
    let metadata = metadata();
    let versions = |name: &str| -> Vec<String> {
        let packages = metadata.packages.iter();
        let named = packages.filter(|package| package.name == name);
        named.map(|package| package.version.to_string()).collect()
    };
    let [library, generator] = ["wasm-bindgen", "wasm-bindgen-cli-support"].map(versions);
    assert!(
        library.len() == 1 && library == generator,
        "Cargo.lock has wasm-bindgen {library:?} and its generator {generator:?}"
    );
}

/// What `deny.toml` says of licences, banned crates and duplicates. It is a file for `cargo deny`, which takes minutes to compile;
/// this reads the same file, needs no network, and knows the part of the format that the file uses.
#[test]
fn every_crate_is_allowed_by_deny_toml() {
    let rules = fs::read_to_string(root().join("deny.toml")).unwrap();
    report(&denied(&rules.parse().unwrap(), &metadata()));
}

fn denied(rules: &Table, metadata: &Metadata) -> Vec<String> {
    let allowed = names(rules, "licenses", "allow");
    let banned = names(rules, "bans", "deny");
    let skipped = names(rules, "bans", "skip");
    let mut problems = Vec::new();
    let mut versions: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for package in metadata
        .packages
        .iter()
        .filter(|package| package.source.is_some())
    {
        let (name, version) = (package.name.as_str(), &package.version);
        let id = format!("{name}@{version}");
        let license = package.license.as_deref().unwrap_or("none");
        let accepted = Expression::parse_mode(license, spdx::ParseMode::LAX).is_ok_and(|license| {
            license.evaluate(|wanted| {
                let license = wanted.license.to_string();
                allowed.contains(&license.as_str())
            })
        });
        if !accepted {
            problems.push(format!("the licence of {id} is {license}"));
        }
        if banned.contains(&name) {
            problems.push(format!("{name} is banned"));
        }
        if !skipped.contains(&id.as_str()) {
            versions.entry(name).or_default().push(version.to_string());
        }
    }
    versions.retain(|_, versions| versions.len() > 1);
    for (name, versions) in versions {
        problems.push(format!(
            "{name} is there in versions {}",
            versions.join(" and ")
        ));
    }
    let unused = |id: &&&str| {
        !metadata
            .packages
            .iter()
            .any(|package| format!("{}@{}", package.name, package.version) == **id)
    };
    let unused = skipped.iter().filter(unused);
    problems.extend(unused.map(|id| format!("deny.toml skips {id}, which is not there")));
    problems
}

/// A list of names: strings, or tables with a key `crate`.
fn names<'a>(rules: &'a Table, section: &str, key: &str) -> Vec<&'a str> {
    let list = rules.get(section).and_then(|section| section.get(key));
    let list = list.and_then(Value::as_array);
    let list = list.unwrap_or_else(|| panic!("deny.toml has no list {section}.{key}"));
    let name = |entry: &'a Value| entry.get("crate").unwrap_or(entry).as_str();
    list.iter().filter_map(name).collect()
}

fn metadata() -> Metadata {
    MetadataCommand::new().current_dir(root()).exec().unwrap()
}
