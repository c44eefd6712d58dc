//! What a Python is given: a question about itself, and the worker's program.

use crate::isolation::Plan;
use crate::worker::launcher::{
    ACKNOWLEDGEMENTS_FD, ANSWERS_FD, CHANNEL_FD, COMMANDS_FD, QUESTIONS_FD, STACK_FD,
};

/// A module of the worker's program: its path below `python/`, and its source.
macro_rules! module {
    ($path:literal) => {
        ($path, include_str!(concat!("../../../python/", $path)))
    };
}

/// The worker's program: the package `python/codecell`.
pub(super) const MODULES: &[(&str, &str)] = &[
    module!("codecell/__init__.py"),
    module!("codecell/adapters.py"),
    module!("codecell/after_import.py"),
    module!("codecell/attribution.py"),
    module!("codecell/cell.py"),
    module!("codecell/cells.py"),
    module!("codecell/exception_table.py"),
    module!("codecell/failures.py"),
    module!("codecell/flags.py"),
    module!("codecell/frames.py"),
    module!("codecell/governor.py"),
    module!("codecell/hiding.py"),
    module!("codecell/hints.py"),
    module!("codecell/importer.py"),
    module!("codecell/insight/__init__.py"),
    module!("codecell/insight/complete.py"),
    module!("codecell/insight/describe.py"),
    module!("codecell/insight/modules.py"),
    module!("codecell/insight/questions.py"),
    module!("codecell/insight/resolve.py"),
    module!("codecell/insight/signatures.py"),
    module!("codecell/insight/text.py"),
    module!("codecell/insight/values.py"),
    module!("codecell/insight/variables.py"),
    module!("codecell/interrupts.py"),
    module!("codecell/library.py"),
    module!("codecell/loop.py"),
    module!("codecell/pipes.py"),
    module!("codecell/plain_colors.py"),
    module!("codecell/printing.py"),
    module!("codecell/processes.py"),
    module!("codecell/public.py"),
    module!("codecell/results/__init__.py"),
    module!("codecell/results/encoding.py"),
    module!("codecell/results/formatting.py"),
    module!("codecell/results/functions.py"),
    module!("codecell/results/hooks.py"),
    module!("codecell/results/libraries/__init__.py"),
    module!("codecell/results/libraries/bokeh.py"),
    module!("codecell/results/libraries/charts.py"),
    module!("codecell/results/libraries/fonts.py"),
    module!("codecell/results/libraries/images.py"),
    module!("codecell/results/libraries/ipython.py"),
    module!("codecell/results/libraries/ipython_objects.py"),
    module!("codecell/results/libraries/matplotlib.py"),
    module!("codecell/results/libraries/matplotlib_png.py"),
    module!("codecell/results/libraries/turtle.py"),
    module!("codecell/results/libraries/turtle_pen.py"),
    module!("codecell/results/libraries/turtle_screen.py"),
    module!("codecell/results/libraries/turtle_state.py"),
    module!("codecell/results/notebook.py"),
    module!("codecell/results/pretty.py"),
    module!("codecell/results/service.py"),
    module!("codecell/results/standins.py"),
    module!("codecell/runs.py"),
    module!("codecell/sources.py"),
    module!("codecell/stdin.py"),
    module!("codecell/streams.py"),
    module!("codecell/tracebacks.py"),
    module!("codecell/tracing.py"),
    module!("codecell/trampoline.py"),
    module!("codecell/local/__init__.py"),
    module!("codecell/local/channel.py"),
    module!("codecell/local/commands.py"),
    module!("codecell/local/ending.py"),
    module!("codecell/local/environment.py"),
    module!("codecell/local/main.py"),
    module!("codecell/local/questions.py"),
    module!("codecell/local/tasks.py"),
    module!("codecell/local/worker.py"),
];

/// Reads `[[path, source]…]`; writes a line of JSON about itself, then the compiled modules by name.
pub(super) const PROBE: &str = include_str!("../../../python/start/probe.py");

/// What a worker's Python gets on its command line, with numbers for the names of descriptors: takes the compiled modules from
/// the commands. The error at its end has the interpreter call what `main` has put in place, when no frame of this program is left.
const BOOTSTRAP: &str = include_str!("../../../python/start/bootstrap.py");

/// The command of a worker.
pub(super) fn command(plan: &Plan) -> Vec<String> {
    let bootstrap = BOOTSTRAP
        .replace("COMMANDS", &COMMANDS_FD.to_string())
        .replace("CHANNEL", &CHANNEL_FD.to_string())
        .replace("ACKNOWLEDGEMENTS", &ACKNOWLEDGEMENTS_FD.to_string())
        .replace("STACK", &STACK_FD.to_string())
        .replace("QUESTIONS", &QUESTIONS_FD.to_string())
        .replace("ANSWERS", &ANSWERS_FD.to_string());
    let python = plan.command.first().cloned().unwrap_or_default();
    // C's own streams are unbuffered by -u: what C code prints is in its run's output.
    [&*python, "-I", "-S", "-u", "-c", &bootstrap]
        .map(str::to_owned)
        .into()
}
