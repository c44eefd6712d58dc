//! The metrics of `GET /metrics`.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

const EXECUTIONS: &str = "codecell_executions_total";
const SECONDS: &str = "codecell_execution_seconds";
const QUEUED: &str = "codecell_queue_seconds";
const OUTPUT: &str = "codecell_output_bytes_total";
const CONTEXTS: &str = "codecell_contexts";
const RUNNING: &str = "codecell_executions_running";
const LOST: &str = "codecell_workers_lost_total";
const SESSIONS: &str = "codecell_sessions";
const RESUMED: &str = "codecell_sessions_resumed_total";
const SILENT: &str = "codecell_connections_dropped_total";
const REFUSED: &str = "codecell_requests_refused_total";

/// Upper bounds of the histograms, in seconds.
const BOUNDS: [f64; 12] = [
    0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0,
];

/// How often [`drain_samples`] does its work. A busy server records a few thousand samples of 8 bytes in that time.
const DRAIN_INTERVAL: Duration = Duration::from_secs(2);

/// Installs the recorder, which renders the body of `GET /metrics`. There is one per process: a second server in the same process
/// (in a test) shares it.
pub fn install() -> PrometheusHandle {
    static HANDLE: std::sync::OnceLock<PrometheusHandle> = std::sync::OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let recorder = PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BOUNDS)
                .unwrap_or_default()
                .build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another recorder of metrics is installed: /metrics stays empty");
            }
            describe_counter!(EXECUTIONS, "Executions that have ended, by ending.");
            describe_histogram!(SECONDS, "Seconds from an execution's arrival to its end.");
            describe_histogram!(QUEUED, "Seconds an execution waited for its turn.");
            describe_counter!(
                OUTPUT,
                "Bytes of output and of results sent to clients, by stream."
            );
            describe_gauge!(
                CONTEXTS,
                "Contexts that exist, not counting the default one."
            );
            describe_gauge!(RUNNING, "Executions that are running.");
            describe_counter!(LOST, "Workers that ended before their context did.");
            describe_gauge!(
                SESSIONS,
                "Sessions of links, with and without a connection."
            );
            describe_counter!(RESUMED, "Sessions that went on with another connection.");
            describe_counter!(
                SILENT,
                "Connections dropped because the client was silent or did not read, by reason."
            );
            describe_counter!(REFUSED, "Refused requests, by reason.");
            handle
        })
        .clone()
}

/// Moves the samples of the histograms into their buckets, again and again. Otherwise they pile up until somebody requests the metrics.
pub async fn drain_samples(handle: PrometheusHandle) {
    let mut ticks = tokio::time::interval(DRAIN_INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        handle.run_upkeep();
    }
}

/// A run has started.
pub fn started(waited: Duration) {
    histogram!(QUEUED).record(waited.as_secs_f64());
    gauge!(RUNNING).increment(1.0);
}

/// A run that had started has ended.
pub fn stopped() {
    gauge!(RUNNING).decrement(1.0);
}

/// An execution has ended, whether or not it ran.
pub fn ended(ending: &'static str, after: Duration) {
    counter!(EXECUTIONS, "ending" => ending).increment(1);
    histogram!(SECONDS).record(after.as_secs_f64());
}

/// Output was sent to a client.
pub fn sent(stream: &'static str, bytes: usize) {
    counter!(OUTPUT, "stream" => stream).increment(bytes as u64);
}

/// A context has lost its worker.
pub fn worker_lost() {
    counter!(LOST).increment(1);
}

/// The number of contexts has changed.
pub fn contexts(count: usize) {
    gauge!(CONTEXTS).set(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
}

/// A request was refused.
pub fn refused(why: &'static str) {
    counter!(REFUSED, "reason" => why).increment(1);
}

/// The number of sessions has changed.
pub fn sessions(count: usize) {
    gauge!(SESSIONS).set(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
}

/// A session goes on with another connection.
pub fn resumed() {
    counter!(RESUMED).increment(1);
}

/// A connection was dropped because nothing came from the client, or because it did not read.
pub fn dropped(why: &'static str) {
    counter!(SILENT, "reason" => why).increment(1);
}
