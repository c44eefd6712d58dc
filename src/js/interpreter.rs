//! `connect` and `CodeInterpreter`: each method clones what it needs before the promise starts.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::contexts;
use super::execute::execute;
use super::options::{ConnectOptions, RunOptions};
use super::run::Run;
use super::session::Session;
use super::stream::{Execution, Stream};
use super::task::{promise, spawn};

/// Runs code in a toolbox.
#[wasm_bindgen(skip_typescript)]
pub struct CodeInterpreter {
    session: Rc<Session>,
}

/// Makes an interpreter. Nothing is sent yet: the first call connects.
#[wasm_bindgen(skip_typescript)]
pub fn connect(options: JsValue) -> Promise {
    promise(async move {
        let session = Session::new(ConnectOptions::read(&options)?);
        let interpreter = JsValue::from(CodeInterpreter {
            session: session.clone(),
        });
        session.stands_for(&interpreter);
        Ok(interpreter)
    })
}

#[wasm_bindgen]
impl CodeInterpreter {
    /// Runs code.
    #[wasm_bindgen(js_name = runCode)]
    pub fn run_code(&self, code: JsValue, options: JsValue) -> Promise {
        let session = self.session.clone();
        let options = RunOptions::read("runCode", &code, &options);
        promise(async move { execute(session, Rc::new(Run::default()), options?, None).await })
    }

    /// Runs code, as an async iterable of what it prints.
    #[wasm_bindgen(js_name = streamCode)]
    pub fn stream_code(&self, code: JsValue, options: JsValue) -> JsValue {
        let session = self.session.clone();
        let options = RunOptions::read("streamCode", &code, &options);
        let (run, stream) = (Rc::new(Run::default()), Rc::new(Stream::default()));
        let (running, feeding) = (run.clone(), stream.clone());
        let result = promise(async move {
            let outcome = match options {
                Ok(options) => execute(session, running, options, Some(feeding.clone())).await,
                Err(refused) => Err(refused),
            };
            feeding.end(outcome.as_ref().map(drop).map_err(Clone::clone));
            outcome
        });
        // Whoever only iterates gets the error there; it is not unhandled because nobody asked for the result.
        let handled = result.clone();
        spawn(async move {
            let _ = wasm_bindgen_futures::JsFuture::from(handled).await;
        });
        Execution::object(run, stream, result)
    }

    /// Creates an isolated context.
    #[wasm_bindgen(js_name = createContext)]
    pub fn create_context(&self, options: JsValue) -> Promise {
        let session = self.session.clone();
        promise(async move {
            let _anchor = session.anchor();
            contexts::create(&session, &options).await
        })
    }

    /// Lists the contexts that were created.
    #[wasm_bindgen(js_name = listContexts)]
    pub fn list_contexts(&self) -> Promise {
        let session = self.session.clone();
        promise(async move {
            let _anchor = session.anchor();
            contexts::list(&session).await
        })
    }

    /// Deletes a context, with whatever runs in it.
    #[wasm_bindgen(js_name = deleteContext)]
    pub fn delete_context(&self, context: JsValue) -> Promise {
        let session = self.session.clone();
        promise(async move {
            let _anchor = session.anchor();
            contexts::delete(&session, &context).await
        })
    }

    /// Ends every running execution and closes every socket. Closing twice is closing once.
    pub fn close(&self) {
        self.session.close();
    }
}

impl Drop for CodeInterpreter {
    /// `free()`, `using`, or garbage: the same as `close()`. A run keeps its interpreter from becoming garbage.
    fn drop(&mut self) {
        self.session.close();
    }
}
