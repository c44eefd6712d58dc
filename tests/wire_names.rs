//! The wire's names stand in `src/protocol`, and everything that repeats them agrees: the constants beside the types, the client's
//! JavaScript, its type declarations, and the guide to the endings.

#![cfg(not(target_arch = "wasm32"))]

use std::collections::{BTreeMap, BTreeSet};

use codecell::core::code;
use codecell::protocol::{
    CONTEXT_PATH, ClientMessage, CloseCode, ContextInfo, ContextList, Control, CreateContext,
    END_OF_FILE, End, ErrorBody, ExecuteRequest, ExecutionInfo, ExecutionList, ExecutionStatus,
    FilesFrame, Frame, FrameKind, INTERRUPT, LINK_VERSION, LinkAction, LinkHello, LinkMessage,
    LinkReply, LinkWord, Missing, Seconds, TOKEN_HEADER, Terminal, fields,
};
use serde::Serialize;
use serde_json::{Value, json};

const OPTIONS_JS: &str = include_str!("../src/js/options.js");
const MESSAGES_JS: &str = include_str!("../src/web/messages.js");
const FRAME_RS: &str = include_str!("../src/js/frame.rs");
const TYPES: &str = concat!(
    include_str!("../src/js/types.d.ts"),
    include_str!("../src/js/errors.d.ts"),
    include_str!("../src/js/insight.d.ts"),
    include_str!("../src/js/results.d.ts"),
    include_str!("../src/js/written.d.ts")
);
const AGENT_JS: &str = include_str!("../pkg-template/agent/agent.js");
const INSIGHT_JS: &str = include_str!("../pkg-template/insight.js");
const COMPILE_JS: &str = include_str!("../pkg-template/compile.js");
const ERRORS_JS: &str = include_str!("../src/js/errors.js");
const ENDINGS: &str = include_str!("../docs/endings.md");

fn keys(value: &impl Serialize) -> BTreeSet<String> {
    let value = serde_json::to_value(value).unwrap();
    value.as_object().unwrap().keys().cloned().collect()
}

/// A frame with every field that is sent only if it is true.
fn every_mark() -> Frame {
    Frame {
        variables_lost: true,
        restarted: true,
        details: Some(Box::default()),
        ..Frame::input("", true)
    }
}

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

#[test]
fn each_type_has_the_fields_that_the_constants_name() {
    let request = ExecuteRequest {
        code: "1".to_owned(),
        context_id: Some("x".to_owned()),
        timeout: Some(Seconds::from_secs(1)),
        envs: Some(BTreeMap::new()),
        terminal: Some(Terminal::default()),
        stdin: true,
        results: true,
        files: true,
        keep: true,
        name: Some("main.py".to_owned()),
    };
    use fields::{
        ACTIVE, CODE, COLOR, COLUMNS, CONTEXT_ID, CONTEXTS, CREATED_AT, CWD, DETAILS, ENVS,
        FEATURES, FILES, ID, KEEP, LANGUAGE, MESSAGE, NAME, PASSWORD, RESTARTED, RESULTS, ROWS,
        SESSION, STDIN, TERMINAL, TEXT, TIMEOUT, TRACEBACK, TRUNCATED, TYPE, VALUE, VARIABLES_LOST,
    };
    assert_eq!(
        keys(&request),
        set([
            CODE, CONTEXT_ID, TIMEOUT, ENVS, TERMINAL, STDIN, RESULTS, FILES, KEEP, NAME
        ])
    );
    // The client writes the request in JavaScript.
    let (_, written) = OPTIONS_JS.split_once("const request = {\n").unwrap();
    let (written, _) = written.split_once("};").unwrap();
    let written = written
        .lines()
        .map(|line| line.trim().split([',', ':']).next().unwrap_or_default());
    let written = written.filter(|name| !name.is_empty()).map(str::to_owned);
    assert_eq!(written.collect::<BTreeSet<String>>(), keys(&request));
    let files = FilesFrame {
        truncated: true,
        ..FilesFrame::default()
    };
    assert_eq!(keys(&files), set([TYPE, FILES, TRUNCATED]));
    assert_eq!(
        serde_json::to_value(files.kind).unwrap(),
        FrameKind::Files.word()
    );
    let terminal = Terminal {
        columns: Some(80),
        rows: Some(24),
        color: Some(true),
    };
    assert_eq!(keys(&terminal), set([COLUMNS, ROWS, COLOR]));
    let texts = [TYPE, TEXT, NAME, VALUE, TRACEBACK].map(str::to_owned);
    let marks = [PASSWORD, VARIABLES_LOST, RESTARTED, DETAILS].map(str::to_owned);
    assert_eq!(
        keys(&every_mark()),
        texts.into_iter().chain(marks).collect()
    );
    let create = CreateContext {
        cwd: Some(String::new()),
        language: Some(String::new()),
        session: Some(String::new()),
    };
    assert_eq!(keys(&create), set([CWD, LANGUAGE, SESSION]));
    let context = ContextInfo {
        id: String::new(),
        cwd: String::new(),
        created_at: String::new(),
        active: true,
        language: String::new(),
    };
    assert_eq!(keys(&context), set([ID, CWD, CREATED_AT, ACTIVE, LANGUAGE]));
    let list = ContextList {
        contexts: Vec::new(),
        features: vec![String::new()],
    };
    assert_eq!(keys(&list), set([CONTEXTS, FEATURES]));
    assert_eq!(keys(&ClientMessage::stdin("")), set([TYPE, TEXT]));
    let answer = serde_json::to_value(ClientMessage::stdin("")).unwrap();
    assert_eq!(answer[TYPE], STDIN);
    let body = json!({
        "statusCode": 404, "message": "", "code": "", "timestamp": "", "path": "", "method": "",
    });
    let body: ErrorBody = serde_json::from_value(body).unwrap();
    assert!(keys(&body).is_superset(&set([MESSAGE, CODE])));
}

