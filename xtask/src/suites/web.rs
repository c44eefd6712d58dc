//! The client's tests in Chromium, Firefox and WebKit.
//!
//! First the bare `wasm-pack test`, as the README gives it: without servers, which leaves out the tests that need a toolbox. Then
//! all of them, with the servers that those need.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::browsers::{self, Engine};
use crate::count::Count;
use crate::paths::scratch;
use crate::processes::Process;
use crate::run::{cargo, command, in_ci, show, typed};
use crate::servers::TestServers;
use crate::{requirements, tools};

/// Runs them in each engine that is here; in CI all have to be.
pub fn run() -> Result<Count> {
    requirements::python()?;
    requirements::target(requirements::WASM)?;
    tools::for_wasm_tests()?;
    let servers = TestServers::start()?;
    let mut total = Count::default();
    let (here, missing): (Vec<_>, Vec<_>) = Engine::ALL
        .into_iter()
        .partition(|engine| engine.missing().is_none());
    for problem in missing.into_iter().filter_map(Engine::missing) {
        println!("\nskipped: {problem}");
        total.add(if in_ci() {
            Count::fail(problem)
        } else {
            Count::skip()
        });
    }
    if here.contains(&Engine::Firefox) {
        // The bare command downloads a driver where there is none on the PATH.
        browsers::geckodriver()?;
    }
    // Those without servers first: Cargo compiles the tests again when the servers' addresses come and go.
    for (engine, option) in [
        (Engine::Chromium, "--chrome"),
        (Engine::Firefox, "--firefox"),
    ] {
        if here.contains(&engine) {
            total.add(Count::of(run_bare(option)).within(engine.name()));
        }
    }
    for engine in here {
        println!("\n-- {} --", engine.name());
        total.add(Count::of(run_all(engine, &servers)).within(engine.name()));
    }
    Ok(total)
}

/// What somebody types in a fresh clone.
fn run_bare(browser: &str) -> Result<Count> {
    let mut bare = command("wasm-pack test --headless");
    bare.arg(browser);
    for name in TestServers::VARIABLES {
        bare.env_remove(name);
    }
    println!("{}", typed(&bare));
    let (printed, status) = show(&mut bare)?;
    let mut count = Count::of_cargo(&printed);
    if count.skipped == 0 {
        bail!("the bare command says nothing of the tests that it leaves out");
    }
    // They run below.
    count.skipped = 0;
    Ok(count.with_status(status, "the bare command"))
}

/// All tests, those that need a toolbox included.
fn run_all(engine: Engine, servers: &TestServers) -> Result<Count> {
    let mut tests = cargo("test --no-fail-fast --lib --tests --target");
    tests
        .args([requirements::WASM, "--", "--include-ignored"])
        .envs(servers.environment()?)
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
            "wasm-bindgen-test-runner",
        )
        .env("WASM_BINDGEN_TEST_ONLY_WEB", "1");
    for driver in ["CHROMEDRIVER", "GECKODRIVER", "SAFARIDRIVER"] {
        tests.env_remove(driver);
    }
    let mut _display = None;
    match engine {
        Engine::Chromium => {
            let driver = browsers::chromedriver().context("no chromedriver")?;
            tests.env("CHROMEDRIVER", driver);
        }
        Engine::Firefox => {
            let firefox = browsers::firefox().context("no Firefox")?;
            tests.env("GECKODRIVER", browsers::geckodriver()?).env(
                "GECKODRIVER_ARGS",
                format!("--binary {}", firefox.display()),
            );
        }
        Engine::WebKit => _display = Some(use_webkit(&mut tests)?),
    }
    let (printed, status) = show(&mut tests)?;
    Ok(Count::of_cargo(&printed).with_status(status, "the test run"))
}

/// WebKitGTK has no headless mode: it gets a display of its own. The runner takes its driver for Safari's.
fn use_webkit(tests: &mut Command) -> Result<Process> {
    let mut display = Process::start(&mut command(
        "Xvfb -displayfd 1 -screen 0 1280x1024x24 -nolisten tcp",
    ))?;
    let number = display
        .read_line()?
        .context("Xvfb ended before it had a display")?;
    fs::create_dir_all(scratch())?;
    let capabilities = scratch().join("webkit.json");
    let driver = browsers::webkit_driver().context("no WebKitWebDriver")?;
    let browser = browsers::mini_browser().context("no MiniBrowser")?;
    let options = json!({ "binary": browser, "args": ["--automation"] });
    fs::write(
        &capabilities,
        json!({ "webkitgtk:browserOptions": options }).to_string(),
    )?;
    tests
        .env("SAFARIDRIVER", driver)
        .env("DISPLAY", format!(":{number}"))
        // WebKit's sandbox needs user namespaces, which containers don't have; the pages are the tests' own.
        .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities);
    Ok(display)
}
