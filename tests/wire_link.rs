//! The client's JavaScript speaks the link as `src/protocol` has it.

#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;

use codecell::protocol::{EVENT_OVERHEAD_BYTES, EventKind, fields};

const LINK_JS: &str = include_str!("../src/web/link.js");
const CHANNEL_JS: &str = include_str!("../src/web/connections.js");

#[test]
fn the_clients_link_speaks_the_wire() {
    use fields::{
        ACK, AFTER, AS, ATTACH, BYE, BYTES, CODE, GONE, HEARTBEAT, KNOWN, LEAVE, LINK, MESSAGE,
        PING, REASON, RECEIVED, RECONNECT, REQUEST, RESUME, RUN, SENT, SESSION, TO, TYPE, WINDOW,
    };
    let writes = [
        (
            CHANNEL_JS,
            format!("{{\"{TO}\":${{this.number}},\"{MESSAGE}\":${{message}}}}"),
        ),
        (
            LINK_JS,
            format!("{{\"{RUN}\":${{run}},\"{REQUEST}\":${{request}}}}"),
        ),
        (LINK_JS, format!("{{\"{LEAVE}\":${{number}}}}")),
        (LINK_JS, format!("{{\"{BYE}\":true}}")),
        (LINK_JS, format!("{{\"{PING}\":true}}")),
        (LINK_JS, format!("\"{ACK}\":${{acks}}}}")),
        (
            LINK_JS,
            format!(
                ",\"{LINK}\":${{JSON.stringify({{ {SESSION}: this.session, {RUN}, {WINDOW}: this.#window }})}}"
            ),
        ),
        (LINK_JS, format!("{{ {LINK}: hello }}")),
        (
            LINK_JS,
            format!(
                "{{ {SESSION}: this.session, {WINDOW}: this.#window, {SENT}: this.#rules.sent(), {RESUME}: "
            ),
        ),
        (
            LINK_JS,
            format!(
                "{{ {ATTACH}: channel.attachedTo, {AS}: this.#start(channel), {AFTER}: channel.arrived }}"
            ),
        ),
        (LINK_JS, format!("answer.{TYPE} !== \"{LINK}\"")),
        (
            CHANNEL_JS,
            format!("{{ {CODE}, {REASON} }} = read(payload)"),
        ),
        (CHANNEL_JS, format!("read(payload).{BYTES}")),
        (
            CHANNEL_JS,
            format!("const EVENT_OVERHEAD = {EVENT_OVERHEAD_BYTES};"),
        ),
    ];
    for (script, expected) in writes {
        assert!(script.contains(&expected), "{expected}");
    }
    let read: BTreeSet<&str> = LINK_JS
        .split("answer.")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next())
        .collect();
    let answer = [
        TYPE, RECEIVED, KNOWN, GONE, WINDOW, HEARTBEAT, RECONNECT, "uptime",
    ];
    assert_eq!(read, BTreeSet::from(answer));
    for (kind, script) in [
        (EventKind::End, CHANNEL_JS),
        (EventKind::Missing, CHANNEL_JS),
        (EventKind::Stdout, CHANNEL_JS),
        (EventKind::Stderr, CHANNEL_JS),
    ] {
        assert!(script.contains(&format!("kind === \"{}\"", kind.letter())));
    }
}
