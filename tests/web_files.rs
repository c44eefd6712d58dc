//! `interpreter.request` and `codecell/files` in a browser, against a real toolbox.

#![cfg(target_arch = "wasm32")]

mod web;

web::tests! { needs a toolbox, "/tests/web/files.js":
    every_kind_of_data_comes_back_as_it_was,
    names_stay_as_they_are,
    code_and_page_see_the_same_files,
    folders_are_made_listed_moved_and_removed,
    what_can_not_be_read_or_written_says_why,
    an_upload_tells_how_far_it_is,
    a_signal_ends_an_upload_and_a_download,
    a_request_of_ones_own_reaches_the_toolbox,
    files_that_the_code_writes_are_in_the_result,
}
