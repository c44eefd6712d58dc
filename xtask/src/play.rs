//! `cargo xtask play`: builds everything, starts the toolbox, and opens the playground.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;

use anyhow::{Context, Result};

use crate::args::PlayOptions;
use crate::fresh::Product;
use crate::paths::{page, pkg, root, target};
use crate::run::{program, quietly, step};
use crate::servers::{self, Profile, Server};
use crate::{build, npm, requirements};

/// Plays until Ctrl-C, or until the toolbox ends.
pub fn play(options: &PlayOptions) -> Result<bool> {
    requirements::python()?;
    requirements::node()?;
    check_port(options.port)?;

    if !target().join("play").exists() {
        eprintln!("The first build takes a few minutes. After that it takes seconds.");
    }
    // npm waits for the network while Cargo keeps the processors busy.
    build::at_once(install, build::package)?;
    let mut path = None;
    build::at_once(build_page, || {
        path = Some(step("the toolbox", || servers::build(Profile::Play))?);
        Ok(())
    })?;
    let path = path.context("the toolbox was not built")?;

    let mut command = program(path);
    command
        .args(["--port", &options.port.to_string(), "--www"])
        .arg(page());
    let mut server = Server::start(&mut command, "Playground")?;
    let address = server.value("Playground")?.to_owned();
    println!("\nPlayground: {address}");
    for name in ["Python", "Isolation"] {
        println!("{:<11} {}", format!("{name}:"), server.value(name)?);
    }
    println!("Stop:       Ctrl-C");
    if !options.no_open && open_in_browser(&address).is_err() {
        println!("No browser could be opened: open the address above in one.");
    }
    while let Some(line) = server.process.read_line()? {
        println!("{line}");
    }
    Ok(server.process.wait()?.success())
}

/// Opens an address that has the token in it. The browser gets a page that leads there: everybody on this machine can read
/// the arguments of its processes, but only you can read the page.
fn open_in_browser(address: &str) -> Result<()> {
    let path = target().join("playground.html");
    let _ = fs::remove_file(&path);
    let mut options = fs::OpenOptions::new();
    let mut file = (options.write(true).create_new(true).mode(0o600)).open(&path)?;
    writeln!(
        file,
        "<!doctype html><meta charset=utf-8><title>Playground</title><script>location.replace({address:?})</script>"
    )?;
    Ok(open::that_detached(&path)?)
}

/// Builds the playground, unless nothing has changed since the last time.
pub fn build_page() -> Result<()> {
    install()?;
    let own = [
        "package-lock.json",
        "www",
        "server/src/http/content-security-policy.txt",
    ];
    let inputs = own
        .map(|path| root().join(path))
        .into_iter()
        .chain([pkg()])
        .collect();
    Product::new("www", inputs, page()).refresh(|| {
        step("the playground", || {
            quietly(&mut npm::script("www", "build"))
        })
        .map(drop)
    })
}

fn install() -> Result<()> {
    npm::install(&["www", npm::TOOLS])
}

/// Fails early when another program has the port.
fn check_port(port: u16) -> Result<()> {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map(drop);
    free.with_context(|| {
        format!(
            "Port {port} of 127.0.0.1 can't be used: stop the program that uses it, or choose another port with --port"
        )
    })
}
