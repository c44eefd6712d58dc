//! The toolbox from the outside: the real binary, real sockets, real Python.

mod harness;

mod backpressure;
mod connections;
mod contexts;
mod endings;
mod held_back;
mod last_words;
mod leftovers;
mod limits;
mod losses;
mod machine;
mod overdue;
mod page;
mod python;
mod security;
mod signals;
mod state;
mod stdin;
mod surroundings;
mod survival;
mod transcripts;
mod wire;
