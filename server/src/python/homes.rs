//! A Python may stand in somebody's home directory: `~/bin/python3`, `--prefix=$HOME`, `python3 -m venv ~`.
//! Then its prefix is all of that home, of which the code gets to see no more than Python itself.

use std::path::{Path, PathBuf};

use nix::dir::Dir;

use crate::files::open_directory;
use crate::files::walk::walk;

/// Where homes are, on Linux and macOS.
const PLACES: [&str; 4] = ["/home", "/Users", "/root", "/var/root"];

/// The directories, with Python's own parts in place of homes and of what homes lie in.
#[must_use]
pub fn leave_out(directories: Vec<PathBuf>) -> Vec<PathBuf> {
    let homes = homes();
    let mut seen = Vec::new();
    for directory in directories {
        if is_home(&directory, &homes) {
            seen.extend(parts(&directory));
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
    let own = std::env::var_os("HOME").map(PathBuf::from);
    (own.into_iter().chain(known))
        .flat_map(|home| [real(&home), Some(home)])
        .flatten()
        .collect()
}

/// The path without links.
fn real(path: &Path) -> Option<PathBuf> {
    walk(path).ok().map(|way| way.real)
}

/// Whether a directory is a home, or has homes in it.
fn is_home(directory: &Path, homes: &[PathBuf]) -> bool {
    let real = real(directory);
    let real = real.as_deref().unwrap_or(directory);
    let is_one = |directory: &Path| {
        homes.iter().any(|home| home.starts_with(directory))
            // Of what people keep there, only a part is programs.
            || directory.file_name().is_some_and(|name| name == ".local")
            || (PLACES.iter().map(Path::new)).any(|place| {
                place.starts_with(directory)
                    || (place.starts_with("/home") || place.starts_with("/Users"))
                        && directory.parent() == Some(place)
            })
    };
    is_one(directory) || is_one(real)
}

/// What is Python's own in a prefix.
fn parts(prefix: &Path) -> Vec<PathBuf> {
    let beginning = |directory: &'static str, names: &'static [&'static str]| {
        let directory = prefix.join(directory);
        let entries = walk(&directory)
            .and_then(|way| open_directory(&way.file, ".".as_ref()))
            .and_then(|file| Ok(Dir::from_fd(file)?));
        let names = (entries.into_iter().flatten().flatten()).filter_map(move |entry| {
            let name = entry.file_name().to_str().ok()?.to_owned();
            (names.iter().any(|start| name.starts_with(start))).then_some(name)
        });
        names
            .map(move |name| directory.join(name))
            .collect::<Vec<_>>()
    };
    let mark = prefix.join("pyvenv.cfg");
    let mark = walk(&mark).is_ok().then_some(mark);
    (mark.into_iter())
        .chain(beginning("bin", &["python"]))
        .chain(beginning("include", &["python3."]))
        .chain(beginning("lib", &["python3.", "libpython"]))
        .chain(beginning("lib64", &["python3."]))
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
            "/data/people/ada/.local",
            "/srv/eve/.local",
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
