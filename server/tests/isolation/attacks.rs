//! The attack table: each attack against each layer alone and against all together.
//!
//! Where a layer does not claim to stop an attack, the attack must get through: that shows that it
//! is a real one, and that what stops it elsewhere is the layer. The table of `docs/security.md` is
//! what was measured here; `CODECELL_UPDATE=1` writes it anew.

mod field;
mod list;

use std::collections::BTreeMap;
use std::path::PathBuf;

use codecell_server::isolation::Layer::{self, Landlock, Namespaces, Seccomp};
use codecell_server::isolation::probe;

use crate::toolbox::{Toolbox, as_root_and_user, server_binary};
use field::Field;
use list::ATTACKS;

/// The columns of the table.
const COLUMNS: [&[Layer]; 6] = [
    &[],
    &[Landlock],
    &[Seccomp],
    &[Landlock, Seccomp],
    &[Namespaces],
    &[Namespaces, Landlock, Seccomp],
];

/// The columns that the document shows, under the names of their levels.
const SHOWN: [(&str, &[Layer]); 3] = [
    ("basic", COLUMNS[0]),
    ("medium", COLUMNS[3]),
    ("strong", COLUMNS[5]),
];

const DOCUMENT: &str = include_str!("../../../docs/security.md");
const BEGIN: &str = "<!-- attacks: written by the tests -->\n";
const END: &str = "<!-- end of attacks -->";

#[test]
fn attacks() {
    let said = as_root_and_user("attacks::attacks", || {
        let field = Field::new();
        let (here, abi) = layers_here();
        let mut measured = BTreeMap::new();
        for layers in COLUMNS {
            if !layers.iter().all(|layer| here.contains(layer)) {
                eprintln!("left out: this machine has no {layers:?}");
                continue;
            }
            let toolbox = Toolbox::new(layers);
            measured.insert(names(layers), field.attack(&toolbox, abi));
        }
        // To root's server, code is a stranger: the worse case is that of an ordinary user's.
        let is_root = nix::unistd::Uid::effective().is_root();
        // Newer kernels stop more than the document promises.
        if !is_root && measured.len() == COLUMNS.len() && abi < list::SOCKETS_ABI {
            compare(&table(&measured));
        }
    });
    if let Some(table) = said.as_deref().and_then(between) {
        write(table);
    }
}

/// Compares what was measured with the document, or hands it out to be written.
fn compare(table: &str) {
    if std::env::var_os("CODECELL_UPDATE").is_some() {
        println!("{BEGIN}{table}{END}");
        write(table);
    } else {
        assert_eq!(
            between(DOCUMENT),
            Some(table),
            "docs/security.md shows something else than was measured: CODECELL_UPDATE=1 writes it anew"
        );
    }
}

/// What stands between the marks.
fn between(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(BEGIN)?;
    rest.split_once(END).map(|(table, _)| table)
}

fn write(table: &str) {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/security.md"));
    let (before, _) = DOCUMENT.split_once(BEGIN).unwrap();
    let (_, after) = DOCUMENT.split_once(END).unwrap();
    // Refused to the ordinary user: then root, who started this, writes it.
    let _ = std::fs::write(path, format!("{before}{BEGIN}{table}{END}{after}"));
}

/// The table as the document shows it.
fn table(measured: &BTreeMap<String, Vec<bool>>) -> String {
    let mut lines = vec![
        "| what code tries | basic | medium | strong |".to_owned(),
        "|---|---|---|---|".to_owned(),
    ];
    for (at, attack) in ATTACKS.iter().enumerate() {
        let cells = SHOWN.map(|(_, layers)| {
            let stopped = measured[&names(layers)][at];
            if stopped { "stopped" } else { "**works**" }
        });
        lines.push(format!("| {} | {} |", attack.name, cells.join(" | ")));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn names(layers: &[Layer]) -> String {
    layers
        .iter()
        .map(|layer| layer.name())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The layers that this machine has in full: before ABI 6, Landlock knows nothing of signals and sockets.
fn layers_here() -> (Vec<Layer>, u32) {
    const FULL: u32 = 6;
    let (plan, report) = probe(&server_binary(), &Toolbox::new(&[]).plan, &[]).unwrap();
    let abi = (report.layers.iter())
        .find_map(|layer| layer.detail.strip_prefix("Landlock ABI "))
        .and_then(|version| version.parse().ok())
        .unwrap_or(0);
    let in_full = |layer: &Layer| *layer != Landlock || abi >= FULL;
    (plan.layers.into_iter().filter(in_full).collect(), abi)
}
