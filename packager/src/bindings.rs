//! The client's wasm with its generated JavaScript, both made small.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::DeflateEncoder};
use walrus::Module;
use wasm_bindgen_cli_support::Bindgen;

use crate::{glue, imports, order, shrink};

/// The optimized wasm's name in the package.
const FILE: &str = "codecell.wasm";

/// Writes `bindings.js`, `codecell.wasm` and the client's own JavaScript into `folder`. `compiled` is what Cargo has made.
pub fn generate(compiled: &Path, folder: &Path) -> Result<()> {
    let mut module = Module::from_file(compiled)
        .with_context(|| format!("{} could not be read", compiled.display()))?;
    // Before the bindings are made, so that none is made for what goes.
    shrink::let_panics_trap(&mut module);
    shrink::blank_panic_places(&mut module)?;
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

    let script = glue::slim(output.js())?;
    let script = imports::import_by_name(output.wasm_mut(), &script);
    let mut script = shrink::shorten_names(output.wasm_mut(), &script);
    for (path, text) in output.local_modules() {
        let name = path.rsplit('/').next().unwrap_or(path);
        script = script.replace(&format!("./snippets/{path}"), &format!("./{name}"));
        // All files stand beside each other there.
        fs::write(folder.join(name), text.replace("\"../js/", "\"./"))?;
    }
    // `using` closes an interpreter instead of freeing it, so that a later call reports that it is closed. For an execution
    // `using` makes no sense.
    let (closes, frees) = ("prototype.close;", "prototype.free;");
    let script: String = script
        .lines()
        .filter(|line| !line.contains("Execution.prototype[Symbol.dispose]"))
        .map(
            |line| match line.contains("CodeInterpreter.prototype[Symbol.dispose]") {
                true => [&line.replace(frees, closes), "\n"].concat(),
                false => [line, "\n"].concat(),
            },
        )
        .collect();
    fs::write(folder.join("bindings.js"), without_needed_codecs(&script))?;

    let (plain, file) = (folder.join("plain.wasm"), folder.join(FILE));
    fs::write(&plain, output.wasm_mut().emit_wasm())?;
    optimize(&plain, &file)?;
    fs::write(&file, order::sort_functions(&fs::read(&file)?)?)?;
    Ok(fs::remove_file(plain)?)
}

/// The same, but importing it does not fail in a runtime without text codecs, such as jest's jsdom environment: `connect`
/// reports what is missing.
fn without_needed_codecs(script: &str) -> String {
    let mut script = script.to_owned();
    for codec in ["TextDecoder", "TextEncoder"] {
        let (made, maybe) = (
            format!("= new {codec}("),
            format!("= globalThis.{codec} && new {codec}("),
        );
        script = script.replace(&made, &maybe);
    }
    script.replace(
        "\ncachedTextDecoder.decode();",
        "\ncachedTextDecoder?.decode();",
    )
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

/// Makes the wasm smaller and faster, and removes what only debuggers and linkers read.
fn optimize(from: &Path, to: &Path) -> Result<()> {
    let status = Command::new("node")
        .arg("node_modules/binaryen/bin/wasm-opt")
        .args([from, Path::new("-o"), to])
        .args([
            // First, so that similar code becomes equal code: 0.2 KiB less, gzipped.
            "--flatten",
            "--rereloop",
            "-Oz",
            // Finds what is constant or never used across functions; then once more.
            "--gufa-optimizing",
            "-Oz",
            "--converge",
            // Larger functions stay out of their only caller: equal code stays equal, and compresses better.
            "--one-caller-inline-max-function-size=20",
            "--strip-debug",
            "--strip-producers",
            "--strip-target-features",
        ])
        .status()
        .context("node could not be started")?;
    ensure!(status.success(), "wasm-opt failed ({status})");
    Ok(())
}
