//! `cargo xtask play`: everything built, the toolbox running, the playground open.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Result, bail};

use crate::args::PlayOptions;
use crate::fresh::Product;
use crate::root::{pkg, root};
use crate::run::{command, quietly};
use crate::servers::{self, Profile, Toolbox, field};
use crate::{build, npm, requirements, wasm};

/// Plays until Ctrl-C, or until the toolbox ends.
pub fn play(options: &PlayOptions) -> Result<bool> {
    requirements::python()?;
    requirements::node()?;
    check_port(options.port)?;

    // npm waits for the network while Cargo keeps the processors busy.
    build::at_once(|| npm::install(&["www", wasm::TOOLS]), build::package)?;
    let mut server = None;
    build::at_once(page, || {
        server = Some(servers::build(Profile::Play)?);
        Ok(())
    })?;
    let Some(server) = server else {
        bail!("the toolbox was not built")
    };

    let port = options.port.to_string();
    let Some(mut toolbox) = Toolbox::start(
        command(server)
            .args(["--port", &port, "--www"])
            .arg(servers::page()),
    )?
    else {
        return Ok(false);
    };
    if let Ok(isolation) = field(&toolbox.lines, "Isolation") {
        eprintln!("Isolation:  {isolation}");
    }
    let address = field(&toolbox.lines, "Playground")?;
    println!("Playground: {address}");
    if !options.no_open && open::that_detached(&address).is_err() {
        eprintln!("No browser could be opened from here: open the address above in one.");
    }
    while let Some(line) = toolbox.process.read_line()? {
        println!("{line}");
    }
    Ok(toolbox.process.wait()?.success())
}

/// Builds the playground, unless nothing has changed since.
pub fn page() -> Result<()> {
    let www = root().join("www");
    Product::new(
        "www",
        vec![root().join("package-lock.json"), www.clone(), pkg()],
        servers::page(),
    )
    .refresh(|| {
        npm::install(&["www"])?;
        eprintln!("Building the playground");
        quietly(npm::npm(&www).args(["run", "--silent", "build"])).map(drop)
    })
}

/// Fails early, and in words, when something else has the port.
fn check_port(port: u16) -> Result<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            bail!(
                "Port {port} of 127.0.0.1 is taken by another program: end that, or choose another port with --port."
            )
        }
        Err(error) => {
            bail!("Port {port} of 127.0.0.1 can't be used ({error}): choose another with --port.")
        }
    }
}
