//! Finds out at start, by a real trial launch for each layer, which layers this machine allows.

use std::path::Path;

use nix::sys::stat::{Mode, fstat};

use super::attempt::run;
use super::trial_bait::TrialBait;
use super::{Layer, LayerReport, Level, OpenedPaths, Plan, Report};
use crate::files::walk::walk;
use crate::worker::launcher::{Launcher, Program};

/// Tries each layer, then all that work together, and then Python itself in them: all that a server does before its first
/// worker. `launcher` is the server's own binary.
///
/// # Errors
///
/// In words: why no worker could be started here, and what to do about it.
pub fn probe(launcher: &Path, wish: &Plan, without: &[Layer]) -> Result<(Plan, Report), String> {
    let program = Program::open(launcher).map_err(|error| error.to_string())?;
    let opened = OpenedPaths::open(wish)?;
    let (plan, report) = try_layers(&program, &opened, wish, without)?;
    let opened = build_root(&program, &opened, &plan)?;
    try_python(&program, &opened, &plan)?;
    Ok((plan, report))
}

/// Tries each layer, then all that work together. Gives back the plan with those layers, and the report.
///
/// `wish` names everything but the layers, `opened` is what was opened of it; `without` are layers that are not wanted.
///
/// # Errors
///
/// In words: why no worker could be started here, and what to do about it.
pub fn try_layers(
    program: &Program,
    opened: &OpenedPaths,
    wish: &Plan,
    without: &[Layer],
) -> Result<(Plan, Report), String> {
    if wish.workspace.parent().is_none() {
        return Err(
            "the root directory can't be the workspace: the code could write to all of it".into(),
        );
    }
    let bait = TrialBait::new(&wish.tmp)
        .map_err(|error| format!("preparing the trial of isolation failed: {error}"))?;
    let mut plan = Plan {
        layers: Vec::new(),
        ..wish.clone()
    };
    let always = Plan {
        trial: Some(bait.trial.clone()),
        ..plan.clone()
    };
    let try_with = |opened: &OpenedPaths, plan: &Plan| {
        let launcher = Launcher::new(program, opened, plan).map_err(|error| error.to_string())?;
        run(&launcher)
    };
    try_with(opened, &always).map_err(|error| format!("no worker can be started: {error}"))?;
    let mut opened = opened.clone();

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
            let alone = Plan {
                layers: vec![layer],
                ..always.clone()
            };
            build_root(program, &opened, &alone).and_then(|built| {
                try_with(&built, &alone)?;
                opened = built;
                Ok(())
            })
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
    let together = Plan {
        trial: Some(bait.trial.clone()),
        ..plan.clone()
    };
    try_with(&opened, &together)
        .map_err(|error| format!("the layers of isolation don't work together: {error}"))?;
    let report = Report {
        level: Level::of(&plan.layers),
        missing: missing(&plan),
        layers,
    };
    Ok((plan, report))
}

/// The same paths with the root that launches of `plan` enter, if they do, and if there is none yet.
///
/// # Errors
///
/// Whatever the kernel refused, with what was tried.
pub fn build_root(
    program: &Program,
    opened: &OpenedPaths,
    plan: &Plan,
) -> Result<OpenedPaths, String> {
    if !plan.has(Layer::Namespaces) || opened.has_root() {
        return Ok(opened.clone());
    }
    #[cfg(target_os = "linux")]
    return fetch_root(program, opened, plan);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = program;
        Err("only Linux has it".to_owned())
    }
}

#[cfg(target_os = "linux")]
fn fetch_root(program: &Program, opened: &OpenedPaths, plan: &Plan) -> Result<OpenedPaths, String> {
    use std::process::Stdio;
    use std::sync::Arc;

    use super::View;
    use super::attempt::Attempt;
    use super::namespaces::{BUILT, USERS_FD};
    use super::opened_paths::Root;
    use crate::files::open_of_kernel;
    use nix::fcntl::OFlag;

    let launcher = Launcher::builder(program, opened, plan).map_err(|error| error.to_string())?;
    let mut builder = Attempt::start(&launcher, Stdio::piped(), Stdio::piped())?;
    builder.says(BUILT)?;
    let pid = builder.child().id();
    let open = |name: &str| {
        let file = open_of_kernel(&format!("/proc/{pid}/{name}"), OFlag::O_RDONLY);
        file.map(Arc::new)
            .map_err(|error| format!("opening {name} of the new root failed: {error}"))
    };
    let root = Root {
        users: match plan.user {
            Some(_) => open(&format!("fd/{USERS_FD}"))?,
            None => open("ns/user")?,
        },
        mounts: open("ns/mnt")?,
        places: match plan.in_memory() {
            Some(_) => {
                let view = View::of(plan);
                let place = |seen: &Path| open(&format!("root{}", seen.display()));
                Some([place(view.workspace())?, place(view.tmp())?])
            }
            None => None,
        },
    };
    builder.end()?;
    Ok(opened.with_root(root))
}

/// Starts Python in the finished plan: its libraries must be in reach, too.
///
/// # Errors
///
/// In words: why it can't be started, and what to do.
pub fn try_python(program: &Program, opened: &OpenedPaths, plan: &Plan) -> Result<(), String> {
    let Some(python) = plan.command.first() else {
        return Err("the plan names no Python".into());
    };
    let command = [python, "-I", "-S", "-c", ""].map(String::from).to_vec();
    let plan = Plan {
        command,
        ..plan.clone()
    };
    let launcher = Launcher::new(program, opened, &plan).map_err(|error| error.to_string())?;
    run(&launcher).map_err(|reason| {
        format!(
            "Python can't be started where the code is to run: {reason}{}. Name a Python that everybody may run with \
             --python, for example /usr/bin/python3.",
            closed(&plan)
        )
    })
}

/// Why the plan's user can't reach Python, as the end of a sentence; nothing, if that is not the reason.
pub(crate) fn closed(plan: &Plan) -> String {
    let door = plan.program().and_then(|python| closed_door(python, plan));
    match (plan.user, door) {
        (Some(user), Some(door)) => format!(
            "; {} is closed to user {}, and user code never runs as root",
            door.display(),
            user.uid
        ),
        _ => String::new(),
    }
}

/// The first directory on the way to `program` that the plan's user may not pass. In a new root, the
/// way is another one.
fn closed_door<'a>(program: &'a Path, plan: &Plan) -> Option<&'a Path> {
    let user = plan.user.filter(|_| !plan.has(Layer::Namespaces))?;
    let mut way: Vec<&Path> = program.ancestors().skip(1).collect();
    way.reverse();
    way.into_iter().find(|door| {
        let data = walk(door).and_then(|door| Ok(fstat(&door.file)?));
        data.is_ok_and(|data| {
            let may_pass = if data.st_uid == user.uid {
                Mode::S_IXUSR
            } else {
                Mode::S_IXOTH
            };
            !Mode::from_bits_truncate(data.st_mode).contains(may_pass)
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
        new_root && !plan.network || abi >= SCOPES,
        "code can connect to abstract UNIX sockets of the host (some session buses and displays)",
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
        new_root && !plan.network,
        "code can list the network connections and UNIX sockets of the machine",
    );
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
