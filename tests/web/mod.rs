//! What the tests in browsers share. The tests themselves are JavaScript, as their users' code is: one file beside
//! this one for each of `tests/web_*.rs`.
//!
//! `wasm-pack test --headless --chrome` runs them by itself: most talk to a scripted toolbox inside the page
//! (`helpers.js`). Those that need a real toolbox are ignored there. `cargo xtask test web` starts the servers, names them
//! when it compiles the tests, and runs all of them, the scripted ones over a real connection.
//!
//! A browser loads all files that the bindings import at once, each over a connection of its own, and the runner's server may leave
//! the fifth waiting without end. So the bindings import the client's four files only; each test imports its own file.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;

/// Where the servers are: the name that a test knows it by, and what it was when this was compiled.
const SERVERS: [(&str, Option<&str>); 3] = [
    ("toolboxUrl", option_env!("CODECELL_TEST_TOOLBOX")),
    ("token", option_env!("CODECELL_TEST_TOKEN")),
    ("peerUrl", option_env!("CODECELL_TEST_PEER")),
];

/// Calls a function of a file, which is loaded now. The runner serves it below a path that only the bindings know.
pub fn call(file: &str, name: &str) -> Promise {
    let body = "return (async () => {
        const bindings = await (await fetch('/wasm-bindgen-test')).text();
        const [folder] = /snippets\\/codecell-\\w+/.exec(bindings);
        const module = await import(`/${folder}${file}`);
        return module[name](given);
    })()";
    let call = Function::new_with_args("file, name, given", body);
    call.call3(&JsValue::NULL, &file.into(), &name.into(), &surroundings())
        .expect("a promise")
        .unchecked_into()
}

/// What a test gets: `connect`, and where the servers are, if there are any.
fn surroundings() -> JsValue {
    let connect = Closure::<dyn Fn(JsValue) -> Promise>::new(codecell::js::connect);
    let given = Object::<JsValue>::new();
    let set = |name: &str, value: JsValue| {
        Reflect::set(&given, &name.into(), &value).expect("a plain object");
    };
    set("connect", connect.into_js_value());
    for (name, value) in SERVERS {
        set(name, value.map_or(JsValue::UNDEFINED, JsValue::from));
    }
    given.into()
}

// The bindings carry along only files that Rust names.
#[wasm_bindgen(module = "/tests/web/helpers.js")]
extern "C" {
    #[allow(dead_code)]
    fn holds(value: &JsValue, what: &str);
}

#[wasm_bindgen(module = "/tests/web/link_toolbox.js")]
extern "C" {
    #[allow(dead_code)]
    fn linked(given: &JsValue);
}

#[wasm_bindgen(module = "/src/js/files/index.js")]
extern "C" {
    #[allow(dead_code)]
    #[wasm_bindgen(js_name = unused)]
    fn unused_index();
}

#[wasm_bindgen(module = "/src/js/files/arguments.js")]
extern "C" {
    #[allow(dead_code)]
    #[wasm_bindgen(js_name = unused)]
    fn unused_arguments();
}

#[wasm_bindgen(module = "/src/js/files/download.js")]
extern "C" {
    #[allow(dead_code)]
    #[wasm_bindgen(js_name = unused)]
    fn unused_download();
}

#[wasm_bindgen(module = "/src/js/files/upload.js")]
extern "C" {
    #[allow(dead_code)]
    #[wasm_bindgen(js_name = unused)]
    fn unused_upload();
}

/// A test for each of these functions of a file. Those that need a toolbox are ignored, unless the runner is told to
/// include what is ignored.
macro_rules! tests {
    (needs a toolbox, $file:literal: $($name:ident),+ $(,)?) => {
        crate::web::tests! { #[ignore = "needs a toolbox: run `cargo xtask test web`"] $file: $($name),+ }
    };
    ($(#[$($attribute:tt)*])* $file:literal: $($name:ident),+ $(,)?) => {
        #[wasm_bindgen::prelude::wasm_bindgen(module = $file)]
        extern "C" {
            /// Named here because the bindings carry along only files that Rust names.
            #[allow(dead_code)]
            fn unused();
        }

        const FILE: &str = $file;

        mod run {
            wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
            crate::web::tests! { @each [$(#[$($attribute)*])*] $($name)+ }
        }
    };
    (@each $attributes:tt $($name:ident)+) => {
        $( crate::web::tests! { @one $attributes $name } )+
    };
    (@one [$(#[$($attribute:tt)*])*] $name:ident) => {
        #[wasm_bindgen_test::wasm_bindgen_test]
        $(#[$($attribute)*])*
        async fn $name() {
            let running = super::web::call(super::FILE, stringify!($name));
            if let Err(error) = wasm_bindgen_futures::JsFuture::from(running).await {
                wasm_bindgen::throw_val(error);
            }
        }
    };
}
pub(crate) use tests;
