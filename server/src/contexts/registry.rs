//! The list of contexts: creates, lists, deletes and finds them.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use codecell::protocol::{CloseCode, ContextInfo, CreateContext, DEFAULT_CONTEXT, reason};

use super::common::Common;
use super::handle::Handle;
use super::task::ContextKind;
use crate::clock::now;
use crate::excerpt::excerpt;
use crate::executions::ending::Ending;
use crate::executions::queue::Order;
use crate::isolation::View;
use crate::metrics;
use crate::worker::error::WorkerError;
use crate::worker::insight::Insight;

/// The only language.
const LANGUAGE: &str = "python";

/// Why a request about contexts is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The request is wrong: why.
    #[error("{0}")]
    Bad(String),
    /// There is no context with this id.
    #[error("context '{0}' not found")]
    NotFound(String),
    /// There are as many contexts as allowed.
    #[error("there are {0} contexts, as many as this toolbox allows: delete one")]
    TooMany(usize),
    /// No worker could be started.
    #[error(transparent)]
    Failed(#[from] WorkerError),
    /// The toolbox is stopping.
    #[error("the toolbox is shutting down")]
    Stopping,
}

/// How an execution ends whose context can't be used.
impl From<Refusal> for Ending {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound(id) => Self::Refused(
                CloseCode::Policy,
                format!("{}{id}", reason::CONTEXT_NOT_FOUND),
            ),
            Refusal::Stopping => Self::Shutdown,
            other => Self::Refused(CloseCode::Internal, other.to_string()),
        }
    }
}

/// All contexts of the toolbox.
#[derive(Debug)]
pub struct Contexts {
    common: Common,
    view: View,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    created: Vec<(ContextInfo, Handle)>,
    default: Option<Handle>,
    /// Contexts that are being created, which count as well.
    reserved: usize,
    stopping: bool,
}

/// Reserves a place for a context that is being created. Dropping it frees the place, also when the client goes away meanwhile.
struct Reserved<'a>(&'a Contexts);

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.0.state().reserved -= 1;
    }
}

impl State {
    fn handles(&self) -> impl Iterator<Item = &Handle> {
        let created = self.created.iter().map(|(_, handle)| handle);
        self.default.iter().chain(created)
    }
}

impl Contexts {
    /// An empty list; `view` is what the code of each context can see.
    #[must_use]
    pub fn new(common: Common, view: View) -> Self {
        Self {
            common,
            view,
            state: Mutex::default(),
        }
    }

    /// Creates a context, with a worker in its working directory.
    ///
    /// # Errors
    ///
    /// [`Refusal`]
    pub async fn create(&self, wanted: CreateContext) -> Result<ContextInfo, Refusal> {
        if let Some(language) = wanted
            .language
            .filter(|word| !word.is_empty() && word != LANGUAGE)
        {
            return Err(Refusal::Bad(format!(
                "language '{}' is not supported: '{LANGUAGE}' is the only one",
                excerpt(&language)
            )));
        }
        let cwd = wanted.cwd.filter(|cwd| !cwd.is_empty());
        // Dropped last: the place is freed only after the context is listed.
        let _reserved = self.reserve()?;
        let (info, handle) = self.start(cwd).await?;
        let mut state = self.state();
        if state.stopping {
            handle.order(Order::End(Ending::Shutdown));
            return Err(Refusal::Stopping);
        }
        state.created.push((info.clone(), handle));
        metrics::contexts(state.created.len());
        Ok(info)
    }

