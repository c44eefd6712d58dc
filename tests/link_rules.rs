//! When a connection counts as broken, when the client tries again, and what both sides count.

#![cfg(not(target_arch = "wasm32"))]

use codecell::core::link::{Pulse, Retry, Verdict, acknowledge_after};
use codecell::protocol::EVENT_OVERHEAD_BYTES;

#[test]
fn a_pause_grows_to_five_seconds_until_the_limit() {
    let mut retry = Retry::default();
    let (mut now, mut pauses) = (1_000_000.0, Vec::new());
    while let Some(pause) = retry.pause(now, 20_000.0, 0.0, true) {
        pauses.push(pause);
        now += pause;
    }
    let wanted = [
        0.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 5000.0, 5000.0, 2250.0,
    ];
    assert_eq!(pauses, wanted);
    // Given up: the next break starts anew.
    assert_eq!(retry.pause(now, 20_000.0, 0.0, true), Some(0.0));
    // Half of it at the most is left to chance.
    assert_eq!(retry.pause(now, 20_000.0, 1.0, true), Some(125.0));
    assert_eq!(Retry::default().pause(0.0, 0.0, 0.0, true), None);
}

#[test]
fn connections_that_do_not_help_are_not_made_in_a_loop() {
    for (was_useful, lived, wanted) in [
        (false, 10.0, [0.0, 250.0, 500.0]),
        (true, 10.0, [0.0; 3]),
        (false, 6_000.0, [0.0; 3]),
    ] {
        let mut retry = Retry::default();
        let mut now = 1_000_000.0;
        for pause in wanted {
            assert_eq!(retry.pause(now, 60_000.0, 0.0, was_useful), Some(pause));
            retry.succeed(now);
            now += lived;
        }
    }
}

#[test]
fn silence_is_two_heartbeats_and_ten_seconds() {
    let mut pulse = Pulse::default();
    assert_eq!(pulse.start(15_000.0, 0.0), Verdict::Wait(40_000.0));
    assert_eq!(pulse.check(40_000.0, 15_000.0), Verdict::Wait(15_000.0));
    assert_eq!(pulse.check(55_000.0, 15_000.0), Verdict::Broken);
}

#[test]
fn a_machine_that_slept_asks_before_it_gives_up() {
    let mut pulse = Pulse::default();
    assert_eq!(pulse.start(15_000.0, 0.0), Verdict::Wait(40_000.0));
    // The timer ran out an hour late.
    assert_eq!(pulse.check(3_640_000.0, 0.0), Verdict::Ask(5_000.0));
    let mut answered = Pulse::default();
    assert_eq!(answered.start(15_000.0, 0.0), Verdict::Wait(40_000.0));
    assert_eq!(answered.check(3_640_000.0, 0.0), Verdict::Ask(5_000.0));
    assert_eq!(
        answered.check(3_645_000.0, 3_640_010.0),
        Verdict::Wait(35_010.0)
    );
    assert_eq!(pulse.check(3_645_000.0, 0.0), Verdict::Broken);
}

#[test]
fn a_page_that_wakes_up_asks_and_waits_five_seconds() {
    let mut pulse = Pulse::default();
    assert_eq!(pulse.start(15_000.0, 0.0), Verdict::Wait(40_000.0));
    assert_eq!(pulse.wake(20_000.0), Verdict::Ask(5_000.0));
    assert_eq!(pulse.check(25_000.0, 19_000.0), Verdict::Broken);
}

#[test]
fn a_quarter_of_the_window_is_acknowledged_at_the_latest() {
    assert_eq!(acknowledge_after(1_048_576.0), 262_144.0);
}

#[test]
fn both_sides_count_the_same_for_an_event() {
    let script = include_str!("../src/web/connections.js");
    let counted = format!("const EVENT_OVERHEAD = {EVENT_OVERHEAD_BYTES};");
    assert!(script.contains(&counted), "connections.js has {counted}");
}
