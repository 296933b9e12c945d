//! hrkulint finds Heroku tokens, says what they are and where they are used, and which commands mend it.
//!
//! Data flows one way; [`scan`] is the pipeline and the module to read first:
//!
//! ```text
//! Source -> Blob -> (prefilter) -> Candidate -> +Environment,+Exposure -> grouped by Fingerprint -> Verdict
//!        -> policy -> Finding -> Report -> bytes
//! ```

pub mod api;
pub mod blob;
pub mod candidate;
pub mod ci;
pub mod classify;
pub mod cli;
pub mod command;
mod command_line;
pub mod compare;
pub mod config;
pub mod context;
pub mod detect;
pub mod encoding;
pub mod environment;
pub mod error;
pub mod escape;
pub mod exit;
pub mod finding;
pub mod forge;
mod gh_cli;
pub mod git;
pub mod guard;
mod heroku_cli;
mod http;
pub mod instant;
pub mod inventory;
pub mod line_hash;
pub mod location;
pub mod mask;
pub mod message;
pub mod mirrors;
pub mod needle;
pub mod odb;
pub mod org;
pub mod output;
pub mod placeholder;
pub mod policy;
pub mod progress;
pub mod remedy;
pub mod report;
pub mod rule;
pub mod runs;
pub mod scan;
pub mod shape;
pub mod source;
pub mod spelling;
pub mod structure;
pub mod suppress;
pub mod syntax;
pub mod text;
pub mod token;
pub mod uri;
pub mod verdict;
pub mod verify;
pub mod work;

#[cfg(test)]
mod generated;

/// Runs the program with the process's arguments and standard streams.
pub fn main() -> std::process::ExitCode {
    command::main()
}
