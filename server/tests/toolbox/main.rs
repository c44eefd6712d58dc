//! The toolbox from the outside: the real binary, real sockets, real Python.

mod harness;

mod contexts;
mod crowds;
mod endings;
mod limits;
mod losses;
mod page;
mod python;
mod security;
mod signals;
mod state;
mod stdin;
mod survival;
mod wire;
