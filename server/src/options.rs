//! The command line.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Parser, ValueEnum};

use crate::isolation::{Layer, Level};

/// Environment variable with the token. Workers do not receive it.
pub const TOKEN_VARIABLE: &str = "CODECELL_TOKEN";

// The groups of `--help`, in its order.
const LISTENING: &str = "Listening";
const ACCESS: &str = "Access";
const PYTHON: &str = "Python";
const ISOLATION: &str = "Isolation";
const CODE_LIMITS: &str = "Limits for code";
const CLIENT_LIMITS: &str = "Limits for clients";
const CONNECTIONS: &str = "Connections";

/// A local toolbox: runs Python for codecell on this machine.
///
/// It speaks the interpreter protocol of a Daytona sandbox's toolbox. By default it listens on loopback only, and every request
/// needs the token.
#[derive(Clone, Debug, Parser)]
#[command(name = "codecell-server", version, about)]
pub struct Options {
    /// Port to listen on. 0 picks a free port.
    #[arg(help_heading = LISTENING, long, default_value_t = 2280)]
    pub port: u16,

    /// IP address to listen on. With any address but loopback, other machines can run code here if they have the token.
    #[arg(help_heading = LISTENING, long, value_name = "IP", value_parser = ip_address, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub host: IpAddr,

    /// Directory of the built page, which is served at `/`. Symbolic links in it are not followed.
    #[arg(help_heading = LISTENING, long, value_name = "DIR")]
    pub www: Option<PathBuf>,

    /// Token that every request must carry: visible ASCII characters without spaces. By default a random one is created. Other
    /// users of this machine can see a command line: where there are any, use the environment variable.
    #[arg(help_heading = ACCESS, long, env = TOKEN_VARIABLE, hide_env_values = true)]
    pub token: Option<String>,

    /// Origin of a page that may use this toolbox, besides the page that it serves. May be repeated. `https://*.example.org`
    /// allows all subdomains, `http://127.0.0.1:*` all ports, and `null` local files and sandboxed frames.
    #[arg(help_heading = ACCESS, long, value_name = "ORIGIN")]
    pub allow_origin: Vec<String>,

    /// Host name or address under which this toolbox may be reached, besides localhost and the address it listens on. May be
    /// repeated. `*.example.org` allows all subdomains; without a port, any port is allowed.
    #[arg(help_heading = ACCESS, long, value_name = "NAME")]
    pub allow_host: Vec<String>,

    /// Python to run. By default that of the active virtual environment, else python3 or python on the PATH. It is started
    /// only inside the sandbox, also to find out its version.
    #[arg(help_heading = PYTHON, long, value_name = "PROGRAM")]
    pub python: Option<PathBuf>,

    /// Directory that all contexts share. By default a fresh one is created, and removed when the server stops. It must not
    /// contain, or be inside, the directories of Python, this program or the page.
    #[arg(help_heading = PYTHON, long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,

    /// Virtual environment inside the workspace, to use with the Python that created it (see --python). Code can change it, so
    /// it is used only inside the sandbox. An environment outside the workspace only has to be active.
    #[arg(help_heading = PYTHON, long, value_name = "DIR", requires = "workspace")]
    pub venv: Option<PathBuf>,

    /// Number of Python processes that are started in advance.
    #[arg(help_heading = PYTHON, long, value_name = "N", default_value_t = 2)]
    pub warm: usize,

    /// Network that the code may use.
    #[arg(help_heading = ISOLATION, long, value_enum, default_value_t = Network::None)]
    pub network: Network,

    /// Refuse to start if the code can't be isolated at least this well: strong, medium or basic.
    #[arg(help_heading = ISOLATION, long, value_name = "LEVEL")]
    pub require_isolation: Option<Level>,

    /// Isolation layers to leave out, for tests: namespaces, landlock, seccomp.
    #[arg(help_heading = ISOLATION, long, value_name = "LAYER", hide = true)]
    pub without_layer: Vec<Layer>,

    /// Maximum private memory of one process. Where the server can create control groups, also the maximum of everything that a
    /// context makes the machine keep in memory; the server says at its start which one applies. 0: no limit.
    #[arg(help_heading = CODE_LIMITS, long, value_name = "BYTES", default_value = "2G", value_parser = bytes_of_memory)]
    pub max_memory: u64,

