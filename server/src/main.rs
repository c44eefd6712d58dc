//! The local toolbox.
fn main() {}
