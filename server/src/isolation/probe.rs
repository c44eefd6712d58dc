//! Finds out at start, by a real trial launch for each layer, which layers this machine allows.

use std::fs;
use std::io::{self, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Layer, LayerReport, Level, Plan, Report, Trial};
use crate::launcher::SUBCOMMAND;

/// Tries each layer, then all that work together with Python itself. Gives back the plan with those
/// layers, and the report.
///
/// `launcher` is the server's own binary; `wish` names everything but the layers, and Python as the
/// first word of its command; `without` are layers that are not wanted.
///
/// # Errors
///
/// In words: why no worker could be started here, and what to do about it.
pub fn probe(launcher: &Path, wish: &Plan, without: &[Layer]) -> Result<(Plan, Report), String> {
    if wish.workspace.parent().is_none() {
        return Err(
            "the root directory can't be the workspace: the code could write to all of it".into(),
        );
    }
    let field = Field::new(&wish.workspace)
        .map_err(|error| format!("preparing the trial of isolation failed: {error}"))?;
    let mut plan = Plan {
        layers: Vec::new(),
        ..wish.clone()
    };
    let always = Plan {
        trial: Some(field.trial.clone()),
        ..plan.clone()
    };
    run(launcher, &always).map_err(|error| format!("no worker can be started: {error}"))?;

    let mut layers = vec![LayerReport {
        name: "always".into(),
        active: true,
        detail: always_detail(wish),
    }];
    for layer in Layer::ALL {
        let outcome = if without.contains(&layer) {
            Err("switched off".to_owned())
        } else if !cfg!(target_os = "linux") {
            Err("only Linux has it".to_owned())
        } else {
            run(
                launcher,
                &Plan {
                    layers: vec![layer],
                    ..always.clone()
                },
            )
        };
        let active = outcome.is_ok();
        if active {
            plan.layers.push(layer);
        }
        let detail = outcome.map_or_else(|reason| reason, |()| detail(layer, wish));
        layers.push(LayerReport {
            name: layer.name().into(),
            active,
            detail,
        });
    }
    run(
        launcher,
        &Plan {
            trial: Some(field.trial.clone()),
            ..plan.clone()
        },
    )
    .map_err(|error| format!("the layers of isolation don't work together: {error}"))?;
    try_python(launcher, &plan)?;
    let report = Report {
        level: Level::of(&plan.layers),
        missing: missing(&plan),
        layers,
    };
    Ok((plan, report))
}

/// A place outside of what code may see, to be looked for by trials. Removed when dropped.
struct Field {
    directory: PathBuf,
    trial: Trial,
    _listener: TcpListener,
}

impl Field {
    fn new(workspace: &Path) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        // The port makes the name this process's own as long as the listener lives.
        let name = format!("codecell-trial-{}-{port}", std::process::id());
        // What lies in the workspace is not outside.
        let directory = [std::env::temp_dir(), "/var/tmp".into(), "/dev/shm".into()]
            .iter()
            .filter(|place| !place.starts_with(workspace))
            .map(|place| place.join(&name))
            .find(|directory| fs::create_dir(directory).is_ok())
            .ok_or_else(|| io::Error::other("no temporary directory can be written to"))?;
        let outside = directory.join("outside");
        let trial = Trial {
            outside: outside.clone(),
            port,
        };
        let field = Self {
            directory,
            trial,
            _listener: listener,
        };
        fs::write(&outside, b"seen\n")?;
        fs::set_permissions(&field.directory, fs::Permissions::from_mode(0o755))?;
        fs::set_permissions(&outside, fs::Permissions::from_mode(0o644))?;
        Ok(field)
    }
}

impl Drop for Field {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// One launch; the error is what it said on its way out.
fn run(launcher: &Path, plan: &Plan) -> Result<(), String> {
    let words = serde_json::to_string(plan).map_err(|error| error.to_string())?;
    let mut child = Command::new(launcher)
        .args([SUBCOMMAND, &words])
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("starting {} failed: {error}", launcher.display()))?;
    let mut said = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        let _ = stderr.read_to_string(&mut said);
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    if status.success() {
        return Ok(());
    }
    let said = said.trim();
    Err(match said.strip_prefix("codecell-server launch: ") {
        Some(reason) => reason.to_owned(),
        None if said.is_empty() => format!("the trial ended with {status}"),
        None => said.to_owned(),
    })
}

