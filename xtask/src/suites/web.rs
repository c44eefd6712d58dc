//! The client's tests in browsers: `wasm-pack test` in Chromium and Firefox, the bindings' test runner in WebKit.
//!
//! First the bare command, as the README gives it: without servers, which leaves out the tests that need a toolbox. Then all of
//! them, with the servers that those need.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::browsers::{self, Engine};
use crate::count::Count;
use crate::paths::scratch;
use crate::processes::Process;
use crate::run::{cargo, command, in_ci, program, show, typed};
use crate::servers::TestServers;
use crate::{requirements, tools};

/// For the test runner: the tests that need a toolbox are ignored unless it is told otherwise.
const INCLUDE_IGNORED: [&str; 2] = ["--", "--include-ignored"];

/// For wasm-pack: the crate's folder, and what goes on to the test runner.
const INCLUDE_ALL: [&str; 3] = [".", INCLUDE_IGNORED[0], INCLUDE_IGNORED[1]];

/// How long WebKit's driver may take to listen.
const DRIVER_START: Duration = Duration::from_secs(20);

/// Runs them in each engine that is here; in CI all have to be.
pub fn run() -> Result<Count> {
    requirements::python()?;
    requirements::target(requirements::WASM)?;
    tools::for_wasm_tests()?;
    let servers = TestServers::start()?;
    let mut total = Count::default();
    for engine in Engine::ALL {
        println!("\n-- {} --", engine.name());
        let mut count = match engine.missing() {
            Some(missing) if in_ci() => Count::fail(missing),
            Some(missing) => {
                println!("skipped: {missing}");
                Count::skip()
            }
            None => run_twice(engine, &servers),
        };
        for failure in &mut count.failures {
            *failure = format!("{}: {failure}", engine.name());
        }
        total.add(count);
    }
    Ok(total)
}

fn run_twice(engine: Engine, servers: &TestServers) -> Count {
    let or_failed =
        |run: Result<Count>| run.unwrap_or_else(|error| Count::fail(format!("{error:#}")));
    let mut count = match engine {
        Engine::Chromium => or_failed(run_bare("--chrome")),
        Engine::Firefox => or_failed(run_bare("--firefox")),
        // No browser that wasm-pack knows.
        Engine::WebKit => Count::default(),
    };
    count.add(or_failed(run_in(engine, servers)));
    count
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

fn run_in(engine: Engine, servers: &TestServers) -> Result<Count> {
    match engine {
        Engine::Chromium => {
            let driver = browsers::chromedriver().context("no chromedriver")?;
            let mut tests = wasm_pack("--chrome");
            tests.arg("--chromedriver").arg(driver);
            run_with(tests.args(INCLUDE_ALL), servers)
        }
        Engine::Firefox => {
            let driver = browsers::geckodriver()?;
            let firefox = browsers::firefox().context("no Firefox")?;
            let binary = format!("--binary {}", firefox.display());
            let mut tests = wasm_pack("--firefox");
            tests.arg("--geckodriver").arg(driver);
            tests.env("GECKODRIVER_ARGS", binary);
            run_with(tests.args(INCLUDE_ALL), servers)
        }
        Engine::WebKit => in_webkit(servers),
    }
}

fn wasm_pack(browser: &str) -> Command {
    let mut command = command("wasm-pack --log-level warn test --mode no-install --headless");
    command.arg(browser);
    command
}

/// WebKitGTK has no headless mode and is no browser that wasm-pack knows: a display of its own, its driver, and the runner
/// pointed at it as if it were Safari's.
fn in_webkit(servers: &TestServers) -> Result<Count> {
    let mut display = Process::start(&mut command(
        "Xvfb -displayfd 1 -screen 0 1280x1024x24 -nolisten tcp",
    ))?;
    let number = display
        .read_line()?
        .context("Xvfb ended before it had a display")?;

    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port();
    let path = browsers::webkit_driver().context("no WebKitWebDriver")?;
    let driver = Process::start(
        program(path)
            .arg(format!("--port={port}"))
            .env("DISPLAY", format!(":{number}"))
            // WebKit's sandbox needs user namespaces, which containers don't have; the pages are the tests' own.
            .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1"),
    )?;
    wait_for(&driver, port)?;

    let capabilities = scratch().join("webkit.json");
    let browser = browsers::mini_browser().context("no MiniBrowser")?;
    fs::write(
        &capabilities,
        json!({ "webkitgtk:browserOptions": { "binary": browser, "args": ["--automation"] } })
            .to_string(),
    )?;
    run_with(
        cargo("test --no-fail-fast --target")
            .arg(requirements::WASM)
            .args(INCLUDE_IGNORED)
            .env(
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
                "wasm-bindgen-test-runner",
            )
            .env("SAFARIDRIVER_REMOTE", format!("http://127.0.0.1:{port}"))
            .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities)
            .env("WASM_BINDGEN_TEST_ONLY_WEB", "1"),
        servers,
    )
}

fn run_with(command: &mut Command, servers: &TestServers) -> Result<Count> {
    let (printed, status) = show(command.envs(servers.environment()?))?;
    Ok(Count::of_cargo(&printed).with_status(status, "the test run"))
}

fn wait_for(driver: &Process, port: u16) -> Result<()> {
    let asked = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if let Some(status) = driver.status()? {
            bail!("WebKitWebDriver ended before it was ready ({status})");
        }
        if asked.elapsed() > DRIVER_START {
            bail!(
                "WebKitWebDriver did not listen within {} s",
                DRIVER_START.as_secs()
            );
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
