//! Makes the generated JavaScript smaller: this package never uses parts of it.

use anyhow::{Context, Result, ensure};

/// Parts that another text replaces: how each begins, what follows it, and that text.
const PARTS: [(&str, &str, &str); 6] = [
    // The loader for URLs, responses and bytes: `compile.js` does that.
    ("let wasmModule, wasmInstance, wasm;", "", START),
    // Every engine that knows WebAssembly's reference types has `encodeInto`.
    ("if (!('encodeInto' in", "let WASM_VECTOR_LEN", ""),
    // For a wasm that can't reallocate.
    ("if (realloc === undefined) {", "let len = arg.length;", ""),
    // A memory that has grown has another buffer, in every engine.
    (
        "if (cachedDataViewMemory0 === null",
        "cachedDataViewMemory0 = new",
        "if (cachedDataViewMemory0?.buffer !== wasm.memory.buffer) {\n",
    ),
    ("function handleError(", "function isLikeNone(", CAUGHT),
    (
        "throw new Error(getStringFromWasm0(arg0, arg1));",
        "\n},",
        THROWN,
    ),
];

/// Throws what Rust throws as a text. A method that is called on something else finds no pointer there.
const THROWN: &str = r#"const text = getStringFromWasm0(arg0, arg1);
throw text.startsWith("null p") ? new TypeError("A method was called on another object: call it on the one that connect() or streamCode() gave you, before its free()") : new Error(text);"#;

/// Starts a compiled module.
const START: &str = "let wasm;
export default async function start(module) {
wasm = (await WebAssembly.instantiate(module, __wbg_get_imports())).exports;
wasm.__wbindgen_start();
}
";

/// Makes an import of a function that may throw.
const CAUGHT: &str = "function caught(f) {
return (...args) => {
try {
return f(...args);
} catch (e) {
wasm.__wbindgen_exn_store(addToExternrefTable0(e));
}
};
}
";

/// The imports of functions that may throw, which `handleError` called: how each begins and ends.
const CATCHING: (&str, &str) = (
    "function() { return handleError(function (",
    "}, arguments); },\n",
);

/// `FinalizationRegistry` is as old as `WeakRef`, which the client needs.
const WITHOUT_REGISTRY: &str = "(typeof FinalizationRegistry === 'undefined')
? { register: () => {}, unregister: () => {} }
: new";

/// The same, without what is never used.
pub fn slim(script: &str) -> Result<String> {
    let lines = script
        .lines()
        .map(|line| [line.trim_start(), "\n"].concat());
    let mut script: String = lines.collect();
    for (begin, next, other) in PARTS {
        let missing = || format!("the generated JavaScript has no {begin}");
        let start = script.find(begin).with_context(missing)?;
        let end = match next {
            "" => script.len(),
            next => start + script[start..].find(next).with_context(missing)?,
        };
        script.replace_range(start..end, other);
    }
    let slim = catch_shortly(&script).replace(WITHOUT_REGISTRY, "new");
    for rest in ["handleError", "typeof FinalizationRegistry", "initSync"] {
        ensure!(
            !slim.contains(rest),
            "the generated JavaScript still has {rest}"
        );
    }
    Ok(slim)
}

fn catch_shortly(script: &str) -> String {
    let (begin, end) = CATCHING;
    let mut parts = script.split(begin);
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let part = part.replacen(") {\n", ") => {\n", 1);
        short.push_str("caught((");
        short.push_str(&part.replacen(end, "}),\n", 1));
    }
    short
}

#[cfg(test)]
mod tests {
    use super::{catch_shortly, slim};

    #[test]
    fn what_may_throw_is_caught_by_one_function() {
        let long = "a: function() { return handleError(function (arg0) {\narg0.close();\n}, arguments); },\nb: function(arg0) {\narg0.open();\n},\n";
        let short =
            "a: caught((arg0) => {\narg0.close();\n}),\nb: function(arg0) {\narg0.open();\n},\n";
        assert_eq!(catch_shortly(long), short);
        assert_eq!(catch_shortly(short), short);
    }

    #[test]
    fn other_bindings_than_expected_are_refused() {
        let error = slim("let wasm;\n").unwrap_err();
        assert!(error.to_string().contains("let wasmModule"), "{error}");
    }
}
