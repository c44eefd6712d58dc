//! Nothing but benchmarks, in `benches/`: `cargo bench --package codecell-micro`.
