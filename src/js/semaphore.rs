//! A semaphore: permits for a limited number of executions at once. The others wait, in order.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

pub(super) struct Semaphore {
    free: Cell<usize>,
    /// The oldest first. A `VecDeque` would add 0.2 KiB to the package.
    waiting: RefCell<Vec<Rc<Ticket>>>,
}

/// A permit, or a wait for one. It is given back when this is dropped.
pub(super) struct Permit {
    semaphore: Rc<Semaphore>,
    ticket: Rc<Ticket>,
}

#[derive(Default)]
struct Ticket {
    is_served: Cell<bool>,
    reader: RefCell<Option<Waker>>,
}

impl Semaphore {
    pub(super) fn new(number: usize) -> Rc<Self> {
        Rc::new(Self {
            free: Cell::new(number),
            waiting: RefCell::default(),
        })
    }

    /// Queues up for a permit.
    pub(super) fn acquire(self: &Rc<Self>) -> Permit {
        let ticket = Rc::<Ticket>::default();
        self.waiting.borrow_mut().push(ticket.clone());
        self.serve();
        Permit {
            semaphore: self.clone(),
            ticket,
        }
    }

    fn serve(&self) {
        while self.free.get() > 0 && !self.waiting.borrow().is_empty() {
            let next = self.waiting.borrow_mut().remove(0);
            self.free.set(self.free.get() - 1);
            next.is_served.set(true);
            let reader = next.reader.borrow_mut().take();
            if let Some(reader) = reader {
                reader.wake();
            }
        }
    }
}

impl Permit {
    /// Waits until the permit is there.
    pub(super) async fn ready(&self) {
        poll_fn(|task| {
            if self.ticket.is_served.get() {
                return Poll::Ready(());
            }
            *self.ticket.reader.borrow_mut() = Some(task.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.ticket.is_served.get() {
            self.semaphore.free.set(self.semaphore.free.get() + 1);
            self.semaphore.serve();
        } else {
            let mut waiting = self.semaphore.waiting.borrow_mut();
            waiting.retain(|other| !Rc::ptr_eq(other, &self.ticket));
        }
    }
}
