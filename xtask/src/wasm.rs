//! The client as WebAssembly: compiled, with its generated JavaScript, optimized.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use std::io::Write;
use walrus::Module;
use wasm_bindgen_cli_support::Bindgen;

use crate::requirements::WASM;
use crate::root::{root, target};
use crate::run::{cargo, command, run};
use crate::shrink;

/// The folder of the npm workspace that depends on `wasm-opt`.
pub const TOOLS: &str = "xtask/tools";

/// The optimized wasm's name in the package.
pub const FILE: &str = "codecell.wasm";

/// How many bytes a server that compresses sends.
pub fn gzipped(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

/// Compiles the client for wasm32. Its panics name places in source files: without the folders of this machine.
pub fn compile() -> Result<()> {
    let sources = cargo_home()?.join("registry/src");
    // Not there: the sources come from elsewhere, a vendored folder for example.
    let indexes = fs::read_dir(sources).into_iter().flatten().flatten();
    let flags: Vec<String> = indexes
        .map(|index| format!("--remap-path-prefix={}/=", index.path().display()))
        .collect();
    let flags = format!("target.{WASM}.rustflags={flags:?}");
    run(cargo().args(["--config", &flags]).args([
        "build",
        "--quiet",
        "--profile",
        "wasm",
        "--package",
        "codecell",
        "--lib",
        "--target",
        WASM,
    ]))
}

/// Where Cargo keeps the sources of crates (The Cargo Book, "Cargo Home").
fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    let home = env::home_dir().context("neither CARGO_HOME nor a home folder is known")?;
    Ok(home.join(".cargo"))
}

/// Writes `bindings.js`, `codecell.wasm` and the client's own JavaScript into `folder`.
pub fn generate(folder: &Path) -> Result<()> {
    let compiled = target().join(WASM).join("wasm/codecell.wasm");
    let mut module = Module::from_file(&compiled)
        .with_context(|| format!("{} could not be read", compiled.display()))?;
    // Before the bindings are made, so that none is made for what goes.
    shrink::let_panics_trap(&mut module);
    let mut bindgen = Bindgen::new();
    bindgen
        .input_bytes("codecell", module.emit_wasm())
        .out_name("bindings")
        .typescript(false)
        .omit_default_module_path(true)
        .web(true)?;
    let mut output = bindgen
        .generate_output()
        .context("the bindings could not be generated")?;

    let script = output.js().to_owned();
    let mut script = shrink::shorten_names(output.wasm_mut(), &script);
    for (path, text) in output.local_modules() {
        let name = path.rsplit('/').next().unwrap_or(path);
        script = script.replace(&format!("./snippets/{path}"), &format!("./{name}"));
        fs::write(folder.join(name), text)?;
    }
    // `using` closes an interpreter: its memory goes with the object, so that a call after that is told that it is closed. The
    // generator would have it freed; an execution it is of no use to.
    let (closes, frees) = ("prototype.close;", "prototype.free;");
    let script: String = script
        .lines()
        .filter(|line| !line.contains("Execution.prototype[Symbol.dispose]"))
        .map(
            |line| match line.contains("CodeInterpreter.prototype[Symbol.dispose]") {
                true => line.replace(frees, closes),
                false => line.to_owned(),
            },
        )
        .map(|line| [line.trim_start(), "\n"].concat())
        .collect();
    fs::write(folder.join("bindings.js"), script)?;

    let plain = target().join("xtask/codecell.wasm");
    fs::write(&plain, output.wasm_mut().emit_wasm())?;
    optimize(&plain, &folder.join(FILE))
}

/// Writes `folder`'s wasm as a JavaScript module: deflated (RFC 1951, what `DecompressionStream("deflate-raw")` takes), in base64.
pub fn write_inline(folder: &Path) -> Result<()> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&fs::read(folder.join(FILE))?)?;
    let text = STANDARD.encode(encoder.finish()?);
    Ok(fs::write(
        folder.join("inline-wasm.js"),
        format!("export const deflated = \"{text}\";\n"),
    )?)
}

/// Makes the wasm smaller and faster, and takes out what only debuggers and linkers read.
fn optimize(from: &Path, to: &Path) -> Result<()> {
    let program = root().join("node_modules/binaryen/bin/wasm-opt");
    run(command("node")
        .arg(program)
        .args([from, Path::new("-o"), to])
        .args([
            // First, so that what was compiled alike becomes alike: 0.2 KiB less, gzipped.
            "--flatten",
            "--rereloop",
            "-Oz",
            "--converge",
            // Larger functions are not moved into their only caller: what is alike stays alike, and compresses better.
            "--one-caller-inline-max-function-size=20",
            "--strip-debug",
            "--strip-producers",
            "--strip-target-features",
        ]))
}