    /// Maximum number of processes and threads of one context, where the system can count them per context. 0: no limit.
    #[arg(help_heading = CODE_LIMITS, long, value_name = "N", default_value_t = 256)]
    pub max_processes: u64,

    /// Maximum number of open files of one process.
    #[arg(help_heading = CODE_LIMITS, long, value_name = "N", default_value_t = 1024, value_parser = at_least_one::<u64>)]
    pub max_open_files: u64,

    /// Maximum size of a file. 0: no limit.
    #[arg(help_heading = CODE_LIMITS, long, value_name = "BYTES", default_value = "4G", value_parser = bytes)]
    pub max_file_size: u64,

    /// Maximum disk space of the workspace and the temporary files together. 0: no limit. Uploads are held to it exactly, with status 507. So
    /// is code where it has namespaces and no --workspace is named: both directories are in memory then. Elsewhere the server measures
    /// while code runs, several times a second, and interrupts all runs once it is too much; a single file can't grow beyond it.
    #[arg(help_heading = CODE_LIMITS, long, value_name = "BYTES", default_value = "0", value_parser = bytes)]
    pub max_disk: u64,

    /// Maximum processor time of one process, in seconds. 0: no limit.
    #[arg(help_heading = CODE_LIMITS, long, value_name = "SECONDS", default_value_t = 0)]
    pub max_cpu: u64,

    /// Maximum output of one execution, in bytes. Code that writes more is interrupted. 0: no limit.
    #[arg(help_heading = CODE_LIMITS, long, value_name = "BYTES", default_value = "0", value_parser = bytes)]
    pub max_output: u64,

    /// Maximum size of one picture, table or other result that code shows, as it is sent: at least 4K, at most 256M. In place of a
    /// larger one, the client gets a sentence that says so.
    #[arg(help_heading = CODE_LIMITS, long, value_name = "BYTES", default_value = "16M", value_parser = bytes_of_result)]
    pub max_result: u64,

    /// Maximum number of contexts, not counting the default one.
    #[arg(help_heading = CLIENT_LIMITS, long, value_name = "N", default_value_t = 64)]
    pub max_contexts: usize,

    /// Seconds after which an unused context ends. 0: never.
    #[arg(help_heading = CLIENT_LIMITS, long, value_name = "SECONDS", default_value_t = 3600)]
    pub idle_timeout: u64,

    /// Maximum size of the code of one execution; at most 1G.
    #[arg(help_heading = CLIENT_LIMITS, long, value_name = "BYTES", default_value = "16M", value_parser = bytes_of_code)]
    pub max_code: u64,

    /// Maximum number of executions that wait in one context.
    #[arg(help_heading = CLIENT_LIMITS, long, value_name = "N", default_value_t = 4096)]
    pub max_queue: usize,

    /// Maximum size of one file that a client uploads.
    #[arg(help_heading = CLIENT_LIMITS, long, value_name = "BYTES", default_value = "1G", value_parser = bytes)]
    pub max_upload: u64,

    /// Maximum size of all code that waits or runs, in all contexts together. Messages that are still arriving have as much again.
    #[arg(help_heading = CLIENT_LIMITS, long, value_name = "BYTES", default_value = "256M", value_parser = at_least_one_byte)]
    pub max_waiting_code: u64,

    /// Maximum output of all sessions together that clients have not acknowledged. One session may use a quarter of it. Beyond
    /// that, Python waits.
    #[arg(help_heading = CLIENT_LIMITS, long, value_name = "BYTES", default_value = "256M", value_parser = bytes)]
    pub max_waiting_output: u64,

    /// Maximum number of connections.
    #[arg(help_heading = CONNECTIONS, long, value_name = "N", default_value_t = 4096, value_parser = at_least_one::<usize>)]
    pub max_connections: usize,

    /// Maximum number of sessions. A session is one client, such as an open page, and its connection.
    #[arg(help_heading = CONNECTIONS, long, value_name = "N", default_value_t = 1024, value_parser = at_least_one::<usize>)]
    pub max_sessions: usize,

    /// Maximum number of executions of one session that wait, run, or have output that was not acknowledged.
    #[arg(help_heading = CONNECTIONS, long, value_name = "N", default_value_t = 4096, value_parser = at_least_one::<usize>)]
    pub max_session_executions: usize,

