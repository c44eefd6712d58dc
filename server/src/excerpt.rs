//! What an error repeats of a client's words.

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

#[cfg(test)]
mod tests {
    use super::{LONGEST, excerpt};

    #[test]
    fn long_words_are_cut_between_characters() {
        assert_eq!(excerpt("5f0c.3"), "5f0c.3");
        let long = "x".to_owned() + &"ä".repeat(LONGEST);
        assert_eq!(excerpt(&long), "x".to_owned() + &"ä".repeat(99) + "…");
    }
}
