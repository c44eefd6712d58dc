//! Why the server does not start.

use std::io;
use std::net::SocketAddr;

use crate::files::overlap::OverlapError;
use crate::http::{InvalidHost, InvalidOrigin, PageError};
use crate::isolation::{Level, Report};
use crate::options::TOKEN_VARIABLE;
use crate::python::error::PythonError;
use crate::workspace::WorkspaceError;

/// Why the server does not start: what was tried, what happened, what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A value of `--allow-origin` that can never match.
    #[error(transparent)]
    Origin(#[from] InvalidOrigin),
    /// A value of `--allow-host` that can never match.
    #[error(transparent)]
    Host(#[from] InvalidHost),
    /// A token that no client could send.
    #[error(
        "the token can't be sent in an HTTP header: --token and {TOKEN_VARIABLE} take letters, digits and punctuation of \
         ASCII, without spaces and line breaks"
    )]
    Token,
    /// There is no page to serve.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The port is not free.
    #[error("{0} is taken by another program: stop it, or name another port with --port")]
    Taken(SocketAddr),
    /// The system lets nobody listen there.
    #[error("listening on {0} failed: {1}. {advice}", advice = listen_advice(.1))]
    Listen(SocketAddr, io::Error),
    /// The workspace can't be used.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The workspace overlaps with something that the server trusts.
    #[error(transparent)]
    Overlap(#[from] OverlapError),
    /// No worker can be started, with any layer of isolation: what a trial launch said.
    #[error("{0}")]
    Isolation(String),
    /// There is no Python that can be used.
    #[error(transparent)]
    Python(#[from] PythonError),
    /// The machine does not allow the level that `--require-isolation` names.
    #[error(
        "isolation is {0}, and --require-isolation asks for {1}: ask for less, or run the toolbox on a system that allows what is missing"
    )]
    TooWeak(Report, Level),
    /// The system refuses something that every server needs.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl StartError {
    /// The reason why nobody can listen at this address.
    pub(crate) fn listening(place: SocketAddr, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AddrInUse => Self::Taken(place),
            _ => Self::Listen(place, error),
        }
    }
}

/// What to do about an address where this process can't listen.
fn listen_advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "Ports below 1024 are for root on many systems: name another with --port"
        }
        io::ErrorKind::AddrNotAvailable => {
            "This machine does not have that address: name one that it has with --host, such as 127.0.0.1"
        }
        _ => "Name another address with --host, or another port with --port",
    }
}
