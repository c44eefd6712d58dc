//! Which sockets code can make: those that programs need.

use std::io;

use seccompiler::{SeccompCmpOp, SeccompRule};

use super::rule::rule;
use crate::isolation::{Layer, Plan};

/// Families of sockets that programs need. Not vsock, which no namespace holds, nor the kernel's own.
const FAMILIES: [i32; 4] = [
    libc::AF_UNIX,
    libc::AF_INET,
    libc::AF_INET6,
    libc::AF_NETLINK,
];

/// The internet protocols that programs need. For a rarer one, the kernel would load a module on request.
const PROTOCOLS: [i32; 6] = [
    0,
    libc::IPPROTO_TCP,
    libc::IPPROTO_UDP,
    libc::IPPROTO_ICMP,
    libc::IPPROTO_ICMPV6,
    libc::IPPROTO_MPTCP,
];

/// The rules of `socket`: each matches sockets that are refused.
pub(super) fn others(plan: &Plan) -> io::Result<Vec<SeccompRule>> {
    let mut rules = other_protocols()?;
    rules.push(other_families(plan)?);
    Ok(rules)
}

/// Matches sockets of allowed families with protocols that no program needs. Of netlink, only the machine's addresses and routes are
/// allowed: code has no need to see its connections, devices or firewall.
fn other_protocols() -> io::Result<Vec<SeccompRule>> {
    let number = |number: i32| u64::from(number.cast_unsigned());
    let all_but = |family: i32, protocols: &[i32]| {
        let mut conditions = vec![(0, SeccompCmpOp::Eq, number(family))];
        let others = protocols.iter();
        conditions.extend(others.map(|protocol| (2, SeccompCmpOp::Ne, number(*protocol))));
        rule(&conditions)
    };
    Ok(vec![
        all_but(libc::AF_INET, &PROTOCOLS)?,
        all_but(libc::AF_INET6, &PROTOCOLS)?,
        all_but(libc::AF_NETLINK, &[libc::NETLINK_ROUTE])?,
    ])
}

/// Matches a socket of none of the families that are allowed. Where the network can't be taken away
/// by a namespace, sockets to it can't be made at all.
fn other_families(plan: &Plan) -> io::Result<SeccompRule> {
    let no_network = !plan.network && !plan.has(Layer::Namespaces);
    let allowed = if no_network {
        &FAMILIES[..1]
    } else {
        &FAMILIES[..]
    };
    let conditions: Vec<_> = (allowed.iter())
        .map(|family| (0, SeccompCmpOp::Ne, u64::from(family.cast_unsigned())))
        .collect();
    rule(&conditions)
}
