//! The toolbox from the outside: the real binary, real sockets, real Python.

mod harness;

mod endings;
mod losses;
mod python;
mod security;
mod signals;
mod state;
mod survival;