/// Starts Python in the finished plan: its libraries must be in reach, too.
fn try_python(launcher: &Path, plan: &Plan) -> Result<(), String> {
    let Some(program) = plan.command.first() else {
        return Err("the plan names no Python".into());
    };
    let command = [program, "-I", "-S", "-c", ""].map(String::from).to_vec();
    run(
        launcher,
        &Plan {
            command,
            ..plan.clone()
        },
    )
    .map_err(|reason| {
        let mut message = format!("Python can't be started where the code is to run: {reason}.");
        if let (Some(user), Some(door)) = (plan.user, closed_door(Path::new(program), plan)) {
            message += &format!(
                " {} is closed to user {}, and user code never runs as root.",
                door.display(),
                user.uid
            );
        }
        message
            + " Name a Python that everybody may run with --python, for example /usr/bin/python3."
    })
}

/// The first directory on the way to `program` that the plan's user may not pass. In a new root, the
/// way is another one.
fn closed_door<'a>(program: &'a Path, plan: &Plan) -> Option<&'a Path> {
    let user = plan.user.filter(|_| !plan.has(Layer::Namespaces))?;
    let mut way: Vec<&Path> = program.ancestors().skip(1).collect();
    way.reverse();
    way.into_iter().find(|door| {
        door.metadata().is_ok_and(|data| {
            let may_pass = if data.uid() == user.uid { 0o100 } else { 0o001 };
            data.mode() & may_pass == 0
        })
    })
}

fn always_detail(plan: &Plan) -> String {
    match plan.user {
        Some(user) => format!("limits, user {} instead of root", user.uid),
        None => "limits".into(),
    }
}

fn detail(layer: Layer, plan: &Plan) -> String {
    match layer {
        Layer::Namespaces if plan.network => {
            "namespaces with a new root, but the host's network".into()
        }
        Layer::Namespaces => "namespaces with a new root, no network".into(),
        Layer::Landlock => format!("Landlock ABI {}", landlock_version()),
        Layer::Seccomp => "seccomp".into(),
    }
}

fn landlock_version() -> u32 {
    #[cfg(target_os = "linux")]
    let version = super::landlock::version().unwrap_or(0);
    #[cfg(not(target_os = "linux"))]
    let version = 0;
    version
}

/// What code can do that a strong toolbox would stop.
fn missing(plan: &Plan) -> Vec<String> {
    /// The first ABI with rules about TCP, with scopes, and with rules about sockets that have a path.
    const TCP: u32 = 4;
    const SCOPES: u32 = 6;
    const SOCKETS: u32 = 9;
    let new_root = plan.has(Layer::Namespaces);
    let abi = if plan.has(Layer::Landlock) {
        landlock_version()
    } else {
        0
    };
    let filter = plan.has(Layer::Seccomp);
    let mut missing = Vec::new();
    let mut say = |holds: bool, what: &str| {
        if !holds {
            missing.push(what.to_owned());
        }
    };
    say(
        new_root || abi > 0,
        "code can read all files that its user can read",
    );
    say(
        new_root,
        "a process that code sends to the background outlives its context",
    );
    say(
        new_root || abi >= SOCKETS,
        "code can connect to UNIX sockets with a path that its user can open (session bus, Docker)",
    );
    say(
        new_root,
        "code can see names, sizes and times of all files, and change modes and times of those of its user",
    );
    say(
        new_root || filter,
        "code can use System V memory and queues of the host, and change owners of its user's files",
    );
    say(
        new_root || filter,
        "code can slow other processes of its user down (priority, scheduling)",
    );
    say(
        filter,
        "code can hold up the server for seconds (locks of pipes)",
    );
    say(new_root, "processes are not counted");
    say(
        new_root,
        "code can write to /dev/shm, which is the host's, and read what its user and others left there",
    );
    say(
        new_root || abi >= SCOPES || plan.user.is_some(),
        "code can signal other processes of its user",
    );
    say(
        plan.network || new_root || filter || abi >= TCP,
        "code can reach the network",
    );
    say(filter, "no system call is refused");
    say(
        cfg!(target_os = "linux"),
        "the memory of a process has no limit: the system does not hold it to one",
    );
    missing
}