    /// Seconds after which a silent connection is tested. A client that does not answer, or reads nothing, for twice as long is
    /// dropped. 0: never.
    #[arg(help_heading = CONNECTIONS, long, value_name = "SECONDS", default_value_t = 15)]
    pub heartbeat: u64,

    /// Seconds that the executions of a client outlive its connection, so that it can go on with them over another one. 0: not at
    /// all.
    #[arg(help_heading = CONNECTIONS, long, value_name = "SECONDS", default_value_t = 60)]
    pub reconnect_limit: u64,

    /// How much output of one execution the server sends ahead of the client's acknowledgements. Beyond that, Python waits.
    #[arg(help_heading = CONNECTIONS, long, value_name = "BYTES", default_value = "1M", value_parser = bytes)]
    pub window: u64,

    /// Maximum output that is kept on disk for one execution, if its client asks for that, until ten minutes after its end. 0: none.
    #[arg(help_heading = CONNECTIONS, long, value_name = "BYTES", default_value = "64M", value_parser = bytes)]
    pub keep_limit: u64,

    /// Format of the log on stderr. By default it has warnings and errors. With the environment variable RUST_LOG=info, it also
    /// says how the code is isolated and how each execution ended.
    #[arg(long, value_enum, default_value_t = LogForm::Text)]
    pub log: LogForm,
}

impl Options {
    /// The maximum size of a file: no larger than all of them together. 0: no limit.
    #[must_use]
    pub fn file_size(&self) -> u64 {
        let limits = [self.max_file_size, self.max_disk];
        let limits = limits.into_iter().filter(|limit| *limit > 0);
        limits.min().unwrap_or(0)
    }
}

/// Network that the code may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Network {
    /// None, where the system can take the network away.
    None,
    /// The network of the host. `pip install` works, and so does any other connection.
    Host,
}

/// Format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// Lines for people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Parses an address to listen on. Many people try a name first.
fn ip_address(word: &str) -> Result<IpAddr, String> {
    word.parse().map_err(|_| {
        "an IP address is needed, such as 127.0.0.1 for this machine only, or 0.0.0.0 for all others too"
            .to_owned()
    })
}

/// Parses a limit with which nothing would work if it were 0. For other options, 0 means that there is no limit.
fn at_least_one<T: FromStr + From<u8> + PartialOrd>(word: &str) -> Result<T, String> {
    let number: Option<T> = word.parse().ok();
    number
        .filter(|number| *number >= T::from(1))
        .ok_or_else(|| "a whole number from 1 on is needed".to_owned())
}

/// The same for a number of bytes.
fn at_least_one_byte(word: &str) -> Result<u64, String> {
    match bytes(word)? {
        0 => Err("with 0 bytes, nothing would run".to_owned()),
        number => Ok(number),
    }
}

