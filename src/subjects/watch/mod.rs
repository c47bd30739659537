//! The parts of a run that everything below it shares: its events, its early end, and its pauses.

mod event;
mod pace;
mod stop;

pub use event::{Event, EventKind, Events, Step, StepState};
pub use pace::Pace;
pub use stop::Stop;
