//! Makes the wasm smaller: panics trap without a message, and the names that wasm and JavaScript share become short.

use std::collections::HashMap;
use std::ops::Range;

use anyhow::{Result, ensure};
use rustc_demangle::demangle;
use walrus::ir::{InstrLocId, Unreachable, Value};
use walrus::{ConstExpr, Data, DataKind, FunctionKind, Module};

/// Functions that format a panic's message, by how their names begin or end. None of them returns.
const PANIC_MODULES: [&str; 2] = ["core::panicking::", "std::panicking::"];
const PANICS: [&str; 10] = [
    "alloc::raw_vec::handle_error",
    "alloc::alloc::handle_alloc_error",
    "::unwrap_failed",
    "::expect_failed",
    "::panic_already_borrowed",
    "::panic_already_mutably_borrowed",
    "::panic_access_error",
    "::panic_poisoned",
    "::slice_error_fail",
    "rust_begin_unwind",
];

/// Makes a panic trap at once. Otherwise it traps after it has formatted a message that nobody sees:
/// wasm32-unknown-unknown has no standard error.
pub fn let_panics_trap(module: &mut Module) {
    for function in module.funcs.iter_mut() {
        let formats = function.name.as_deref().is_some_and(formats_panic);
        if let (true, FunctionKind::Local(local)) = (formats, &mut function.kind) {
            let entry = local.entry_block();
            let body = &mut local.block_mut(entry).instrs;
            body.clear();
            body.push((Unreachable {}.into(), InstrLocId::default()));
        }
    }
}

fn formats_panic(name: &str) -> bool {
    // Without the hashes: `core::panicking::panic_fmt`.
    let name = format!("{:#}", demangle(name));
    let owner = name.trim_start_matches('<');
    let in_module = PANIC_MODULES.iter().any(|module| owner.starts_with(module));
    let in_fmt = name.starts_with("core::fmt::") || name.contains(" as core::fmt::");
    in_module || in_fmt || PANICS.iter().any(|end| name.ends_with(end))
}

/// Blanks the places in the sources that a panic's message would name: nobody reads them any more. Each is a
/// `core::panic::Location`: address and length of a file's name, line, column.
pub fn blank_panic_places(module: &mut Module) -> Result<()> {
    let mut found = false;
    let segments: Vec<_> = module.data.iter().map(Data::id).collect();
    for segment in segments {
        let data = module.data.get_mut(segment);
        let DataKind::Active { offset, .. } = &data.kind else {
            continue;
        };
        if let &ConstExpr::Value(Value::I32(start)) = offset {
            let places = panic_places(&data.value, start.cast_unsigned() as usize);
            found |= !places.is_empty();
            for place in places {
                data.value[place].fill(0);
            }
        }
    }
    ensure!(
        found,
        "no panic has a place: the layout of `Location` is another one"
    );
    Ok(())
}

/// Where such a place, or the name of its file, is in the data that begins at an address.
fn panic_places(data: &[u8], start: usize) -> Vec<Range<usize>> {
    let word = |at: usize| {
        let bytes = data.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_le_bytes(bytes) as usize)
    };
    let mut places = Vec::new();
    for at in (0..data.len()).step_by(4) {
        let (Some(address), Some(length), Some(line), Some(column)) =
            (word(at), word(at + 4), word(at + 8), word(at + 12))
        else {
            break;
        };
        let Some(name) = address.checked_sub(start).map(|name| name..name + length) else {
            continue;
        };
        let is_file = data
            .get(name.clone())
            .is_some_and(|name| name.ends_with(b".rs"));
        if is_file && line > 0 && column > 0 {
            places.extend([at..at + 16, name]);
        }
    }
    places
}

/// Gives imports and exports names of one to three letters, in the wasm and in `script`, the JavaScript made for it.
/// The generated ones are 50 letters long, a third of them random.
pub fn shorten_names(module: &mut Module, script: &str) -> String {
    let mut names = (0..).map(letters);
    let mut next = || names.next().unwrap_or_default();
    let (mut keys, mut modules) = (HashMap::new(), HashMap::new());
    for import in module.imports.iter_mut() {
        let short = next();
        keys.insert(std::mem::replace(&mut import.name, short.clone()), short);
        let count = modules.len();
        let short = modules.entry(import.module.clone());
        import.module = short.or_insert_with(|| letters(count)).clone();
    }
    let mut members = HashMap::new();
    // Tools look for the memory by its name.
    let exports = module
        .exports
        .iter_mut()
        .filter(|export| export.name != "memory");
    for export in exports {
        let short = next();
        members.insert(std::mem::replace(&mut export.name, short.clone()), short);
    }
    let script = replace_words(script, |before, word, after| {
        let (map, found) = match (before.ends_with("wasm."), after.starts_with(": ")) {
            (true, _) => (&members, word),
            (false, true) => (&keys, word),
            (false, false) => return None,
        };
        map.get(found).cloned()
    });
    modules.iter().fold(script, |script, (module, short)| {
        script.replace(&format!("\"{module}\": "), &format!("{short}: "))
    })
}

