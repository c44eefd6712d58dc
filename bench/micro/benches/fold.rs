//! Folding an execution's frames into its ending, without a browser: `cargo bench --package codecell-micro --bench fold`.

use codecell::core::{Close, Fold, PythonError};
use codecell::protocol::FrameKind;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

const FRAMES: usize = 1000;

fn fold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fold");
    let line = String::from("one line of output\n");
    group.throughput(Throughput::Elements(FRAMES as u64));
    group.bench_function("a thousand frames of output", |bench| {
        bench.iter_batched(
            || vec![line.clone(); FRAMES],
            |texts| {
                let mut fold = Fold::default();
                let steps: Vec<_> = texts
                    .into_iter()
                    .map(|text| fold.text(FrameKind::Stdout, text))
                    .collect();
                (steps, fold.close(Close::Code(1000, "")))
            },
            BatchSize::SmallInput,
        );
    });
    group.throughput(Throughput::Elements(1));
    group.bench_function("a Python error and its ending", |bench| {
        bench.iter(|| {
            let mut fold = Fold::default();
            let error = PythonError {
                name: String::from("ValueError"),
                value: String::from("wrong"),
                traceback: String::from("Traceback"),
                details: String::new(),
            };
            let held = fold.error(error);
            let released = fold.text(FrameKind::Control, String::from("completed"));
            (held, released, fold.close(Close::Code(1000, "")))
        });
    });
    group.finish();
}

criterion_group!(benches, fold);
criterion_main!(benches);
