//! Programs fit their output to what shows it, as the request says.

use serde_json::json;

use crate::harness::Server;

const ASKS: &str = "import os, shutil
print(*shutil.get_terminal_size())
print({name: os.environ.get(name) for name in ('FORCE_COLOR', 'TTY_COMPATIBLE', 'NO_COLOR')})
import subprocess, sys
subprocess.run([sys.executable, '-c', 'import shutil; print(*shutil.get_terminal_size())'])";

#[tokio::test]
async fn the_terminals_size_and_colors_hold_for_one_execution() {
    let server = Server::start_with(&[], |command| {
        command.env_remove("NO_COLOR").env("TERM", "dumb");
    });
    let request = json!({"code": ASKS, "terminal": {"columns": 132, "rows": 40, "color": true}});
    let printed = server.execute(request).await.success();
    let colors = "{'FORCE_COLOR': '1', 'TTY_COMPATIBLE': '1', 'NO_COLOR': None}";
    assert_eq!(printed, format!("132 40\n{colors}\n132 40\n"));
    let printed = server.run(ASKS).await.success();
    let none = "{'FORCE_COLOR': None, 'TTY_COMPATIBLE': None, 'NO_COLOR': None}";
    assert_eq!(printed, format!("80 24\n{none}\n80 24\n"));
}

#[tokio::test]
async fn each_part_of_a_terminal_can_be_left_out() {
    let server = Server::start_with(&[], |command| {
        command.env_remove("NO_COLOR").env("TERM", "vt100");
    });
    let code = "import os, shutil\nprint(*shutil.get_terminal_size(), os.environ['TERM'], os.environ.get('NO_COLOR'))";
    let rows = [
        (json!({"columns": 40}), "40 24 vt100 None\n"),
        (json!({"rows": 9, "columns": null}), "80 9 vt100 None\n"),
        (json!({"color": false}), "80 24 dumb 1\n"),
        (json!({"color": true}), "80 24 xterm-256color None\n"),
        (json!({}), "80 24 vt100 None\n"),
        (json!(null), "80 24 vt100 None\n"),
    ];
    for (terminal, wanted) in rows {
        let outcome = server
            .execute(json!({"code": code, "terminal": terminal}))
            .await;
        assert_eq!(outcome.success(), wanted, "{terminal}");
    }
    // The request's own variables come first.
    let request = json!({"code": code, "terminal": {"columns": 40}, "envs": {"COLUMNS": "99"}});
    assert_eq!(
        server.execute(request).await.success(),
        "99 24 vt100 None\n"
    );
    for wrong in [
        json!({"columns": -1}),
        json!({"columns": "wide"}),
        json!({"color": 1}),
        json!(5),
    ] {
        let outcome = server
            .execute(json!({"code": code, "terminal": wrong}))
            .await;
        assert_eq!(outcome.close.0, 1002, "{wrong}");
    }
}
