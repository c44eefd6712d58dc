//! A request becomes an execution.

use std::sync::{Arc, Mutex};

use codecell::protocol::{CloseCode, DEFAULT_CONTEXT, ExecuteRequest};
use tokio_util::task::AbortOnDropHandle;

use super::execution::{Execution, Listening};
use super::registry::{KEPT_TIME, Sessions};
use super::session::{Member, Session, State};
use crate::clock::now;
use crate::executions::backlog::Backlog;
use crate::executions::ending::{EndHook, Ending};
use crate::executions::kept_file::KeptFile;
use crate::executions::ledger::Ledger;
use crate::executions::log::{Log, Start};
use crate::executions::outlet::{LogOutlet, Outlet};
use crate::executions::queue::Order;
use crate::executions::run::{Run, random_id};

impl Sessions {
    /// Passes a request to its context.
    ///
    /// # Errors
    ///
    /// How the execution ends instead.
    pub(super) fn start(
        &self,
        session: &Arc<Session>,
        state: &mut State,
        run: u64,
        request: ExecuteRequest,
    ) -> Result<(), Ending> {
        let full = |reason: String| Ending::Refused(CloseCode::TryAgain, reason);
        let context = (self.contexts.find(request.context_id.as_deref())).map_err(Ending::from)?;
        let taken = self.budget.take(&request);
        let (waiting, remembered) = taken.ok_or_else(|| self.budget.full())?;
        let id = format!("{}.{run}", session.id);
        let is_kept = request.keep && self.limits.keep > 0;
        let number = self.number();
        let log = Arc::new(Log::new(
            Ledger::new(state.window),
            is_kept.then(|| self.forget_later(&id, number)),
            Arc::clone(&session.account),
        ));
        let backlog = Arc::new(Backlog::counting(self.budget.nothing()));
        let context_id = request.context_id.as_deref().filter(|id| !id.is_empty());
        let execution = Arc::new(Execution {
            id,
            context_id: context_id.unwrap_or(DEFAULT_CONTEXT).to_owned(),
            created_at: now(),
            number,
            is_kept,
            offers_input: request.stdin,
            log: Arc::clone(&log),
            context,
            run: random_id(),
            backlog: Arc::clone(&backlog),
            owner: Mutex::default(),
            expiry: Mutex::default(),
            _share: remembered,
        });
        if !self.add(&execution) {
            return Err(full(
                "as many executions are kept as this toolbox allows: wait until one has ended"
                    .to_owned(),
            ));
        }
        if is_kept && let Err(error) = self.keep(&log) {
            self.forget(&execution);
            let reason = format!("no file could be created to keep the output in: {error}");
            return Err(Ending::Refused(CloseCode::Internal, reason));
        }
        let socket = *session.socket.borrow();
        execution.hand_over(Listening {
            owner: (session.id.clone(), run),
            ready: Arc::clone(&state.ready),
            socket,
            start: Start::Here,
        });
        let events = Outlet::Log(LogOutlet::new(Arc::clone(&log)));
        let mut starting = Run::new(execution.run, request, backlog, events, waiting);
        starting.execution_id = Some(execution.id.clone());
        let order = Order::Run(starting);
        if !execution.context.order(order) {
            self.forget(&execution);
            return Err(Ending::ContextDeleted);
        }
        let member = Member {
            log,
            execution: Some(execution),
            _share: None,
        };
        state.members.insert(run, member);
        Ok(())
    }

    fn keep(&self, log: &Log) -> std::io::Result<()> {
        log.keep(KeptFile::create(self.limits.keep)?);
        Ok(())
    }

    /// Forgets a kept execution some time after its end.
    fn forget_later(&self, id: &str, number: u64) -> EndHook {
        let (itself, id) = (self.itself.clone(), id.to_owned());
        EndHook(Box::new(move || {
            let Some(sessions) = itself.upgrade() else {
                return;
            };
            // Not there: it is forgotten already.
            let execution = sessions.execution(&id);
            // An execution may also end because the runtime does.
            let runtime = tokio::runtime::Handle::try_current();
            if let (Some(execution), Ok(runtime)) = (execution, runtime)
                && execution.number == number
            {
                let expiry = runtime.spawn(async move {
                    tokio::time::sleep(KEPT_TIME).await;
                    if let Some(sessions) = itself.upgrade()
                        && let Some(execution) = sessions.execution(&id)
                        && execution.number == number
                    {
                        sessions.forget(&execution);
                    }
                });
                execution.expires(AbortOnDropHandle::new(expiry));
            }
        }))
    }
}
