//! One rule of a filter.

use std::io;

use seccompiler::SeccompCmpArgLen::Dword;
use seccompiler::{SeccompCmpOp, SeccompCondition, SeccompRule};

use crate::isolation::steps::step;

/// A rule that matches when all of its conditions hold: argument, comparison, value (32 bits).
pub(super) fn rule(conditions: &[(u8, SeccompCmpOp, u64)]) -> io::Result<SeccompRule> {
    let conditions = (conditions.iter())
        .map(|(argument, compare, value)| {
            SeccompCondition::new(*argument, Dword, compare.clone(), *value)
        })
        .collect::<Result<Vec<_>, _>>();
    step("seccomp (rule)", conditions.and_then(SeccompRule::new))
}