#[test]
fn what_asks_about_contexts_in_javascript_has_their_path() {
    assert!(AGENT_JS.contains(&format!("(\"{CONTEXT_PATH}\")")));
    assert!(INSIGHT_JS.contains(&format!("(`{CONTEXT_PATH}/${{")));
}

#[test]
fn each_type_of_the_link_has_the_fields_that_the_constants_name() {
    use fields::{
        ACK, AFTER, AS, ATTACH, ATTEMPT, BYE, BYTES, CODE, CONTEXT_ID, CREATED_AT, EVENTS,
        EXECUTIONS, FEATURES, GONE, HEARTBEAT, ID, KEPT, KNOWN, LEAVE, LINK, MESSAGE, PING, REASON,
        RECEIVED, RECONNECT, REQUEST, RESUME, RUN, SENT, SESSION, STARTED_AT, STATUS, TO, TYPE,
        UNLOAD, UPTIME, VERSION, WINDOW,
    };
    let hello = LinkHello {
        run: Some(1),
        sent: Some(1),
        resume: Some(BTreeMap::new()),
        window: Some(1),
        attempt: Some(1),
        ..LinkHello::open("")
    };
    assert_eq!(
        keys(&hello),
        set([SESSION, RUN, SENT, RESUME, WINDOW, ATTEMPT])
    );
    let reply = LinkReply {
        kind: LinkWord::Link,
        version: LINK_VERSION,
        session: String::new(),
        received: 0,
        window: 0,
        heartbeat: 0,
        reconnect: 0,
        uptime: Seconds::from_secs(1),
        features: Vec::new(),
        gone: vec![1],
        known: false,
    };
    assert_eq!(
        keys(&reply),
        set([
            TYPE, VERSION, SESSION, RECEIVED, WINDOW, HEARTBEAT, RECONNECT, UPTIME, FEATURES, GONE,
            KNOWN
        ])
    );
    assert_eq!(serde_json::to_value(&reply).unwrap()[TYPE], LINK);
    let run = 1;
    let actions: [(LinkAction, &[&str]); 8] = [
        (
            LinkAction::Run {
                run,
                request: ExecuteRequest::default(),
            },
            &[RUN, REQUEST],
        ),
        (
            LinkAction::To {
                run,
                message: ClientMessage::Interrupt,
            },
            &[TO, MESSAGE],
        ),
        (LinkAction::Leave { run }, &[LEAVE]),
        (
            LinkAction::Attach {
                execution: String::new(),
                run,
                after: 0,
            },
            &[ATTACH, AS, AFTER],
        ),
        (LinkAction::Bye, &[BYE]),
        (LinkAction::Unload, &[UNLOAD]),
        (LinkAction::Ping, &[PING]),
        (LinkAction::None, &[]),
    ];
    for (action, names) in actions {
        let message = LinkMessage {
            action,
            ack: BTreeMap::from([(3, 20)]),
        };
        let mut wanted: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
        wanted.insert(ACK.to_owned());
        assert_eq!(keys(&message), wanted);
        let json = serde_json::to_string(&message).unwrap();
        assert_eq!(
            serde_json::from_str::<LinkMessage>(&json).unwrap(),
            message,
            "{json}"
        );
    }
    let end = End {
        code: 1000,
        reason: String::new(),
    };
    assert_eq!(keys(&end), set([CODE, REASON]));
    let missing = Missing {
        events: 0,
        bytes: 0,
    };
    assert_eq!(keys(&missing), set([EVENTS, BYTES]));
    assert_eq!(keys(&ExecutionList::default()), set([EXECUTIONS]));
    let execution = ExecutionInfo {
        id: String::new(),
        context_id: String::new(),
        created_at: String::new(),
        started_at: None,
        status: ExecutionStatus::Queued,
        kept: false,
    };
    assert_eq!(
        keys(&execution),
        set([ID, CONTEXT_ID, CREATED_AT, STARTED_AT, STATUS, KEPT])
    );
}