/// The `index`th name: `a`, …, `z`, `A`, …, `Z`, `aa`, …
fn letters(index: usize) -> String {
    const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let last = char::from(LETTERS[index % LETTERS.len()]);
    let mut name = match index / LETTERS.len() {
        0 => String::new(),
        more => letters(more - 1),
    };
    name.push(last);
    name
}

/// Replaces each identifier in `script` for which `replacement` returns another. It gets the text before and after it, too.
fn replace_words(script: &str, replacement: impl Fn(&str, &str, &str) -> Option<String>) -> String {
    let mut replaced = String::with_capacity(script.len());
    let mut at = 0;
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$';
    while let Some(start) = script[at..].find(is_word).map(|start| at + start) {
        let rest = &script[start..];
        let length = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(length);
        replaced.push_str(&script[at..start]);
        match replacement(&script[..start], word, after) {
            Some(other) => replaced.push_str(&other),
            None => replaced.push_str(word),
        }
        at = start + length;
    }
    replaced.push_str(&script[at..]);
    replaced
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use walrus::{FunctionBuilder, Module, ValType};

    use super::{formats_panic, let_panics_trap, letters, panic_places, shorten_names};

    #[test]
    fn names_are_short_and_differ() {
        let names: HashSet<String> = (0..5000).map(letters).collect();
        assert_eq!(names.len(), 5000);
        assert_eq!(
            [0, 51, 52, 53].map(letters),
            ["a", "Z", "aa", "ab"].map(String::from)
        );
    }

    #[test]
    fn functions_that_format_panics_are_recognized_by_either_mangling() {
        assert!(formats_panic(
            "_ZN4core9panicking9panic_fmt17h0123456789abcdefE"
        ));
        assert!(formats_panic("_RNvNtCs1234_4core9panicking9panic_fmt"));
        assert!(formats_panic(
            "<alloc::string::String as core::fmt::Display>::fmt"
        ));
        assert!(formats_panic(
            "<std::panicking::panic_handler::FormatStringPayload as core::panic::PanicPayload>::get"
        ));
        assert!(!formats_panic("_ZN8codecell2js3run17h0123456789abcdefE"));
    }

    #[test]
    fn wasm_and_script_get_the_same_names() {
        let mut module = Module::default();
        let nothing = module.types.add(&[], &[]);
        module.add_import_func("./m.js", "__wbg_now_0123", nothing);
        let body =
            FunctionBuilder::new(&mut module.types, &[], &[]).finish(vec![], &mut module.funcs);
        module.exports.add("connect", body);
        let script = "const o = {\n    __wbg_now_0123: now,\n};\nconst all = { \"./m.js\": o };\nexport function connect() { wasm.connect(); }";
        let script = shorten_names(&mut module, script);
        assert_eq!(
            script,
            "const o = {\n    a: now,\n};\nconst all = { a: o };\nexport function connect() { wasm.b(); }"
        );
        assert!(module.imports.iter().all(|import| import.name == "a"));
        assert!(module.exports.iter().all(|export| export.name == "b"));
    }

    #[test]
    fn places_of_panics_are_found_with_their_files() {
        let words = |words: [u32; 4]| words.map(u32::to_le_bytes).concat();
        let data = [
            b"text a.rs\0..".to_vec(),
            words([1005, 4, 12, 7]),
            words([1005, 3, 12, 7]),
            words([1005, 4, 0, 0]),
        ]
        .concat();
        assert_eq!(panic_places(&data, 1000), [12..28, 5..9]);
    }

    #[test]
    fn only_functions_that_format_panics_trap() {
        let mut module = Module::default();
        for name in ["core::panicking::panic_fmt", "codecell::js::run"] {
            let mut builder = FunctionBuilder::new(&mut module.types, &[], &[ValType::I32]);
            builder.name(name.to_owned()).func_body().i32_const(7);
            builder.finish(vec![], &mut module.funcs);
        }
        let_panics_trap(&mut module);
        let constants = |name: &str| {
            let function = module.funcs.get(module.funcs.by_name(name).expect("added"));
            let local = function.kind.unwrap_local();
            let instructions = &local.block(local.entry_block()).instrs;
            instructions
                .iter()
                .any(|(instruction, _)| instruction.is_const())
        };
        assert!(!constants("core::panicking::panic_fmt"));
        assert!(constants("codecell::js::run"));
    }
}
