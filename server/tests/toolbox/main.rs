//! The toolbox from the outside: the real binary, real sockets, real Python.

mod harness;

mod backpressure;
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
mod python;
mod security;
mod signals;
mod slow_start;
mod start;
mod state;
mod stdin;
mod stops;
mod surroundings;
mod survival;
mod threads;
mod tracebacks;
mod transcripts;
mod walls;
mod wire;