#[test]
fn each_word_is_the_one_on_the_wire() {
    for kind in FrameKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
        assert_eq!(FrameKind::parse(kind.word()), Some(kind));
    }
    for control in [Control::Completed, Control::Interrupted] {
        assert_eq!(Control::parse(control.word()), Some(control));
    }
    for (text, message) in [
        (INTERRUPT, ClientMessage::Interrupt),
        (END_OF_FILE, ClientMessage::end_of_file()),
    ] {
        assert_eq!(serde_json::to_string(&message).unwrap(), text);
    }
    for code in CloseCode::ALL {
        assert_eq!(CloseCode::from_code(code.code()), Some(code));
    }
    assert_eq!(CloseCode::from_code(4001), None);
}

#[test]
fn the_clients_javascript_and_types_use_these_names() {
    let stdout = FrameKind::Stdout.word();
    for expected in [
        format!("frame.{} !== \"{stdout}\"", fields::TYPE),
        format!("frame.{}", fields::TEXT),
    ] {
        assert!(
            MESSAGES_JS.contains(&expected),
            "messages.js has {expected}"
        );
    }
    // The only fields of a frame that the fast path reads.
    let read: BTreeSet<&str> = MESSAGES_JS
        .split("frame.")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next())
        .collect();
    assert_eq!(read, BTreeSet::from([fields::TYPE, fields::TEXT]));
    let frame = [
        fields::TEXT,
        fields::NAME,
        fields::VALUE,
        fields::TRACEBACK,
        fields::PASSWORD,
    ];
    for name in frame {
        assert!(FRAME_RS.contains(&format!("fn {name}(this")), "{name}");
    }
    assert!(FRAME_RS.contains(&format!("js_name = {}", fields::TYPE)));
    for name in [
        fields::RESULTS,
        fields::FILES,
        fields::DATA,
        fields::METADATA,
        fields::DISPLAY_ID,
        fields::UPDATE,
        fields::ENVS,
        fields::TIMEOUT,
        fields::CWD,
        fields::LANGUAGE,
        fields::ID,
        fields::CREATED_AT,
        fields::ACTIVE,
        fields::NAME,
        fields::VALUE,
        fields::TRACEBACK,
        fields::PASSWORD,
    ] {
        let declared =
            TYPES.contains(&format!("  {name}: ")) || TYPES.contains(&format!("  {name}?: "));
        assert!(declared, "types.d.ts declares {name}");
    }
    // A name of its own would be a second place for it.
    assert!(!TYPES.contains(TOKEN_HEADER) && !MESSAGES_JS.contains(TOKEN_HEADER));
}

/// The codes of the client, and of its JavaScript around the WebAssembly.
fn codes() -> BTreeSet<String> {
    let mut codes: BTreeSet<String> = code::ALL.map(str::to_owned).into();
    for script in [COMPILE_JS, ERRORS_JS] {
        let found = script.split("code").skip(1).filter_map(|rest| {
            let word = rest.trim_start_matches([':', ' ', '=']).strip_prefix('"')?;
            let (word, _) = word.split_once('"')?;
            let is_code = word.chars().all(|c| c == '_' || c.is_ascii_uppercase());
            (is_code && !word.is_empty()).then(|| word.to_owned())
        });
        codes.extend(found);
    }
    codes
}

#[test]
fn the_codes_are_those_of_the_types() {
    let codes = codes();
    assert!(
        codes.contains("LOAD_FAILED") && codes.contains("FAILED"),
        "{codes:?}"
    );
    let (_, union) = TYPES.split_once("export type ErrorCode =").unwrap();
    let (union, _) = union.split_once(';').unwrap();
    let declared: BTreeSet<String> = union
        .split('|')
        .map(|word| word.trim().trim_matches('"').to_owned())
        .filter(|word| !word.is_empty())
        .collect();
    assert_eq!(declared, codes);
}

/// The first cells of the rows of the table below a heading, without backticks.
fn first_cells(heading: &str) -> BTreeSet<String> {
    let (_, rest) = ENDINGS
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("endings.md has no heading {heading}"));
    rest.lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| {
            line.trim_start_matches("| ")
                .split(" |")
                .next()
                .unwrap()
                .replace('`', "")
        })
        .collect()
}

#[test]
fn the_guide_lists_every_code_and_every_close_code() {
    assert_eq!(first_cells("## Every code"), codes());
    let closes: BTreeSet<String> = CloseCode::ALL.map(|close| close.code().to_string()).into();
    assert_eq!(first_cells("## Every close code"), closes);
}

#[test]
fn a_frame_has_no_field_that_the_client_does_not_know() {
    let Value::Object(frame) = serde_json::to_value(every_mark()).unwrap() else {
        panic!("a frame is an object");
    };
    for name in frame.keys() {
        let read = FRAME_RS.contains(&format!("fn {name}(this"))
            || FRAME_RS.contains(&format!("js_name = {name})"));
        assert!(read, "{name}");
    }
}
