//! The local toolbox's binary: `codecell-server`, and `codecell-server launch` for each worker.

use std::process::ExitCode;

fn main() -> ExitCode {
    codecell_server::main()
}