/// Parses a number of bytes: digits, then optionally K, M or G for powers of 1024.
fn bytes(word: &str) -> Result<u64, String> {
    let digits = word.trim_end_matches(['K', 'M', 'G', 'k', 'm', 'g']);
    let factor: u64 = match &word[digits.len()..] {
        "" => 1,
        "K" | "k" => 1 << 10,
        "M" | "m" => 1 << 20,
        "G" | "g" => 1 << 30,
        _ => {
            return Err("a number of bytes is digits, optionally followed by K, M or G".to_owned());
        }
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        .ok_or_else(|| "a number of bytes is digits, optionally followed by K, M or G".to_owned())
}

/// The same for memory: with less, Python itself does not start, and its errors do not say why. Measured with Python 3.11: 8M is
/// too little, 16M is enough.
fn bytes_of_memory(word: &str) -> Result<u64, String> {
    match bytes(word)? {
        number if (1..16 << 20).contains(&number) => {
            Err("Python needs at least 16M; 0 stands for no limit".to_owned())
        }
        number => Ok(number),
    }
}

/// The same, but not more than fits into a message to a worker.
fn bytes_of_code(word: &str) -> Result<u64, String> {
    const MOST: u64 = 1 << 30;
    match at_least_one_byte(word)? {
        number if number > MOST => Err("the code of an execution can have at most 1G".to_owned()),
        number => Ok(number),
    }
}

/// The same for a result: there is room for the sentence that stands for a larger one, and the server can hold it.
fn bytes_of_result(word: &str) -> Result<u64, String> {
    match bytes(word)? {
        number if !(4 << 10..=256 << 20).contains(&number) => {
            Err("a result can have at least 4K and at most 256M".to_owned())
        }
        number => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{LogForm, Network, Options, bytes};

    #[test]
    fn defaults_match_the_help() {
        let options = Options::parse_from(["codecell-server"]);
        assert_eq!(options.port, 2280);
        assert!(options.host.is_loopback());
        assert_eq!(options.network, Network::None);
        assert_eq!(options.require_isolation, None);
        assert!(options.allow_origin.is_empty() && options.allow_host.is_empty());
        assert_eq!(options.max_contexts, 64);
        assert_eq!(options.max_queue, 4096);
        assert_eq!(options.max_code, 16 << 20);
        assert_eq!(options.max_memory, 2 << 30);
        assert_eq!(options.max_processes, 256);
        assert_eq!(options.max_open_files, 1024);
        assert_eq!(options.max_file_size, 4 << 30);
        assert_eq!(options.max_disk, 0);
        assert_eq!(options.file_size(), 4 << 30);
        assert_eq!(options.max_output, 0);
        assert_eq!(options.max_result, 16 << 20);
        assert_eq!(options.max_cpu, 0);
        assert_eq!(options.idle_timeout, 3600);
        assert_eq!(options.max_connections, 4096);
        assert_eq!(options.heartbeat, 15);
        assert_eq!(options.reconnect_limit, 60);
        assert_eq!(options.window, 1 << 20);
        assert_eq!(options.keep_limit, 64 << 20);
        assert_eq!(options.max_sessions, 1024);
        assert_eq!(options.max_session_executions, 4096);
        assert_eq!(options.max_waiting_code, 256 << 20);
        assert_eq!(options.max_waiting_output, 256 << 20);
        assert_eq!(options.warm, 2);
        assert_eq!(options.log, LogForm::Text);
    }

    #[test]
    fn more_code_than_the_channel_takes_is_refused() {
        let of_code = |size| Options::try_parse_from(["codecell-server", "--max-code", size]);
        assert!(of_code("1G").is_ok());
        for large in ["1025M", "2G", "8G"] {
            let error = of_code(large).unwrap_err().to_string();
            assert!(error.contains("at most 1G"), "{error}");
        }
    }

    #[test]
    fn results_have_a_size_that_the_server_can_hold() {
        let of_result = |size| Options::try_parse_from(["codecell-server", "--max-result", size]);
        assert!(of_result("4K").is_ok() && of_result("256M").is_ok());
        for wrong in ["0", "4095", "257M", "4G"] {
            let error = of_result(wrong).unwrap_err().to_string();
            assert!(error.contains("at least 4K and at most 256M"), "{error}");
        }
    }

    #[test]
    fn limits_with_which_nothing_would_work_are_refused() {
        for option in [
            "--max-open-files",
            "--max-connections",
            "--max-sessions",
            "--max-session-executions",
        ] {
            for wrong in ["0", "1.5", "many", ""] {
                let error = Options::try_parse_from(["codecell-server", option, wrong]);
                let error = error.expect_err(wrong).to_string();
                assert!(error.contains(option), "{error}");
            }
            assert!(Options::try_parse_from(["codecell-server", option, "1"]).is_ok());
        }
        let of_memory = |size| Options::try_parse_from(["codecell-server", "--max-memory", size]);
        assert!(of_memory("0").is_ok() && of_memory("16M").is_ok());
        for wrong in ["1", "2", "8M"] {
            let error = of_memory(wrong).unwrap_err().to_string();
            assert!(error.contains("at least 16M"), "{error}");
        }
        for option in ["--max-code", "--max-waiting-code"] {
            let error = Options::try_parse_from(["codecell-server", option, "0"]).unwrap_err();
            assert!(error.to_string().contains("nothing would run"), "{error}");
        }
    }

    #[test]
    fn a_name_to_listen_on_is_refused_with_an_example() {
        let error = Options::try_parse_from(["codecell-server", "--host", "localhost"]);
        let error = error.unwrap_err().to_string();
        assert!(error.contains("127.0.0.1"), "{error}");
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(bytes("0"), Ok(0));
        assert_eq!(bytes("16M"), Ok(16 << 20));
        assert_eq!(bytes("2g"), Ok(2 << 30));
        for wrong in ["", "M", "-1", "1MM", "1T", "99999999999G"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
