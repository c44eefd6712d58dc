//! `interpreter.request` and `codecell/files` in a browser, against a `fetch` of the test's own.

#![cfg(target_arch = "wasm32")]

mod web;

web::tests! { "/tests/web/files_scripted.js":
    a_download_is_read_with_and_without_lengths,
    a_cut_download_is_no_short_file,
    a_stream_fails_where_its_download_is_cut,
    refusals_of_other_toolboxes_are_understood,
    an_upload_is_a_form_with_each_path_before_its_file,
    a_partial_failure_names_each_file,
    a_refused_token_is_asked_for_again,
    a_toolbox_url_with_a_query_keeps_it,
    wrong_arguments_of_files_and_requests_send_nothing,
}
