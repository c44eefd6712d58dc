//! Version numbers in what programs say of themselves.

use std::fmt;

/// A version's three numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Version(pub u32, pub u32, pub u32);

impl Version {
    /// The first version in `text`: `Python 3.11.7`, `v20.19.2`, `wasm-pack 0.15.1`, `3.13.0rc1`.
    pub fn find(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(Self::parse)
    }

    fn parse(word: &str) -> Option<Self> {
        let word = word.strip_prefix('v').unwrap_or(word);
        let mut numbers = word.split('.').map(|part| {
            let digits = part
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(part.len());
            part[..digits].parse().ok()
        });
        let major = numbers.next()??;
        let minor = numbers.next()??;
        Some(Self(major, minor, numbers.next().flatten().unwrap_or(0)))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        assert_eq!(Version::find("Python 3.11.7\n"), Some(Version(3, 11, 7)));
        assert_eq!(Version::find("v20.19.2"), Some(Version(20, 19, 2)));
        assert_eq!(
            Version::find("geckodriver 0.36.0 (a3d508507022 2025-02-24)"),
            Some(Version(0, 36, 0))
        );
        assert_eq!(Version::find("Python 3.15.0rc1"), Some(Version(3, 15, 0)));
        assert_eq!(Version::find("11.3"), Some(Version(11, 3, 0)));
        assert_eq!(Version::find("no version here"), None);
    }

    #[test]
    fn versions_compare_by_number_not_by_letter() {
        assert!(Version(3, 9, 0) < Version(3, 10, 0));
        assert!(Version(20, 0, 0) <= Version(20, 0, 0));
    }
}
