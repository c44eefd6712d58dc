//! Benchmarks only, in `benches/`: `cargo bench --package codecell-micro`.
