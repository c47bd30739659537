//! Bodies that follow a script: they can dawdle, swell, or break off.

use crate::observe::Entry;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// One step of a script.
#[derive(Debug)]
pub(crate) enum Step {
    /// Send these bytes.
    Send(Bytes),
    /// Send so many bytes of white space.
    Pad(u64),
    /// Wait.
    Wait(Duration),
    /// Let the server write what it has: it drops what is still in its buffer when the body breaks off.
    Flush,
    /// Break off: the connection ends here.
    Break,
}

/// White space is sent in pieces of this size.
const PIECE: u64 = 64 * 1024;

/// The body of an answer.
#[derive(Debug)]
pub(crate) struct ScriptedBody {
    steps: VecDeque<Step>,
    /// The length, where the script is nothing special and the server may declare it.
    exact: Option<u64>,
    sleep: Option<Pin<Box<Sleep>>>,
    /// The request is over when the body is.
    entry: Entry,
}

impl ScriptedBody {
    /// Creates a plain body.
    pub(crate) fn plain(body: Vec<u8>, entry: Entry) -> Self {
        let exact = Some(body.len() as u64);
        Self { steps: [Step::Send(body.into())].into(), exact, sleep: None, entry }
    }

    /// Creates a body whose length nobody vouches for.
    pub(crate) fn scripted(steps: impl IntoIterator<Item = Step>, entry: Entry) -> Self {
        Self { steps: steps.into_iter().collect(), exact: None, sleep: None, entry }
    }

    fn next(&mut self) -> Option<Result<Frame<Bytes>, io::Error>> {
        let bytes = match self.steps.pop_front()? {
            Step::Break => {
                return Some(Err(io::Error::new(io::ErrorKind::ConnectionAborted, "planted fault")));
            }
            Step::Wait(time) => {
                self.sleep = Some(Box::pin(sleep(time)));
                return None;
            }
            Step::Flush => return None,
            Step::Send(bytes) => bytes,
            Step::Pad(left) => {
                if left > PIECE {
                    self.steps.push_front(Step::Pad(left - PIECE));
                }
                Bytes::from(" ".repeat(left.min(PIECE) as usize))
            }
        };
        self.entry.sent(bytes.len() as u64);
        Some(Ok(Frame::data(bytes)))
    }
}

impl Body for ScriptedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            if let Some(sleep) = &mut self.sleep {
                if sleep.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                self.sleep = None;
            }
            match self.steps.front() {
                None => return Poll::Ready(None),
                Some(Step::Flush) => {
                    self.steps.pop_front();
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Some(_) => {}
            }
            if let Some(frame) = self.next() {
                return Poll::Ready(Some(frame));
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.exact.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
