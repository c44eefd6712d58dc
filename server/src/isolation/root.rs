//! Whether a root server can become the unprivileged user that code runs as: not every root may.
#![allow(
    clippy::disallowed_methods,
    reason = "/proc is the kernel's: code has no way to change it"
)]

use super::User;

/// What a change of user takes, by number.
#[cfg(target_os = "linux")]
const NEEDED: [(u32, &str); 3] = [(0, "CAP_CHOWN"), (6, "CAP_SETGID"), (7, "CAP_SETUID")];

/// Checks it, before anything is tried that would fail in worse words.
///
/// # Errors
///
/// In words: what is missing, and what to do.
pub fn can_become(user: Option<User>) -> Result<(), String> {
    let Some(user) = user else { return Ok(()) };
    missing(user).map_or(Ok(()), |missing| {
        Err(format!(
            "codecell-server runs as root, code never does, and this root can't become user {}: {missing}. Start it as an \
             ordinary user instead (in a container: docker run --user 1000).",
            user.uid
        ))
    })
}

#[cfg(target_os = "linux")]
fn missing(user: User) -> Option<String> {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/self/{name}"));
    let status = read("status").ok()?;
    let effective = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))?;
    let effective = u64::from_str_radix(effective.trim(), 16).ok()?;
    let lacking: Vec<&str> = (NEEDED.iter())
        .filter(|(number, _)| effective >> number & 1 == 0)
        .map(|(_, name)| *name)
        .collect();
    if !lacking.is_empty() {
        return Some(format!("it lacks {}", lacking.join(", ")));
    }
    let maps = |file: &str, id: u32| read(file).map_or(true, |map| is_mapped(&map, id));
    if !maps("uid_map", user.uid) || !maps("gid_map", user.gid) {
        return Some("its user namespace has no other user".to_owned());
    }
    let denied = read("setgroups").is_ok_and(|word| word.trim() == "deny");
    denied.then(|| "its user namespace denies setgroups".to_owned())
}

#[cfg(not(target_os = "linux"))]
fn missing(_user: User) -> Option<String> {
    None
}

/// Whether a map of ids has this one: each line is the first id inside, the first outside, and how many.
#[cfg(target_os = "linux")]
fn is_mapped(map: &str, id: u32) -> bool {
    map.lines().any(|line| {
        let mut numbers = line.split_whitespace().map(str::parse::<u32>);
        let (first, _, count) = (numbers.next(), numbers.next(), numbers.next());
        matches!((first, count), (Some(Ok(first)), Some(Ok(count))) if id >= first && id - first < count)
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::is_mapped;

    #[test]
    fn maps_of_ids_are_read() {
        assert!(is_mapped("         0          0 4294967295\n", 65534));
        assert!(!is_mapped("         0       1000          1\n", 65534));
        assert!(is_mapped("0 1000 1\n1 100000 65536\n", 65534));
        assert!(!is_mapped("", 0));
    }
}
