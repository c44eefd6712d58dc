//! The environment of the code: an allow-list, and where its places are.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::Plan;

/// What is handed on: language, time zone, terminal, the way to programs and certificates.
const KEPT: [&str; 14] = [
    "COLORTERM",
    "LANG",
    "LANGUAGE",
    "PATH",
    "PYENV_VERSION",
    "PYTHONHASHSEED",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TERM",
    "TZ",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "OMP_NUM_THREADS",
    "NO_COLOR",
];

/// Handed on with the host's network: the way out of it.
const KEPT_WITH_NETWORK: [&str; 8] = [
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
];

/// The program search path of a server that has none.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The environment for the code, out of what `given` has. Nothing else of it is handed on: tokens and
/// keys live in environments.
pub fn environment(
    plan: &Plan,
    given: impl IntoIterator<Item = (OsString, OsString)>,
) -> Vec<(OsString, OsString)> {
    let mut ours: Vec<(OsString, OsString)> = (given.into_iter())
        .filter(|(name, _)| handed_on(name, plan.network))
        .collect();
    #[expect(
        clippy::disallowed_methods,
        reason = "asked by a process that has no more rights than the code"
    )]
    let packages = Some(plan.packages()).filter(|packages| packages.is_dir());
    let given_path = (ours.iter().position(|(name, _)| name == "PATH"))
        .map_or_else(|| PATH.into(), |at| ours.swap_remove(at).1);
    // Python's own directory first: `python` and `pip` in a shell are those of the context.
    let python = plan
        .command
        .first()
        .and_then(|program| Path::new(program).parent());
    let programs = packages.as_ref().map(|packages| packages.join("bin"));
    let path = [
        python.map(Path::to_path_buf),
        programs,
        Some(given_path.into()),
    ];
    let path: Vec<OsString> = path
        .into_iter()
        .flatten()
        .map(PathBuf::into_os_string)
        .collect();
    ours.push(("PATH".into(), path.join(OsStr::new(":"))));
    if let Some(packages) = packages {
        // The worker takes the first; pip and Pythons that the code starts take the others.
        for name in ["CODECELL_PACKAGES", "PIP_TARGET", "PYTHONPATH"] {
            ours.push((name.into(), packages.clone().into()));
        }
        // Without the last one pip leaves what is there, and says that it has installed another version.
        for name in [
            "PIP_DISABLE_PIP_VERSION_CHECK",
            "PIP_NO_CACHE_DIR",
            "PIP_UPGRADE",
        ] {
            ours.push((name.into(), "1".into()));
        }
    }
    // A Python that the code starts shows what it prints as it prints it, as at a terminal. The worker itself does not read it.
    ours.push(("PYTHONUNBUFFERED".into(), "1".into()));
    if !plan.network {
        // Nothing is there to be tried again. The worker takes the second, for its words on errors of the network.
        for (name, value) in [("PIP_RETRIES", "0"), ("CODECELL_NETWORK", "off")] {
            ours.push((name.into(), value.into()));
        }
    }
    let workspace = plan.workspace_seen();
    let places: [(&str, &OsStr); 4] = [
        ("HOME", workspace.as_os_str()),
        ("PWD", workspace.as_os_str()),
        ("USER", OsStr::new("codecell")),
        ("LOGNAME", OsStr::new("codecell")),
    ];
    ours.extend(places.map(|(name, value)| (name.into(), value.into())));
    ours.push(("TMPDIR".into(), plan.tmp_seen().into()));
    ours
}

/// Whether a variable of the server's environment is handed on.
#[must_use]
pub fn handed_on(name: &OsStr, network: bool) -> bool {
    name.to_str().is_some_and(|name| kept(name, network))
}

fn kept(name: &str, network: bool) -> bool {
    KEPT.contains(&name)
        || name.starts_with("LC_")
        || (network && KEPT_WITH_NETWORK.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn secrets_are_not_handed_on() {
        for name in ["PATH", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV"] {
            assert!(kept(name, false), "{name}");
        }
        let secrets = [
            "CODECELL_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "SSH_AUTH_SOCK",
            "LD_PRELOAD",
            "PYTHONPATH",
        ];
        for name in secrets {
            assert!(!kept(name, true), "{name}");
        }
        assert!(kept("https_proxy", true) && !kept("https_proxy", false));
    }
}
