//! What there is to say about a file, in the words of Daytona's toolbox.

use std::time::{Duration, SystemTime};

use codecell::protocol::FileInfo;
use nix::sys::stat::{FileStat, SFlag};

use super::kind_of;

/// Describes a file.
#[must_use]
pub fn describe(name: String, path: String, data: &FileStat) -> FileInfo {
    let changed = humantime::format_rfc3339_nanos(changed_at(data)).to_string();
    FileInfo {
        name,
        path,
        size: u64::try_from(data.st_size).unwrap_or_default(),
        mode: mode_text(data),
        mod_time: go_time(&changed),
        modified_at: changed,
        is_dir: kind_of(data) == SFlag::S_IFDIR,
        owner: data.st_uid.to_string(),
        group: data.st_gid.to_string(),
        permissions: format!("{:04o}", data.st_mode & 0o777),
    }
}

/// When its content was changed.
fn changed_at(data: &FileStat) -> SystemTime {
    time(data.st_mtime, data.st_mtime_nsec)
}

/// A time of a file; those before 1970, which code can set, count as 1970.
pub(super) fn time(seconds: i64, nanoseconds: i64) -> SystemTime {
    let seconds = u64::try_from(seconds).unwrap_or_default();
    let nanoseconds = u32::try_from(nanoseconds).unwrap_or_default();
    let since = Duration::new(seconds.min(LATEST), nanoseconds.min(999_999_999));
    SystemTime::UNIX_EPOCH + since
}

/// The last second of the year 9999: RFC 3339 has four digits.
const LATEST: u64 = 253_402_300_799;

/// `2026-01-31T08:30:00.500000000Z` as Go's `Time.String` has it.
fn go_time(rfc3339: &str) -> String {
    let plain = rfc3339.trim_end_matches('Z').replacen('T', " ", 1);
    let short = match plain.contains('.') {
        true => plain.trim_end_matches('0').trim_end_matches('.'),
        false => &plain,
    };
    format!("{short} +0000 UTC")
}

/// Kind and rights as Go's `FileMode.String` has them.
#[allow(
    clippy::unnecessary_cast,
    reason = "the type of a mode differs between systems"
)]
fn mode_text(data: &FileStat) -> String {
    let mode = data.st_mode as u32;
    let mut text = match kind_of(data) {
        SFlag::S_IFDIR => "d",
        SFlag::S_IFLNK => "L",
        SFlag::S_IFBLK => "D",
        SFlag::S_IFCHR => "Dc",
        SFlag::S_IFIFO => "p",
        SFlag::S_IFSOCK => "S",
        _ => "",
    }
    .to_owned();
    for (bit, letter) in [(0o4000, 'u'), (0o2000, 'g'), (0o1000, 't')] {
        if mode & bit != 0 {
            text.push(letter);
        }
    }
    if text.is_empty() {
        text.push('-');
    }
    for (place, letter) in "rwxrwxrwx".chars().enumerate() {
        let has = mode & (0o400 >> place) != 0;
        text.push(if has { letter } else { '-' });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{describe, go_time};

    #[allow(
        clippy::useless_conversion,
        reason = "the type of a mode differs between systems"
    )]
    fn with_mode(mode: u16) -> String {
        // SAFETY: zeros are a value of this plain structure.
        let mut data: nix::sys::stat::FileStat = unsafe { std::mem::zeroed() };
        data.st_mode = mode.into();
        describe(String::new(), String::new(), &data).mode
    }

    #[test]
    fn modes_read_as_in_go() {
        for (mode, text) in [
            (0o100_644, "-rw-r--r--"),
            (0o040_755, "drwxr-xr-x"),
            (0o041_777, "dtrwxrwxrwx"),
            (0o120_777, "Lrwxrwxrwx"),
            (0o104_755, "urwxr-xr-x"),
            (0o020_620, "Dcrw--w----"),
            (0o010_600, "prw-------"),
            (0o100_000, "----------"),
        ] {
            assert_eq!(with_mode(mode), text, "{mode:o}");
        }
    }

    #[test]
    fn times_read_as_in_go() {
        for (rfc3339, go) in [
            (
                "2026-01-31T08:30:00.500000000Z",
                "2026-01-31 08:30:00.5 +0000 UTC",
            ),
            (
                "2026-01-31T08:30:00.000000000Z",
                "2026-01-31 08:30:00 +0000 UTC",
            ),
            (
                "2026-01-31T08:30:10.123456789Z",
                "2026-01-31 08:30:10.123456789 +0000 UTC",
            ),
        ] {
            assert_eq!(go_time(rfc3339), go);
        }
    }
}
