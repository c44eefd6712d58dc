//! `pip install` into the workspace.
