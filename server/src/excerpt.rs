//! How errors quote text of others.

/// The most of a word that is repeated, in bytes: more than anything that the toolbox has given out.
const LONGEST: usize = 200;

/// The word, or the start of a long one: an error may be held until its client has read it.
#[must_use]
pub fn excerpt(word: &str) -> String {
    match word.len() <= LONGEST {
        true => word.to_owned(),
        false => format!("{}…", &word[..word.floor_char_boundary(LONGEST)]),
    }
}

/// The text with its control characters escaped, except line breaks: a terminal acts on some of them.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for char in text.chars() {
        match char.is_control() && char != '\n' {
            true => printable.extend(char.escape_default()),
            false => printable.push(char),
        }
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, excerpt, printable};

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(
            printable("ä\u{1b}]0;x\u{7}\r\n\u{9b}2J"),
            "ä\\u{1b}]0;x\\u{7}\\r\n\\u{9b}2J"
        );
    }

    #[test]
    fn long_words_are_cut_between_characters() {
        assert_eq!(excerpt("5f0c.3"), "5f0c.3");
        let long = "x".to_owned() + &"ä".repeat(LONGEST);
        assert_eq!(excerpt(&long), "x".to_owned() + &"ä".repeat(99) + "…");
    }
}
