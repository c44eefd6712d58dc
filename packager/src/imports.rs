//! What the wasm imports from the client's own scripts.

use std::collections::BTreeMap;

use walrus::Module;

/// Imports each function by its name, under a name that is nowhere else, in the wasm as well.
///
/// The generator imports a whole script for each function that the wasm takes from it directly. Bundlers then keep all of the script, with the names of
/// all its exports.
pub fn import_by_name(module: &mut Module, script: &str) -> String {
    let mut scripts = BTreeMap::<String, (Vec<String>, Vec<String>)>::new();
    for (index, import) in module.imports.iter_mut().enumerate() {
        if script.contains(&format!(" from \"{}\"", import.module)) {
            let unique = format!("__own_{index}");
            let (names, entries) = scripts.entry(import.module.clone()).or_default();
            names.push(format!("{} as {unique}", import.name));
            entries.push(format!("{unique}: {unique}"));
            import.name = unique;
        }
    }
    let mut lines = Vec::new();
    for line in script.lines() {
        let imported = line
            .strip_prefix("import * as ")
            .and_then(|import| import.split_once(" from "))
            .and_then(|(_, path)| scripts.get_key_value(path.trim_matches('"')));
        let entry = line
            .trim()
            .split_once(": import")
            .and_then(|(path, _)| scripts.get_key_value(path.trim_matches('"')));
        let other = match (imported, entry) {
            (Some((path, (names, _))), _) => {
                format!("import {{ {} }} from \"{path}\"", names.join(", "))
            }
            (None, Some((path, (_, entries)))) => {
                format!("\"{path}\": {{ {} }},", entries.join(", "))
            }
            (None, None) => {
                lines.push(line.to_owned());
                continue;
            }
        };
        // The generator repeats both for each function.
        if !lines.contains(&other) {
            lines.push(other);
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use walrus::Module;

    use super::import_by_name;

    #[test]
    fn functions_of_the_clients_scripts_are_imported_by_name() {
        let mut module = Module::default();
        let nothing = module.types.add(&[], &[]);
        for (from, name) in [
            ("./made", "x"),
            ("./m.js", "a"),
            ("./m.js", "b"),
            ("./n.js", "a"),
        ] {
            module.add_import_func(from, name, nothing);
        }
        let script = "import { open } from './m.js';\nimport * as import1 from \"./m.js\"\nimport * as import2 from \"./m.js\"\n\
                      import * as import3 from \"./n.js\"\nreturn {\n    \"./made\": import0,\n    \"./m.js\": import1,\n    \"./m.js\": import2,\n    \"./n.js\": import3,\n};\n";
        assert_eq!(
            import_by_name(&mut module, script),
            "import { open } from './m.js';\nimport { a as __own_1, b as __own_2 } from \"./m.js\"\nimport { a as __own_3 } from \"./n.js\"\nreturn {\n    \
             \"./made\": import0,\n\"./m.js\": { __own_1: __own_1, __own_2: __own_2 },\n\"./n.js\": { __own_3: __own_3 },\n};\n"
        );
        let names: Vec<&str> = module.imports.iter().map(|import| &*import.name).collect();
        assert_eq!(names, ["x", "__own_1", "__own_2", "__own_3"]);
    }
}
