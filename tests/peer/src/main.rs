//! A scripted toolbox for tests.
fn main() {}
