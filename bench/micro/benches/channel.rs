//! Splitting a worker's channel into frames: `cargo bench --package codecell-micro --bench channel`.

use bytes::{BufMut, BytesMut};
use codecell_server::worker::channel::{MessageKind, Parser};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

/// The channel holds this much when it is read.
const READ_BYTES: usize = 64 * 1024;

/// What is read of a channel whose frames have payloads of `length` bytes, and how many frames that is.
fn frames(length: usize) -> (BytesMut, u64) {
    let mut bytes = BytesMut::new();
    let mut count = 0;
    while bytes.len() < READ_BYTES {
        bytes.put_u32_le(u32::try_from(length).expect("a small payload"));
        bytes.put_u8(MessageKind::Stdout as u8);
        bytes.put_uint_le(0, 3);
        bytes.put_u64_le(1);
        bytes.put_bytes(b'x', length);
        count += 1;
    }
    (bytes, count)
}

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("channel");
    for (name, length) in [("frames of 8 KiB", 8 * 1024), ("frames of a line", 16)] {
        let (bytes, count) = frames(length);
        group.throughput(Throughput::Elements(count));
        group.bench_function(name, |bench| {
            bench.iter_batched(
                || {
                    let mut parser = Parser::default();
                    parser.buffer().extend_from_slice(&bytes);
                    parser
                },
                |mut parser| {
                    let mut payload = 0;
                    while let Ok(Some(frame)) = parser.next_frame() {
                        payload += frame.payload.len();
                    }
                    payload
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
