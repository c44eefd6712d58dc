//! The client's JavaScript speaks the link as `src/protocol` has it.

#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;

use codecell::protocol::{
    EVENT_OVERHEAD_BYTES, EventHead, EventKind, EventMessage, fields, parse_heartbeat,
};

const LINK_JS: &str = include_str!("../src/web/link.js");
const CHANNEL_JS: &str = include_str!("../src/web/connections.js");

#[test]
fn the_clients_link_speaks_the_wire() {
    use fields::{
        ACK, AFTER, AS, ATTACH, ATTEMPT, BYE, BYTES, CODE, GONE, HEARTBEAT, KNOWN, LEAVE, LINK,
        MESSAGE, PING, REASON, RECEIVED, RECONNECT, REQUEST, RESUME, RUN, SENT, SESSION, TO, TYPE,
        UNLOAD, WINDOW,
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
        (LINK_JS, format!("{{\"{UNLOAD}\":true}}")),
        (LINK_JS, format!("{{\"{PING}\":true}}")),
        (CHANNEL_JS, format!("\"{ACK}\":${{acks}}}}")),
        (
            LINK_JS,
            format!(
                ",\"{LINK}\":${{JSON.stringify({{ {SESSION}: this.session, {RUN}, {WINDOW}: this.#window, {ATTEMPT}: ++this.#hellos }})}}"
            ),
        ),
        (LINK_JS, format!("{{\"{LINK}\":${{this.#hello()}}}}")),
        (
            LINK_JS,
            format!(
                "{{ {SESSION}: this.session, {WINDOW}: this.#window, {SENT}: this.#rules.sent(), {RESUME}, {ATTEMPT}: ++this.#hellos }}"
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

#[test]
fn events_are_read_as_they_are_written() {
    let payloads = ["", "\n", "a\nb", ".4", "1 2 o\n", "é€😀", "😀\n", "\r\n\0"];
    for kind in EventKind::ALL {
        for (run, cursor) in [(1, 1), (7, u64::MAX), (u64::MAX, 12)] {
            let head = EventHead { run, cursor, kind };
            for first in payloads {
                let mut message = EventMessage::default();
                message.push(head, first);
                assert_eq!(
                    EventMessage::read(message.text()),
                    Some(vec![(head, first)])
                );
                assert_eq!(parse_heartbeat(message.text()), None);
                for second in payloads {
                    let mut message = message.clone();
                    message.push(head, second);
                    message.push(head, first);
                    let events = vec![(head, first), (head, second), (head, first)];
                    assert_eq!(message.events(), 3);
                    assert_eq!(EventMessage::read(message.text()), Some(events));
                }
            }
        }
    }
}

#[test]
fn what_is_no_event_is_not_read() {
    for wrong in [
        "",
        ".",
        ".1",
        "1 1 o",
        "1 1 q\n",
        "1 1 oo\n",
        "1 o\n",
        "1 1 1 o\n",
        "-1 1 o\n",
        "+1 1 o\n",
        "1 1  o\n",
        " 1 1 o\n",
        "1 18446744073709551616 o\n",
        "1 1 o \n",
        "\n",
        "1 1 o 1\na",
        "1 1 o 2\na1 2 o\n",
        "1 1 o 1\n😀1 2 o\n",
        "1 1 o +1\na1 2 o\n",
        "1 1 o 1 1\na1 2 o\n",
        "1 1 o 99\na1 2 o\n",
    ] {
        assert_eq!(EventMessage::read(wrong), None, "{wrong:?}");
    }
    for wrong in ["", ".", ".-1", ".+1", ".1 ", "1", ". 1", ".1\n"] {
        assert_eq!(parse_heartbeat(wrong), None, "{wrong:?}");
    }
}
