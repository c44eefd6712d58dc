//! What `input()` or `getpass()` asks the client.

use std::collections::VecDeque;

use codecell::protocol::Frame;

/// The longest prompt. What comes before its last bytes is shown as output.
const LARGEST_PROMPT: usize = 64 << 10;

/// One question.
struct Prompt {
    text: String,
    is_password: bool,
}

impl Prompt {
    /// Bytes that it takes while it waits.
    fn size(&self) -> usize {
        self.text.len() + size_of::<Self>()
    }
}

/// Questions that have not been sent yet.
#[derive(Default)]
pub(super) struct Prompts {
    waiting: VecDeque<Prompt>,
    bytes: usize,
}

impl Prompts {
    /// Takes the payload of an input frame; returns the start of a long prompt, to be shown as output.
    pub(super) fn push<'a>(&mut self, payload: &'a [u8]) -> &'a [u8] {
        let (flag, text) = payload.split_first().unwrap_or((&0, &[]));
        let mut at = text.len().saturating_sub(LARGEST_PROMPT);
        // Cut between two characters: in UTF-8 the bytes 10xxxxxx continue one.
        while text.get(at).is_some_and(|byte| byte & 0xC0 == 0x80) {
            at += 1;
        }
        let (shown, text) = text.split_at(at);
        let prompt = Prompt {
            text: String::from_utf8_lossy(text).into_owned(),
            is_password: *flag == 1,
        };
        self.bytes += prompt.size();
        self.waiting.push_back(prompt);
        shown
    }

    /// The next question as a frame.
    pub(super) fn pop(&mut self) -> Option<Frame> {
        let prompt = self.waiting.pop_front()?;
        self.bytes -= prompt.size();
        Some(Frame::input(prompt.text, prompt.is_password))
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Bytes that the waiting questions take.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }
}
