//! The environment of the code: an allow-list, and where its places are.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::Plan;

/// What is handed on: language, time zone, terminal, the way to programs and certificates.
const KEPT: [&str; 13] = [
    "COLORTERM",
    "LANG",
    "LANGUAGE",
    "PATH",
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
        .filter(|(name, _)| name.to_str().is_some_and(|name| kept(name, plan.network)))
        .collect();
    let path = ours
        .iter()
        .position(|(name, _)| name == "PATH")
        .map(|at| ours.swap_remove(at).1);
    ours.push((
        "PATH".into(),
        with_python(plan, path.unwrap_or_else(|| PATH.into())),
    ));
    let places: [(&str, &OsStr); 4] = [
        ("HOME", plan.workspace.as_os_str()),
        ("PWD", plan.workspace.as_os_str()),
        ("USER", OsStr::new("codecell")),
        ("LOGNAME", OsStr::new("codecell")),
    ];
    ours.extend(places.map(|(name, value)| (name.into(), value.into())));
    ours.push(("TMPDIR".into(), plan.tmp_seen().into()));
    ours
}

/// Puts Python's own directory first, so that `python` and `pip` in a shell are those of the context.
fn with_python(plan: &Plan, path: OsString) -> OsString {
    match plan
        .command
        .first()
        .and_then(|program| Path::new(program).parent())
    {
        Some(own) => {
            let mut all = own.as_os_str().to_owned();
            all.push(":");
            all.push(path);
            all
        }
        None => path,
    }
}

fn kept(name: &str, network: bool) -> bool {
    KEPT.contains(&name)
        || name.starts_with("LC_")
        || (network && KEPT_WITH_NETWORK.contains(&name))
}
