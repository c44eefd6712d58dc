//! A Python may stand in somebody's home directory: `~/bin/python3`, `--prefix=$HOME`, `python3 -m venv ~`.
//! Then its prefix is all of that home, of which the code gets to see no more than Python itself.

use std::path::{Path, PathBuf};

/// Where homes are, on Linux and macOS.
const PLACES: [&str; 4] = ["/home", "/Users", "/root", "/var/root"];

/// The directories, with Python's own parts in place of homes and of what homes lie in.
#[must_use]
pub fn leave_out(directories: Vec<PathBuf>, version: [u32; 2]) -> Vec<PathBuf> {
    let homes = homes();
    let mut seen = Vec::new();
    for directory in directories {
        let library = directory.file_name().is_some_and(|name| name == "lib");
        let prefix = match directory.parent() {
            // The standard library's parent.
            Some(parent) if library && is_home(parent, &homes) => parent,
            _ => &directory,
        };
        if is_home(prefix, &homes) {
            seen.extend(parts(prefix, version));
        } else {
            seen.push(directory);
        }
    }
    seen.sort();
    seen.dedup();
    seen
}

/// The homes of whoever runs the server.
fn homes() -> Vec<PathBuf> {
    let user = nix::unistd::User::from_uid(nix::unistd::Uid::effective());
    let known = user.ok().flatten().map(|user| user.dir);
    let told = std::env::var_os("HOME").map(PathBuf::from);
    (told.into_iter().chain(known))
        .flat_map(|home| [home.canonicalize().ok(), Some(home)])
        .flatten()
        .collect()
}

/// Whether a directory is a home, or has homes in it.
fn is_home(directory: &Path, homes: &[PathBuf]) -> bool {
    let real = directory.canonicalize();
    let real = real.as_deref().unwrap_or(directory);
    let is_one = |directory: &Path| {
        homes.iter().any(|home| home.starts_with(directory))
            || (PLACES.iter().map(Path::new)).any(|place| {
                place.starts_with(directory)
                    || (place.starts_with("/home") || place.starts_with("/Users"))
                        && directory.parent() == Some(place)
            })
    };
    is_one(directory) || is_one(real)
}

/// What is Python's own in a prefix.
fn parts(prefix: &Path, [major, minor]: [u32; 2]) -> Vec<PathBuf> {
    let python = format!("python{major}.{minor}");
    let beginning = |directory: &str, name: &'static str| {
        let entries = std::fs::read_dir(prefix.join(directory));
        (entries.into_iter().flatten().flatten())
            .filter(move |entry| entry.file_name().to_string_lossy().starts_with(name))
            .map(|entry| entry.path())
    };
    let libraries = ["lib", "lib64"].map(|directory| prefix.join(directory).join(&python));
    (libraries.into_iter())
        .chain([
            prefix.join("pyvenv.cfg"),
            prefix.join("include").join(&python),
        ])
        .chain(beginning("bin", "python"))
        .chain(beginning("lib", "libpython"))
        .filter(|path| path.exists())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::is_home;

    #[test]
    fn homes_and_what_they_lie_in() {
        let homes = [PathBuf::from("/data/people/ada")];
        for home in [
            "/",
            "/home",
            "/home/bob",
            "/Users/bob",
            "/root",
            "/data",
            "/data/people",
            "/data/people/ada",
        ] {
            assert!(is_home(Path::new(home), &homes), "{home}");
        }
        for other in [
            "/usr",
            "/opt/python",
            "/home/bob/.pyenv/versions/3.12.1",
            "/home/eve/.pyenv",
            "/data/people/ada/venv",
            "/nix/store/x",
            "/Library/Frameworks/Python.framework/Versions/3.12",
        ] {
            assert!(!is_home(Path::new(other), &homes), "{other}");
        }
    }
}
