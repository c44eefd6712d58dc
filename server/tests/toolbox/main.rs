//! The toolbox from the outside: the real binary, real sockets, real Python.

#[path = "../common/mod.rs"]
mod common;
mod erroneous;
mod harness;

mod as_a_file;
mod backpressure;
mod children;
mod connections;
mod contexts;
mod crashes;
mod endings;
mod floods;
mod hangs;
mod held_back;
mod hostile;
mod last_words;
mod leftovers;
mod limits;
mod losses;
mod machine;
mod memory;
mod multiprocessing;
mod orderly_end;
mod overdue;
mod page;
mod plain;
mod python;
mod security;
mod signals;
mod slow_start;
mod soak;
mod start;
mod state;
mod stdin;
mod stops;
mod surroundings;
mod survival;
mod terminal;
mod threads;
mod tracebacks;
mod transcripts;
mod walls;
mod watches;
mod wire;
