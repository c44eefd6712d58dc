//! What this toolbox supports beyond version 0 of the protocol.

use codecell::protocol::{FILES_FEATURE, LINK_FEATURE, RESULTS_FEATURE};

/// Told in `/health`, in the list of contexts, and on links.
pub const FEATURES: [&str; 7] = [
    "interrupt",
    "stdin",
    "ending",
    "fractional-timeout",
    LINK_FEATURE,
    RESULTS_FEATURE,
    FILES_FEATURE,
];
