//! The command line.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::isolation::{Layer, Level};

/// Environment variable with the token, which no worker gets to see.
pub const TOKEN_VARIABLE: &str = "CODECELL_TOKEN";

/// A local toolbox: runs Python for codecell on this machine.
///
/// It speaks the interpreter protocol of a Daytona sandbox's toolbox, on loopback only, to whoever has the token.
#[derive(Clone, Debug, Parser)]
#[command(name = "codecell-server", version, about)]
pub struct Options {
    /// Port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 2280)]
    pub port: u16,

    /// Address to listen on. Anything but loopback lets other machines run code here.
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub host: IpAddr,

    /// The token that every request has to carry; without it a random one is made.
    #[arg(long, env = TOKEN_VARIABLE, hide_env_values = true)]
    pub token: Option<String>,

    /// Directory that all contexts share; without it a fresh one is made, and removed at the end. It must not contain, or
    /// lie in, Python, this program or the page.
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,

    /// Directory with the built page, to serve at `/`. Links in it are not followed.
    #[arg(long, value_name = "DIR")]
    pub www: Option<PathBuf>,

    /// The Python to run; otherwise that of an active virtual environment, then python3 or python on the PATH. It is
    /// started in the sandbox only, also to find out what it is.
    #[arg(long, value_name = "PROGRAM")]
    pub python: Option<PathBuf>,

    /// A virtual environment in the workspace, to be used with the Python that made it (see --python). Code can change
    /// it, so nothing of it is used outside of the sandbox. One beside the workspace needs no more than to be active.
    #[arg(long, value_name = "DIR", requires = "workspace")]
    pub venv: Option<PathBuf>,

    /// What network the code may use.
    #[arg(long, value_enum, default_value_t = Network::None)]
    pub network: Network,

    /// Refuse to start where the code can't be isolated as well as this: strong, medium or basic.
    #[arg(long, value_name = "LEVEL")]
    pub require_isolation: Option<Level>,

    /// Layers of isolation to leave out, for tests: namespaces, landlock, seccomp.
    #[arg(long, value_name = "LAYER", hide = true)]
    pub without_layer: Vec<Layer>,

    /// Origin of a page that may use this toolbox, besides the page it serves; may be repeated. The port may be `*`.
    #[arg(long, value_name = "ORIGIN")]
    pub allow_origin: Vec<String>,

    /// Name by which this toolbox may be addressed, besides localhost and its address; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub allow_host: Vec<String>,

    /// Contexts at once, besides the default one.
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub max_contexts: usize,

    /// Executions that may wait in one context.
    #[arg(long, value_name = "N", default_value_t = 128)]
    pub max_queue: usize,

    /// Bytes of code in one execution; 1G at most.
    #[arg(long, value_name = "BYTES", default_value = "16M", value_parser = bytes_of_code)]
    pub max_code: u64,

    /// Bytes of private memory of one process; where the server can make control groups, also of all that a context makes the
    /// machine keep in memory. The start-up line says which; 0: no limit.
    #[arg(long, value_name = "BYTES", default_value = "2G", value_parser = bytes)]
    pub max_memory: u64,

    /// Processes and threads of one context, where the system can count them a context; 0: no limit.
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub max_processes: u64,

    /// Open files of one process.
    #[arg(long, value_name = "N", default_value_t = 1024)]
    pub max_open_files: u64,

    /// Bytes a file may grow to; 0: no limit.
    #[arg(long, value_name = "BYTES", default_value = "4G", value_parser = bytes)]
    pub max_file_size: u64,

    /// Bytes of output of one execution; 0: no limit.
    #[arg(long, value_name = "BYTES", default_value = "0", value_parser = bytes)]
    pub max_output: u64,

    /// Seconds of processor time one process may take; 0: no limit.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub max_cpu: u64,

    /// Seconds after which a context that nobody uses ends; 0: never.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    pub idle_timeout: u64,

    /// Connections at once.
    #[arg(long, value_name = "N", default_value_t = 4096)]
    pub max_connections: usize,

    /// Python processes that are started ahead.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub warm: usize,

    /// Form of the log on stderr. RUST_LOG chooses what is logged.
    #[arg(long, value_enum, default_value_t = LogForm::Text)]
    pub log: LogForm,
}

/// What network the code may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Network {
    /// None, where the system can take it away.
    None,
    /// The host's: `pip install` works, and so does everything else.
    Host,
}

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// A number of bytes: digits, and K, M or G for powers of 1024.
fn bytes(word: &str) -> Result<u64, String> {
    let digits = word.trim_end_matches(['K', 'M', 'G', 'k', 'm', 'g']);
    let factor: u64 = match &word[digits.len()..] {
        "" => 1,
        "K" | "k" => 1 << 10,
        "M" | "m" => 1 << 20,
        "G" | "g" => 1 << 30,
        _ => return Err("a number of bytes is digits, and one of K, M, G".to_owned()),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        .ok_or_else(|| "a number of bytes is digits, and one of K, M, G".to_owned())
}

/// The same, as long as a message with so much code fits the lengths of the channel to a worker.
fn bytes_of_code(word: &str) -> Result<u64, String> {
    const MOST: u64 = 1 << 30;
    match bytes(word)? {
        number if number > MOST => Err("an execution takes at most 1G of code".to_owned()),
        number => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{LogForm, Network, Options, bytes};

    #[test]
    fn what_holds_without_a_word() {
        let options = Options::parse_from(["codecell-server"]);
        assert_eq!(options.port, 2280);
        assert!(options.host.is_loopback());
        assert_eq!(options.network, Network::None);
        assert_eq!(options.require_isolation, None);
        assert!(options.allow_origin.is_empty() && options.allow_host.is_empty());
        assert_eq!(options.max_contexts, 64);
        assert_eq!(options.max_queue, 128);
        assert_eq!(options.max_code, 16 << 20);
        assert_eq!(options.max_memory, 2 << 30);
        assert_eq!(options.max_processes, 256);
        assert_eq!(options.max_open_files, 1024);
        assert_eq!(options.max_file_size, 4 << 30);
        assert_eq!(options.max_output, 0);
        assert_eq!(options.max_cpu, 0);
        assert_eq!(options.idle_timeout, 3600);
        assert_eq!(options.max_connections, 4096);
        assert_eq!(options.warm, 2);
        assert_eq!(options.log, LogForm::Text);
    }

    #[test]
    fn more_code_than_the_channel_takes_is_refused() {
        let of_code = |size| Options::try_parse_from(["codecell-server", "--max-code", size]);
        assert!(of_code("1G").is_ok());
        for large in ["1025M", "2G", "8G"] {
            let error = of_code(large).unwrap_err().to_string();
            assert!(error.contains("at most 1G of code"), "{error}");
        }
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
