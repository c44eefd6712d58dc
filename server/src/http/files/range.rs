//! The `Range` of a request (RFC 9110, section 14): one range of bytes.

/// The bytes that are wanted of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of them.
    All,
    /// From the first to the last, which is wanted as well.
    Part {
        /// The first.
        first: u64,
        /// The last.
        last: u64,
    },
    /// None of those that are there.
    Nothing,
}

/// What a `Range` header wants of a file of `size` bytes. One that can't be read, or that names several ranges, counts as none.
pub(super) fn wanted(header: Option<&str>, size: u64) -> Wanted {
    let range = header
        .and_then(|text| text.trim().strip_prefix("bytes="))
        .and_then(|range| range.trim().split_once('-'));
    let Some((first, last)) = range else {
        return Wanted::All;
    };
    match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first > last => Wanted::All,
        (Ok(first), Ok(_)) if first >= size => Wanted::Nothing,
        (Ok(first), Ok(last)) => Wanted::Part {
            first,
            last: last.min(size - 1),
        },
        (Ok(first), Err(_)) if last.trim().is_empty() => match first < size {
            true => Wanted::Part {
                first,
                last: size - 1,
            },
            false => Wanted::Nothing,
        },
        // The last bytes.
        (Err(_), Ok(length)) if first.trim().is_empty() => match (length, size) {
            (0, _) | (_, 0) => Wanted::Nothing,
            _ => Wanted::Part {
                first: size.saturating_sub(length),
                last: size - 1,
            },
        },
        _ => Wanted::All,
    }
}

#[cfg(test)]
mod tests {
    use super::{Wanted, wanted};

    #[test]
    fn ranges_are_read_as_the_rfc_says() {
        let part = |first, last| Wanted::Part { first, last };
        for (header, size, expected) in [
            (None, 10, Wanted::All),
            (Some("bytes=0-0"), 10, part(0, 0)),
            (Some("bytes=2-4"), 10, part(2, 4)),
            (Some("bytes=2-"), 10, part(2, 9)),
            (Some("bytes=-3"), 10, part(7, 9)),
            (Some("bytes=-30"), 10, part(0, 9)),
            (Some("bytes=5-100"), 10, part(5, 9)),
            (Some("bytes=10-"), 10, Wanted::Nothing),
            (Some("bytes=10-20"), 10, Wanted::Nothing),
            (Some("bytes=-0"), 10, Wanted::Nothing),
            (Some("bytes=0-"), 0, Wanted::Nothing),
            (Some("bytes=4-2"), 10, Wanted::All),
            (Some("bytes=1-2,4-5"), 10, Wanted::All),
            (Some("lines=1-2"), 10, Wanted::All),
            (Some("bytes=a-b"), 10, Wanted::All),
            (Some("bytes=-"), 10, Wanted::All),
            (Some("bytes=1-x"), 10, Wanted::All),
            (Some("bytes=99999999999999999999-"), 10, Wanted::All),
        ] {
            assert_eq!(wanted(header, size), expected, "{header:?} of {size}");
        }
    }
}
