//! `connect` and `CodeInterpreter`: each method clones what it needs, and notes who calls it, before the promise starts.

use std::rc::Rc;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;

use super::error::CallSite;
use super::execute::execute;
use super::options::{ConnectOptions, RunOptions};
use super::questions::{self, Question};
use super::run::RunControl;
use super::session::Session;
use super::stream::{Execution, Stream};
use super::task::located;
use crate::web::{promise, settled, spawn};

/// Runs code in a toolbox.
#[wasm_bindgen(skip_typescript)]
pub struct CodeInterpreter {
    session: Rc<Session>,
}

/// Makes an interpreter. Nothing is sent yet: the first call connects.
#[wasm_bindgen(skip_typescript)]
pub fn connect(options: JsValue) -> Promise {
    promise(async move {
        let session = Session::new(ConnectOptions::read(&options)?)?;
        let interpreter = JsValue::from(CodeInterpreter {
            session: session.clone(),
        });
        session.set_js_object(&interpreter);
        bind_methods(&interpreter)?;
        Ok(interpreter)
    })
}

/// The methods that work without their object too: `const { runCode } = interpreter`.
const METHODS: [&str; 9] = [
    "runCode",
    "streamCode",
    "attach",
    "executions",
    "createContext",
    "listContexts",
    "deleteContext",
    "request",
    "close",
];

fn bind_methods(interpreter: &JsValue) -> Result<(), JsValue> {
    for name in METHODS {
        let method: Function = Reflect::get(interpreter, &name.into())?.dyn_into()?;
        Reflect::set(interpreter, &name.into(), &method.bind0(interpreter))?;
    }
    Ok(())
}

impl CodeInterpreter {
    fn ask(&self, question: Question) -> Promise {
        located(questions::ask(self.session.clone(), question))
    }

    fn stream(&self, options: Result<RunOptions, JsValue>) -> JsValue {
        let session = self.session.clone();
        let (run, stream) = (Rc::new(RunControl::new()), Rc::new(Stream::default()));
        let (running, feeding) = (run.clone(), stream.clone());
        let site = CallSite::new();
        let result = promise(async move {
            let outcome = match options {
                Ok(options) => execute(session, running, options, Some(feeding.clone())).await,
                Err(refused) => Err(refused),
            };
            let outcome = outcome.map_err(|error| site.locate(error));
            feeding.end(outcome.as_ref().map(drop).map_err(Clone::clone));
            outcome
        });
        // Whoever only iterates gets the error there; it is not unhandled because nobody asked for the result.
        let handled = result.clone();
        spawn(async move {
            let _ = settled(handled).await;
        });
        Execution::object(run, stream, result)
    }
}

#[wasm_bindgen]
impl CodeInterpreter {
    /// Runs code.
    #[wasm_bindgen(js_name = runCode)]
    pub fn run_code(&self, code: JsValue, options: JsValue) -> Promise {
        let session = self.session.clone();
        let options = RunOptions::read("runCode", &code, &options);
        let run = Rc::new(RunControl::new());
        located(async move { execute(session, run, options?, None).await })
    }

    /// Runs code, as an async iterable of what it prints.
    #[wasm_bindgen(js_name = streamCode)]
    pub fn stream_code(&self, code: JsValue, options: JsValue) -> JsValue {
        self.stream(RunOptions::read("streamCode", &code, &options))
    }

    /// Listens to an execution that there is already.
    pub fn attach(&self, id: JsValue, options: JsValue) -> JsValue {
        self.stream(RunOptions::read_attach(&id, &options))
    }

    /// Lists the executions that run, wait or are kept.
    pub fn executions(&self, options: JsValue) -> Promise {
        self.ask(Question::Executions(options))
    }

    /// Creates an isolated context.
    #[wasm_bindgen(js_name = createContext)]
    pub fn create_context(&self, options: JsValue) -> Promise {
        self.ask(Question::Create(options))
    }

    /// Lists the contexts that were created.
    #[wasm_bindgen(js_name = listContexts)]
    pub fn list_contexts(&self, options: JsValue) -> Promise {
        self.ask(Question::List(options))
    }

    /// Deletes a context, with whatever runs in it.
    #[wasm_bindgen(js_name = deleteContext)]
    pub fn delete_context(&self, context: JsValue, options: JsValue) -> Promise {
        self.ask(Question::Delete(context, options))
    }

    /// Asks the toolbox for something that the client has no method for.
    pub fn request(&self, path: JsValue, options: JsValue) -> Promise {
        self.ask(Question::Request(path, options))
    }

    /// For `load.js`.
    #[wasm_bindgen(getter, js_name = _link)]
    pub fn link(&self) -> JsValue {
        let link: &JsValue = self.session.link().as_ref();
        link.clone()
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
