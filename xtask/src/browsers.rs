//! The browsers that the tests drive: found, or installed through apt where xtask may do that.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::apt;
use crate::run::find;
use crate::tools;

/// A browser engine, with the programs that drive it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    /// Chromium or Chrome, with chromedriver.
    Chromium,
    /// Firefox, with geckodriver.
    Firefox,
    /// WebKitGTK's MiniBrowser, with WebKitWebDriver, on a virtual display.
    WebKit,
}

impl Engine {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

    /// The engine's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
            Self::WebKit => "WebKit",
        }
    }

    /// The packages of Debian that contain it.
    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &["chromium", "chromium-driver"],
            Self::Firefox => &["firefox-esr"],
            Self::WebKit => &["webkit2gtk-driver", "xvfb"],
        }
    }

    /// What is missing to drive it, in words.
    pub fn missing(self) -> Option<String> {
        let programs = match self {
            Self::Chromium => vec![("Chromium", chromium()), ("chromedriver", chromedriver())],
            Self::Firefox => vec![("Firefox", firefox())],
            Self::WebKit => vec![
                ("WebKitWebDriver", webkit_driver()),
                ("MiniBrowser", mini_browser()),
                ("Xvfb", find("Xvfb")),
            ],
        };
        let missing: Vec<_> = programs
            .iter()
            .filter(|(_, path)| path.is_none())
            .map(|(name, _)| *name)
            .collect();
        (!missing.is_empty()).then(|| {
            format!(
                "{} is missing: on Debian, `apt-get install {}`",
                missing.join(" and "),
                self.packages().join(" ")
            )
        })
    }
}

/// Installs the engines that are missing, where xtask may do that. A failure is shown; [`Engine::missing`] reports the rest.
pub fn install_missing() {
    let missing: Vec<_> = Engine::ALL
        .into_iter()
        .filter(|engine| engine.missing().is_some())
        .collect();
    if missing.is_empty() || !apt::can_install() {
        return;
    }
    let names: Vec<_> = missing.iter().map(|engine| engine.name()).collect();
    eprintln!("Installing {}", names.join(", "));
    let update = apt::update();
    // One by one: where a system lacks the packages of one engine, it still gets the others.
    let installs = missing.iter().map(|engine| apt::install(engine.packages()));
    let results = std::iter::once(update).chain(installs);
    results
        .filter_map(Result::err)
        .for_each(|error| eprintln!("{error:#}"));
}

/// Puts the paths of the browsers into the environment of a suite that runs in Node.
pub fn set_paths(command: &mut Command) {
    if let Some(path) = chromium() {
        command.env("CHROME_PATH", &path).env("CHROMIUM", path);
    }
    if let Some(path) = firefox() {
        command.env("FIREFOX_PATH", path);
    }
    if let (Some(driver), Some(browser), None) =
        (webkit_driver(), mini_browser(), Engine::WebKit.missing())
    {
        command
            .env("WEBKIT_DRIVER", driver)
            .env("MINI_BROWSER", browser);
    }
}

fn chromium() -> Option<PathBuf> {
    named("CHROME_PATH").or_else(|| first(&["chromium", "google-chrome", "chromium-browser"]))
}

/// Chromium's driver.
pub fn chromedriver() -> Option<PathBuf> {
    let beside = env::var_os("CHROMEWEBDRIVER")
        .map(|folder| Path::new(&folder).join("chromedriver"))
        .filter(|path| path.is_file());
    named("CHROMEDRIVER")
        .or(beside)
        .or_else(|| find("chromedriver"))
}

/// Firefox's program.
pub fn firefox() -> Option<PathBuf> {
    named("FIREFOX_PATH").or_else(|| first(&["firefox", "firefox-esr"]))
}

/// Firefox's driver, installed if it is missing.
pub fn geckodriver() -> Result<PathBuf> {
    named("GECKODRIVER").map_or_else(tools::geckodriver, Ok)
}

/// WebKitGTK's driver.
pub fn webkit_driver() -> Option<PathBuf> {
    find("WebKitWebDriver")
}

/// WebKitGTK's browser for tests, in its newest version. Distributions keep it off the PATH, in a folder `webkit…` of their libraries.
pub fn mini_browser() -> Option<PathBuf> {
    let libraries = ["/usr/lib", "/usr/libexec", "/usr/lib64"].map(PathBuf::from);
    let folders = libraries.iter().flat_map(|library| {
        let below = folders_in(library);
        let deeper: Vec<_> = below.iter().flat_map(|folder| folders_in(folder)).collect();
        below.into_iter().chain(deeper)
    });
    newest_mini_browser(folders)
}

fn newest_mini_browser(folders: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    folders
        .filter(|folder| {
            folder
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("webkit"))
        })
        .map(|folder| folder.join("MiniBrowser"))
        .filter(|path| path.is_file())
        .max()
}

fn folders_in(path: &Path) -> Vec<PathBuf> {
    fs::read_dir(path)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect()
}

fn first(programs: &[&str]) -> Option<PathBuf> {
    programs.iter().find_map(|program| find(program))
}

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::newest_mini_browser;

    #[test]
    fn the_newest_webkit_is_picked() {
        let root = std::env::temp_dir().join(format!("codecell-browsers-{}", std::process::id()));
        let folders = ["webkit2gtk-4.0", "webkit2gtk-4.1", "other"].map(|name| root.join(name));
        for folder in &folders {
            fs::create_dir_all(folder).unwrap();
            fs::write(folder.join("MiniBrowser"), "").unwrap();
        }
        let absent = root.join("webkitgtk-6.0");
        let picked = newest_mini_browser(folders.iter().cloned().chain([absent]));
        fs::remove_dir_all(root).unwrap();
        assert_eq!(picked, Some(folders[1].join("MiniBrowser")));
    }
}
