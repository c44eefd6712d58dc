//! The agent for stock Daytona toolboxes: Python of `python/codecell`, made small, as JavaScript that is loaded when such a toolbox is met.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::Crc;

/// Where the package is.
const PYTHON: &str = "python";
/// Modules at the top of the package that only the worker of codecell-server uses.
const LEFT_OUT: [&str; 3] = ["flags.py", "hints.py", "tracing.py"];

/// What is sent only when it is used.
const PARTS: [&str; 2] = ["results", "insight"];

/// Writes `agent/source.js`, and for each part `agent/<part>-source.js`. Each has programs by module name: JSON, deflated (RFC 1950), in base64.
pub fn write(folder: &Path) -> Result<()> {
    let mut programs = BTreeMap::new();
    add(&mut programs, Path::new("codecell"), false)?;
    add(&mut programs, Path::new("codecell/agent"), true)?;
    for name in LEFT_OUT {
        programs.remove(&module_name(&Path::new("codecell").join(name)));
    }
    let packed = pack(&programs)?;
    let mut crc = Crc::new();
    crc.update(packed.as_bytes());
    // A worker that has another version gets this one beside it.
    let name = format!("_codecell_agent_{:08x}", crc.sum());
    fs::write(
        folder.join("agent/source.js"),
        format!("export const agent = {{ name: \"{name}\", programs: \"{packed}\" }};\n"),
    )?;

    for part in PARTS {
        let mut programs = BTreeMap::new();
        add(&mut programs, &Path::new("codecell").join(part), true)?;
        fs::write(
            folder.join(format!("agent/{part}-source.js")),
            format!("export const {part} = \"{}\";\n", pack(&programs)?),
        )?;
    }
    Ok(())
}

/// Adds the modules of a folder, by their names.
fn add(programs: &mut BTreeMap<String, String>, folder: &Path, deep: bool) -> Result<()> {
    let place = Path::new(PYTHON).join(folder);
    let entries =
        fs::read_dir(&place).with_context(|| format!("{} could not be read", place.display()))?;
    for entry in entries {
        let path = folder.join(entry?.file_name());
        let place = Path::new(PYTHON).join(&path);
        if place.is_dir() && deep {
            add(programs, &path, true)?;
        } else if path.extension().is_some_and(|extension| extension == "py") {
            programs.insert(module_name(&path), shorten(&fs::read_to_string(place)?));
        }
    }
    Ok(())
}

/// The name of the module in a file.
fn module_name(path: &Path) -> String {
    let name = path.with_extension("").to_string_lossy().replace('/', ".");
    name.strip_suffix(".__init__").unwrap_or(&name).to_owned()
}

fn pack(programs: &BTreeMap<String, String>) -> Result<String> {
    let json = serde_json::to_string(programs)?;
    let mut packed = Vec::new();
    zopfli::compress(
        zopfli::Options::default(),
        zopfli::Format::Zlib,
        json.as_bytes(),
        &mut packed,
    )?;
    Ok(STANDARD.encode(packed))
}

/// Shortens Python before it is compressed: without comments, docstrings, imports for type checkers, and most indentation.
fn shorten(source: &str) -> String {
    let mut short = String::new();
    let mut lines = source.lines().peekable();
    // The indentation of a block that is left out.
    let mut skipped: Option<usize> = None;
    while let Some(line) = lines.next() {
        let text = line.trim_start();
        let indentation = line.len() - text.len();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if skipped.is_some_and(|outer| indentation > outer) {
            continue;
        }
        skipped = None;
        if text == "if TYPE_CHECKING:" {
            skipped = Some(indentation);
            continue;
        }
        if text == "TYPE_CHECKING = False" {
            continue;
        }
        let is_open = text.matches("\"\"\"").count() % 2 == 1;
        let is_docstring = text.starts_with("\"\"\"") || text.starts_with("r\"\"\"");
        let mut whole = without_comment(text).to_owned();
        if is_open {
            for more in lines.by_ref() {
                whole.push('\n');
                whole.push_str(more);
                if more.contains("\"\"\"") {
                    break;
                }
            }
        }
        if is_docstring {
            while lines.peek().is_some_and(|next| next.trim().is_empty()) {
                lines.next();
            }
            let next = lines
                .peek()
                .map_or(0, |next| next.len() - next.trim_start().len());
            // A block needs a statement.
            if indentation == 0 || next >= indentation {
                continue;
            }
            "0".clone_into(&mut whole);
        }
        short.extend(std::iter::repeat_n(' ', indentation / 4));
        short.push_str(&whole);
        short.push('\n');
    }
    short
}

/// A line without the comment at its end. What has quotes behind the mark may be a string.
fn without_comment(line: &str) -> &str {
    match line.split_once("  # ") {
        Some((code, comment)) if !comment.contains(['"', '\'']) => code.trim_end(),
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::shorten;

    /// Compares syntax trees without docstrings and imports for type checkers.
    const SAME: &str = r#"
import ast, json, sys
def tree(source):
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [
                one for one in body
                if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
                and not (isinstance(one, ast.If) and getattr(one.test, "id", "") == "TYPE_CHECKING")
                and not (isinstance(one, ast.Assign) and getattr(one.targets[0], "id", "") == "TYPE_CHECKING")
            ]
    return ast.dump(tree)
for name, before, after in json.load(sys.stdin):
    assert tree(before) == tree(after), name
"#;

    #[test]
    fn short_python_means_the_same() {
        let mut pairs = Vec::new();
        for folder in ["", "agent", "insight", "results", "results/libraries"] {
            let place = format!("{}/../python/codecell/{folder}", env!("CARGO_MANIFEST_DIR"));
            for entry in std::fs::read_dir(place).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|extension| extension == "py") {
                    let source = std::fs::read_to_string(&path).unwrap();
                    let short = shorten(&source);
                    pairs.push((path, source, short));
                }
            }
        }
        assert!(pairs.len() > 30, "{}", pairs.len());
        let mut python = Command::new("python3")
            .args(["-c", SAME])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let input = serde_json::to_string(&pairs).unwrap();
        python
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        assert!(python.wait().unwrap().success());
    }
}
