//! Gathering output into text frames: `cargo bench --package codecell-micro --bench gatherer`.

use codecell_server::executions::output::{Gatherer, Source};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// What one frame to the client holds, about: a multiple of three, the length of a character of Japanese.
const FRAME_BYTES: usize = 32_760;

/// What is pushed at once: no multiple of three, so that characters are cut and their beginnings held back.
const CHUNK_BYTES: usize = 8191;

fn gather(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gatherer");
    let lines: Vec<u8> = (0..)
        .flat_map(|number| format!("{number}\n").into_bytes())
        .take(FRAME_BYTES)
        .collect();
    let characters = "語".repeat(FRAME_BYTES / 3).into_bytes();
    group.throughput(Throughput::Bytes(FRAME_BYTES as u64));
    for (name, output) in [
        ("a frame of lines", lines),
        ("a frame of cut characters", characters),
    ] {
        group.bench_function(name, |bench| {
            let mut gatherer = Gatherer::default();
            bench.iter(|| {
                for chunk in output.chunks(CHUNK_BYTES) {
                    gatherer.push(Source::Stdout, chunk);
                }
                gatherer.take()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, gather);
criterion_main!(benches);
