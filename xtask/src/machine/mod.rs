//! An aarch64 machine: Debian's kernel and packages, put together here and booted in QEMU.
//!
//! It has no disk and no network. The kernel unpacks one archive into memory; the packages in it are only extracted, not set
//! up, as that would take a machine to do it on. What it prints comes over its serial line.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::apt;
use crate::archive::Archive;
use crate::root::scratch;
use crate::run::{Said, command, listen, quietly};
use crate::tools::find;

/// Programs that it takes, each with Debian's package.
const PROGRAMS: [(&str, &str); 3] = [
    ("qemu-system-aarch64", "qemu-system-arm"),
    ("mmdebstrap", "mmdebstrap"),
    (COMPILER, "gcc-aarch64-linux-gnu"),
];

/// What the C library for the machine is in, which the compiler's package only recommends; and the keys of Debian's archive.
const LIBRARIES: [&str; 2] = ["libc6-dev-arm64-cross", "debian-archive-keyring"];

/// The C compiler, which Rust links with.
pub const COMPILER: &str = "aarch64-linux-gnu-gcc";

/// The release of Debian that runs in the machine: its C library must not be older than this one's.
const RELEASE: &str = "trixie";

/// What runs in the machine. The kernel has pages of 16 KiB, as a Raspberry Pi 5 has them: those of 4 KiB are tested everywhere else.
const PACKAGES: [&str; 12] = [
    "base-files",
    "bash",
    "busybox-static",
    "ca-certificates",
    "dash",
    "kmod",
    "libc-bin",
    "libgcc-s1",
    "linux-image-arm64-16k",
    "python3",
    "python3-pip",
    "python3-venv",
];

/// What of the packages stays out, and what of that does not.
const FILES: [&str; 5] = [
    "path-exclude=/usr/share/doc/*",
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/lib/modules/*",
    "path-include=/usr/lib/modules/*/kernel/net/vmw_vsock/*",
];

/// A processor with the pages that the kernel has, and without pointer authentication, which is slow to emulate.
const PROCESSOR: &str = "cortex-a76";
const MEMORY: &str = "3G";
const MOST_PROCESSORS: usize = 4;

/// How long the machine may run: a multiple of what it takes on two busy processors.
const TIME_LIMIT: &str = "60m";

/// Makes sure of the programs that it takes, and installs them where xtask may.
pub fn set_up() -> Result<()> {
    if missing().is_empty() {
        return Ok(());
    }
    let packages: Vec<_> = PROGRAMS
        .iter()
        .map(|(_, package)| *package)
        .chain(LIBRARIES)
        .collect();
    if apt::can_install() {
        eprintln!("Installing {}", packages.join(", "));
        apt::update()?;
        apt::install(&packages)?;
    }
    let missing = missing();
    if !missing.is_empty() {
        bail!(
            "{} is missing: on Debian 12 or newer, `apt-get install {}`",
            missing.join(" and "),
            packages.join(" ")
        );
    }
    Ok(())
}

fn missing() -> Vec<&'static str> {
    PROGRAMS
        .iter()
        .map(|(program, _)| *program)
        .filter(|program| find(program).is_none())
        .collect()
}

/// Boots the machine with `programs` in it, each at the path that it has here, and lets it do what the shell script `tests` says.
///
/// # Errors
///
/// When the machine can't be put together or started. How it ended is in what it said.
pub fn run(programs: &[PathBuf], tests: &str) -> Result<Said> {
    let system = system()?;
    let kernel = fs::read_dir(system.join("boot"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.to_string_lossy().contains("/vmlinuz-"))
        .context("Debian's package brought no kernel")?;
    let memory = folder().join("memory.cpio");
    fill(&memory, &system, programs, tests)
        .with_context(|| format!("{} could not be written", memory.display()))?;
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let said = listen(
        command("timeout")
            .args([TIME_LIMIT, "qemu-system-aarch64"])
            .args(["-machine", "virt", "-accel", "tcg,thread=multi"])
            .args(["-cpu", PROCESSOR, "-m", MEMORY])
            .args(["-smp", &processors.min(MOST_PROCESSORS).to_string()])
            .args(["-nodefaults", "-display", "none", "-serial", "stdio"])
            .arg("-kernel")
            .arg(kernel)
            .arg("-initrd")
            .arg(&memory)
            // A panic ends it.
            .args(["-no-reboot", "-append"])
            .arg("console=ttyAMA0 rdinit=/init panic=-1 loglevel=4"),
    );
    let _ = fs::remove_file(memory);
    said
}

/// Writes what the kernel unpacks into memory.
fn fill(memory: &Path, system: &Path, programs: &[PathBuf], tests: &str) -> Result<()> {
    let mut archive = Archive::new(BufWriter::new(File::create(memory)?));
    archive.file("init", include_bytes!("init.sh"))?;
    archive.file("busybox", &fs::read(system.join("usr/bin/busybox"))?)?;
    archive.file("system.tar", &fs::read(system.with_extension("tar"))?)?;
    archive.file("added/start.sh", include_bytes!("start.sh"))?;
    archive.file("added/tests.sh", tests.as_bytes())?;
    for program in programs {
        let content = fs::read(program)?;
        archive.file(&format!("added{}", program.display()), &content)?;
    }
    Ok(archive.finish()?)
}

/// The packages' files as `system.tar`, and a folder beside it with what is needed before that is unpacked. Fetched once.
fn system() -> Result<PathBuf> {
    let (system, archive) = (folder().join("system"), folder().join("system.tar"));
    let wanted = format!("{RELEASE}\n{PACKAGES:?}\n{FILES:?}\n");
    let fetched = folder().join("fetched");
    if fs::read_to_string(&fetched).is_ok_and(|there| there == wanted) {
        return Ok(system);
    }
    println!("Fetching Debian's packages for the machine");
    let _ = fs::remove_file(&fetched);
    let _ = fs::remove_dir_all(&system);
    fs::create_dir_all(&system)?;
    let mut fetch = command("mmdebstrap");
    fetch
        .args(["--variant=extract", "--architectures=arm64"])
        .arg(format!("--include={}", PACKAGES.join(",")))
        .args(FILES.map(|option| format!("--dpkgopt={option}")))
        .arg(RELEASE)
        .arg(&archive);
    quietly(&mut fetch)
        .context("Debian's packages for arm64 could not be fetched; mmdebstrap says why above")?;
    quietly(
        command("tar")
            .arg("-xf")
            .arg(&archive)
            .arg("-C")
            .arg(&system)
            .args(["./boot", "./usr/bin/busybox"]),
    )?;
    fs::write(fetched, wanted)?;
    Ok(system)
}

fn folder() -> PathBuf {
    scratch().join("aarch64")
}
