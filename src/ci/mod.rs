//! What a CI system tells of a run, and what is scanned for it. Pure: variables, files and git are asked elsewhere.

mod event;
mod output;
mod plan;

pub use event::{Event, Id};
pub use output::{Level, command, output};
pub use plan::{Checkout, Needs, Plan, Work, needs, plan};
