//! The client as WebAssembly: compiled, with its generated JavaScript, optimized.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::DeflateEncoder};
use std::io::Write;
use wasm_bindgen_cli_support::Bindgen;

use crate::root::{root, target};
use crate::run::{cargo, command, run};

/// The folder whose lock file names `wasm-opt`.
pub const TOOLS: &str = "xtask/tools";

/// Compiles the client for wasm32.
pub fn compile() -> Result<()> {
    run(cargo().args([
        "build",
        "--quiet",
        "--profile",
        "wasm",
        "--package",
        "codecell",
        "--lib",
        "--target",
        "wasm32-unknown-unknown",
    ]))
}

/// Writes `bindings.js`, `codecell.wasm` and the client's own JavaScript into `folder`.
pub fn generate(folder: &Path) -> Result<()> {
    let compiled = target().join("wasm32-unknown-unknown/wasm/codecell.wasm");
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(&compiled)
        .out_name("bindings")
        .typescript(false)
        .omit_default_module_path(true)
        .web(true)?;
    let mut output = bindgen
        .generate_output()
        .context("the bindings could not be generated")?;

    let mut script = output.js().to_owned();
    for (path, text) in output.local_modules() {
        let name = path.rsplit('/').next().unwrap_or(path);
        script = script.replace(&format!("./snippets/{path}"), &format!("./{name}"));
        fs::write(folder.join(name), text)?;
    }
    fs::write(folder.join("bindings.js"), script)?;

    let plain = target().join("xtask/codecell.wasm");
    fs::write(&plain, output.wasm_mut().emit_wasm())?;
    optimize(&plain, &folder.join("codecell.wasm"))
}

/// Writes `folder`'s wasm as a JavaScript module: deflated (RFC 1951, what `DecompressionStream("deflate-raw")` takes), in base64.
pub fn write_inline(folder: &Path) -> Result<()> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&fs::read(folder.join("codecell.wasm"))?)?;
    let text = STANDARD.encode(encoder.finish()?);
    Ok(fs::write(
        folder.join("inline-wasm.js"),
        format!("export const deflated = \"{text}\";\n"),
    )?)
}

/// Makes the wasm smaller and faster, and takes out what only debuggers and linkers read.
fn optimize(from: &Path, to: &Path) -> Result<()> {
    let program = root()
        .join(TOOLS)
        .join("node_modules/binaryen/bin/wasm-opt");
    run(command("node")
        .arg(program)
        .args([from, Path::new("-o"), to])
        .args([
            "-Oz",
            "--strip-debug",
            "--strip-producers",
            "--strip-target-features",
        ]))
}
