//! Places for a limited number of executions at once; the others wait, in order.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

pub(super) struct Places {
    free: Cell<usize>,
    /// The oldest first. A `VecDeque` would add 0.2 KiB to the package.
    waiting: RefCell<Vec<Rc<Ticket>>>,
}

/// One that has a place, or waits for it; it is given back when this is dropped.
pub(super) struct Place {
    places: Rc<Places>,
    ticket: Rc<Ticket>,
}

#[derive(Default)]
struct Ticket {
    is_served: Cell<bool>,
    reader: RefCell<Option<Waker>>,
}

impl Places {
    pub(super) fn new(number: usize) -> Rc<Self> {
        Rc::new(Self {
            free: Cell::new(number),
            waiting: RefCell::default(),
        })
    }

    /// Queues up.
    pub(super) fn queue(self: &Rc<Self>) -> Place {
        let ticket = Rc::<Ticket>::default();
        self.waiting.borrow_mut().push(ticket.clone());
        self.serve();
        Place {
            places: self.clone(),
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

impl Place {
    /// Waits until it is there.
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

impl Drop for Place {
    fn drop(&mut self) {
        if self.ticket.is_served.get() {
            self.places.free.set(self.places.free.get() + 1);
            self.places.serve();
        } else {
            let mut waiting = self.places.waiting.borrow_mut();
            waiting.retain(|other| !Rc::ptr_eq(other, &self.ticket));
        }
    }
}
