//! Where a token is used: judged from the file's path, or from what the variables of a process say.

mod process;

use crate::environment::{Environment, Evidence};
use crate::syntax::{Role, Syntax};

pub use process::Process;

/// The environment that a path tells, with the reason.
pub fn environment(path: &str) -> (Environment, Vec<Evidence>) {
    match Syntax::of(path).role {
        Role::Documentation => {
            (Environment::Documentation, vec![Evidence::supporting("the path is one of documentation")])
        }
        Role::Test => (Environment::Test, vec![Evidence::supporting("the path is one of tests")]),
        Role::Automation | Role::Other => (Environment::Unknown, Vec::new()),
    }
}
