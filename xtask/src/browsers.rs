//! The browsers that the tests drive: found, or installed through apt where xtask may do that.

use std::env;
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

/// Installs the engines that are missing, where xtask may do that. [`Engine::missing`] reports the rest.
pub fn install_missing() {
    let missing = Engine::ALL
        .into_iter()
        .filter(|engine| engine.missing().is_some());
    apt::try_install(&missing.map(Engine::packages).collect::<Vec<_>>());
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

/// WebKitGTK's browser for tests, in its newest version. Distributions keep it off the PATH, beside WebKit's libraries.
pub fn mini_browser() -> Option<PathBuf> {
    let patterns = ["", "*/"].map(|between| format!("/usr/lib*/{between}webkit*/MiniBrowser"));
    let found = patterns
        .iter()
        .filter_map(|pattern| glob::glob(pattern).ok());
    found.flatten().flatten().max()
}

fn first(programs: &[&str]) -> Option<PathBuf> {
    programs.iter().find_map(|program| find(program))
}

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_file())
}