    fn reserve(&self) -> Result<Reserved<'_>, Refusal> {
        let mut state = self.state();
        if state.stopping {
            return Err(Refusal::Stopping);
        }
        state.created.retain(|(_, handle)| !handle.has_ended());
        if state.created.len() + state.reserved >= self.common.limits.contexts {
            return Err(Refusal::TooMany(self.common.limits.contexts));
        }
        state.reserved += 1;
        Ok(Reserved(self))
    }

    async fn start(&self, cwd: Option<String>) -> Result<(ContextInfo, Handle), Refusal> {
        if cwd.as_deref().is_some_and(|cwd| cwd.contains('\0')) {
            return Err(Refusal::Bad(
                "cwd can't be used: a path must not contain NUL characters".to_owned(),
            ));
        }
        let wanted = self.view.look_up(Path::new(&cwd.unwrap_or_default()));
        let wanted = wanted.map_err(|hidden| Refusal::Bad(hidden.to_string()))?;
        let directory = wanted.to_string_lossy();
        let (worker, placed) = self.common.pool.take(directory.as_bytes()).await?;
        let cwd = placed
            .map_err(|error| Refusal::Bad(format!("cwd '{directory}' can't be used: {error}")))?;
        let info = ContextInfo {
            id: uuid::Uuid::new_v4().to_string(),
            cwd: cwd.clone(),
            created_at: now(),
            active: true,
            language: LANGUAGE.to_owned(),
        };
        let handle = Handle::start(Some(worker), ContextKind::Created, cwd, self.common.clone());
        Ok((info, handle))
    }

    /// The contexts that exist, in the order of their creation. The default one is not listed.
    #[must_use]
    pub fn list(&self) -> Vec<ContextInfo> {
        let mut state = self.state();
        state.created.retain(|(_, handle)| !handle.has_ended());
        metrics::contexts(state.created.len());
        state
            .created
            .iter()
            .map(|(info, handle)| ContextInfo {
                active: handle.is_active(),
                ..info.clone()
            })
            .collect()
    }

    /// Deletes a context; what runs and waits in it ends. Returns at once.
    ///
    /// # Errors
    ///
    /// For the default context, and if there is no context with this id.
    pub fn delete(&self, id: &str) -> Result<(), Refusal> {
        if id == DEFAULT_CONTEXT {
            return Err(Refusal::Bad(
                "the default context can't be deleted".to_owned(),
            ));
        }
        let mut state = self.state();
        let at = state.created.iter().position(|(info, _)| info.id == id);
        let Some(at) = at else {
            return Err(Refusal::NotFound(excerpt(id)));
        };
        let (_, handle) = state.created.remove(at);
        metrics::contexts(state.created.len());
        if !handle.order(Order::End(Ending::ContextDeleted)) {
            return Err(Refusal::NotFound(excerpt(id)));
        }
        Ok(())
    }

    /// What takes questions about the namespace of a context; `None` where there is no process that could be asked.
    ///
    /// # Errors
    ///
    /// There is no context with this id.
    pub fn insight(&self, id: &str) -> Result<Option<Arc<Insight>>, Refusal> {
        let handle = self.find(Some(id))?;
        Ok(handle.insight().or_else(|| self.common.pool.insight()))
    }

    /// Ends the process of a context, with what runs and waits in it: the next run gets a fresh one. Returns when it is gone.
    ///
    /// # Errors
    ///
    /// There is no context with this id.
    pub async fn restart(&self, id: &str) -> Result<(), Refusal> {
        let handle = self.find(Some(id))?;
        let (done, gone) = oneshot::channel();
        handle.order(Order::Restart(done));
        // An error: the context has ended, and dropped the order.
        gone.await.map_err(|_| Refusal::NotFound(id.to_owned()))
    }

    /// The context with this id. The default one is created when it is first used.
    ///
    /// # Errors
    ///
    /// There is no context with this id.
    pub fn find(&self, id: Option<&str>) -> Result<Handle, Refusal> {
        let mut state = self.state();
        if state.stopping {
            return Err(Refusal::Stopping);
        }
        match id.filter(|id| !id.is_empty() && *id != DEFAULT_CONTEXT) {
            Some(id) => (state.created.iter())
                .find(|(info, handle)| info.id == id && !handle.has_ended())
                .map(|(_, handle)| handle.clone())
                .ok_or_else(|| Refusal::NotFound(excerpt(id))),
            None => {
                let ended = state.default.as_ref().is_none_or(Handle::has_ended);
                if ended {
                    let cwd = self.view.workspace().to_string_lossy().into_owned();
                    state.default = Some(Handle::start(
                        None,
                        ContextKind::Default,
                        cwd,
                        self.common.clone(),
                    ));
                }
                state.default.clone().ok_or(Refusal::Stopping)
            }
        }
    }

    /// Ends all contexts and creates no more.
    pub fn stop(&self) {
        let mut state = self.state();
        state.stopping = true;
        for handle in state.handles() {
            handle.order(Order::End(Ending::Shutdown));
        }
        self.common.pool.stop();
    }

    /// Whether the tasks of all contexts are over and all workers were reaped, including the warm ones.
    #[must_use]
    pub fn have_ended(&self) -> bool {
        let state = self.state();
        state.reserved == 0
            && state.handles().all(Handle::has_ended)
            && self.common.pool.have_ended()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
