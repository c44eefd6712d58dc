//! The probe and its report.

use codecell_server::isolation::Layer::{self, Landlock, Namespaces, Seccomp};
use codecell_server::isolation::{Level, Plan, Report, probe};

use crate::toolbox::{Toolbox, as_root_and_user, server_binary};

fn probed(without: &[Layer]) -> (Plan, Report) {
    let toolbox = Toolbox::new(&[]);
    probe(&server_binary(), &toolbox.plan, without).unwrap()
}

#[test]
fn a_level_is_made_of_layers() {
    for (layers, level) in [
        (&[][..], Level::Basic),
        (&[Landlock], Level::Basic),
        (&[Seccomp], Level::Basic),
        (&[Landlock, Seccomp], Level::Medium),
        (&[Namespaces], Level::Medium),
        (&[Namespaces, Seccomp], Level::Strong),
        (&[Namespaces, Landlock, Seccomp], Level::Strong),
    ] {
        assert_eq!(Level::of(layers), level, "{layers:?}");
    }
    assert!(Level::Basic < Level::Medium && Level::Medium < Level::Strong);
    assert!(
        "harder"
            .parse::<Level>()
            .unwrap_err()
            .contains("strong, medium, basic")
    );
}

#[test]
fn a_layer_that_is_off_is_reported_with_what_is_missing() {
    as_root_and_user(
        "report::a_layer_that_is_off_is_reported_with_what_is_missing",
        || {
            let (plan, report) = probed(&[Namespaces]);
            assert!(!plan.has(Namespaces));
            let namespaces = report
                .layers
                .iter()
                .find(|layer| layer.name == "namespaces")
                .unwrap();
            assert!(!namespaces.active);
            assert_eq!(namespaces.detail, "switched off");
            assert!(report.level < Level::Strong);
            assert!(
                report
                    .missing
                    .iter()
                    .any(|what| what.contains("outlives its context"))
            );
            assert!(
                report
                    .missing
                    .iter()
                    .any(|what| what.contains("/dev/shm, which is the host's"))
            );
            assert!(
                report.to_string().contains("no namespaces: switched off"),
                "{report}"
            );

            let (plan, report) = probed(&Layer::ALL);
            assert!(plan.layers.is_empty());
            assert_eq!(report.level, Level::Basic);
            assert!(
                report
                    .missing
                    .iter()
                    .any(|what| what.contains("can reach the network"))
            );
        },
    );
}

#[test]
fn the_report_says_what_workers_get() {
    as_root_and_user("report::the_report_says_what_workers_get", || {
        let (plan, report) = probed(&[]);
        assert_eq!(report.level, Level::of(&plan.layers));
        for layer in Layer::ALL {
            let told = report
                .layers
                .iter()
                .find(|told| told.name == layer.name())
                .unwrap();
            assert_eq!(told.active, plan.has(layer));
            assert!(!told.detail.is_empty());
        }
        if report.level == Level::Strong && plan.has(Landlock) {
            assert!(report.missing.is_empty(), "{report:?}");
        }
        let line = report.to_string();
        assert!(line.starts_with(&format!("{} (", report.level)), "{line}");
        assert!(!line.contains('\n'));
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["layers"][0]["name"], "always");
    });
}

#[test]
fn abstract_sockets_that_code_reaches_are_reported() {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixListener};

    let name = format!("codecell-report-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let _listener = UnixListener::bind_addr(&address).unwrap();
    let code = format!(
        "import socket
try:
    socket.socket(socket.AF_UNIX).connect('\\0{name}')
    print('reached')
except OSError:
    print('stopped')"
    );
    for network in [false, true] {
        for without in [&[][..], &[Landlock], &[Namespaces], &Layer::ALL] {
            let mut toolbox = Toolbox::new(&[]);
            toolbox.plan.network = network;
            let (plan, report) = probe(&server_binary(), &toolbox.plan, without).unwrap();
            toolbox.plan.layers = plan.layers;
            let reached = toolbox.says(&code) == "reached";
            let told = (report.missing.iter()).any(|what| what.contains("abstract UNIX sockets"));
            assert_eq!(reached, told, "network {network}, without {without:?}");
        }
    }
}

#[test]
fn a_workspace_that_the_code_cannot_write_to_is_an_error_in_words() {
    let mut toolbox = Toolbox::new(&[]);
    for (workspace, reason) in [
        ("/usr", "can't write to /usr"),
        ("/", "can't be the workspace"),
    ] {
        toolbox.plan.workspace = workspace.into();
        let error = probe(&server_binary(), &toolbox.plan, &[]).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn a_python_out_of_reach_is_an_error_in_words() {
    let mut toolbox = Toolbox::new(&[]);
    toolbox.plan.command = vec!["/nowhere/python3".into()];
    let error = probe(&server_binary(), &toolbox.plan, &[]).unwrap_err();
    assert!(
        error.contains("starting /nowhere/python3 failed"),
        "{error}"
    );
    assert!(error.contains("--python"), "{error}");
}
