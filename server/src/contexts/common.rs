//! What all contexts have in common.

use std::sync::Arc;

use super::pool::Pool;
use crate::executions::active::Space;
use crate::limits::ToolboxLimits;

/// What all contexts have in common.
#[derive(Clone, Debug)]
pub struct Common {
    /// Where their workers come from.
    pub pool: Arc<Pool>,
    /// The limits of each.
    pub limits: ToolboxLimits,
    /// Where their runs write files.
    pub space: Space,
}
