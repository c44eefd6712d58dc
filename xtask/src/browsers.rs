//! The browsers that the tests drive: found, or installed through apt where xtask may do that.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::apt;
use crate::tools::{self, find};

/// A browser engine with what it takes to drive it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    /// Chromium or Chrome, with chromedriver.
    Chromium,
    /// Firefox, with geckodriver.
    Firefox,
    /// WebKitGTK's MiniBrowser, with WebKitWebDriver, on a display that shows nothing.
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

    /// Debian's packages that bring it.
    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &["chromium", "chromium-driver"],
            Self::Firefox => &["firefox-esr"],
            Self::WebKit => &["webkit2gtk-driver", "xvfb"],
        }
    }

    /// What is missing to drive it, in words.
    pub fn missing(self) -> Option<String> {
        let parts: &[(&str, bool)] = match self {
            Self::Chromium => &[
                ("Chromium", chromium().is_some()),
                ("chromedriver", chromedriver().is_some()),
            ],
            Self::Firefox => &[("Firefox", firefox().is_some())],
            Self::WebKit => &[
                ("WebKitWebDriver", webkit_driver().is_some()),
                ("MiniBrowser", mini_browser().is_some()),
                ("Xvfb", find("Xvfb").is_some()),
            ],
        };
        let missing: Vec<_> = parts
            .iter()
            .filter(|(_, there)| !there)
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

/// Installs the engines that are missing, where xtask may: as root, with apt.
///
/// What stays missing is told by [`Engine::missing`]; a failure of apt is shown, and no reason to stop.
pub fn set_up() {
    let missing: Vec<_> = Engine::ALL
        .into_iter()
        .filter(|engine| engine.missing().is_some())
        .collect();
    if missing.is_empty() || !apt::can_install() {
        return;
    }
    eprintln!(
        "Installing {}",
        missing
            .iter()
            .map(|engine| engine.name())
            .collect::<Vec<_>>()
            .join(", ")
    );
    let update = apt::update();
    // One by one: where a system lacks one engine's packages, the others still come.
    let installs = missing.iter().map(|engine| apt::install(engine.packages()));
    for error in std::iter::once(update)
        .chain(installs)
        .filter_map(Result::err)
    {
        eprintln!("{error:#}");
    }
}

/// Tells the suites that run in Node where the browsers are.
pub fn tell(command: &mut Command) -> &mut Command {
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
    command
}

/// Chromium's program.
pub fn chromium() -> Option<PathBuf> {
    named("CHROME_PATH").or_else(|| {
        ["chromium", "google-chrome", "chromium-browser"]
            .into_iter()
            .find_map(find)
    })
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
    named("FIREFOX_PATH").or_else(|| ["firefox", "firefox-esr"].into_iter().find_map(find))
}

/// Firefox's driver, installed if need be.
pub fn geckodriver() -> Result<PathBuf> {
    named("GECKODRIVER").map_or_else(tools::geckodriver, Ok)
}

/// WebKitGTK's driver.
pub fn webkit_driver() -> Option<PathBuf> {
    find("WebKitWebDriver")
}

/// WebKitGTK's browser for tests, which distributions keep off the PATH.
pub fn mini_browser() -> Option<PathBuf> {
    let libraries = ["/usr/lib", "/usr/libexec", "/usr/lib64"]
        .into_iter()
        .flat_map(|folder| folders(Path::new(folder)));
    newest_mini_browser(
        libraries
            .flat_map(|folder| folders(&folder).into_iter().chain([folder]))
            .map(|folder| folder.join("MiniBrowser")),
    )
}

fn newest_mini_browser(candidates: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    let webkit = |path: &PathBuf| {
        path.parent()
            .and_then(Path::file_name)
            .is_some_and(|name| name.to_string_lossy().starts_with("webkit"))
    };
    candidates
        .filter(webkit)
        .filter(|path| path.is_file())
        .max()
}

fn folders(path: &Path) -> Vec<PathBuf> {
    fs::read_dir(path)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect()
}

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::newest_mini_browser;
    use std::fs;

    #[test]
    fn the_newest_webkit_s_browser_is_picked() {
        let folder =
            std::env::temp_dir().join(format!("codecell-xtask-browsers-{}", std::process::id()));
        let places = ["webkit2gtk-4.0", "webkit2gtk-4.1", "other"]
            .map(|name| folder.join(name).join("MiniBrowser"));
        for place in &places {
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, "").unwrap();
        }
        let absent = folder.join("webkitgtk-6.0/MiniBrowser");
        let picked = newest_mini_browser(places.iter().cloned().chain([absent]));
        fs::remove_dir_all(folder).unwrap();
        assert_eq!(picked, Some(places[1].clone()));
    }
}
