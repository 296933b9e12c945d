//! The integration tests: one binary, one module per topic.

#[cfg(test)]
#[cfg(unix)]
mod action;
#[cfg(test)]
mod annotations;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod baseline;
#[cfg(test)]
#[cfg(unix)]
mod ci;
#[cfg(test)]
mod classify;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod config;
#[cfg(test)]
mod corpus;
#[cfg(test)]
#[cfg(unix)]
mod deploy;
#[cfg(test)]
mod determinism;
#[cfg(test)]
#[cfg(unix)]
mod dist;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod env;
#[cfg(test)]
mod environments;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod git_faults;
#[cfg(test)]
#[cfg(unix)]
mod git_hooks;
#[cfg(test)]
mod gitlab;
#[cfg(test)]
#[cfg(unix)]
mod heroku_cli;
#[cfg(test)]
mod history;
#[cfg(test)]
mod history_damage;
#[cfg(test)]
mod history_doubts;
#[cfg(test)]
mod history_places;
#[cfg(test)]
mod history_reports;
#[cfg(test)]
mod history_whole;
#[cfg(test)]
#[cfg(unix)]
mod hooks;
#[cfg(test)]
mod html;
#[cfg(test)]
mod inferred;
#[cfg(test)]
mod judge;
#[cfg(test)]
mod leak;
#[cfg(test)]
mod live;
#[cfg(test)]
mod markdown;
#[cfg(test)]
mod openmetrics;
#[cfg(test)]
#[cfg(unix)]
mod org;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod prefilter;
#[cfg(test)]
#[cfg(unix)]
mod push;
#[cfg(test)]
mod range;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod sarif;
#[cfg(test)]
mod sarif_limits;
#[cfg(test)]
mod sarif_of_files;
#[cfg(test)]
mod since_pairs;
#[cfg(test)]
mod since_report;
#[cfg(test)]
mod staged;
#[cfg(test)]
#[path = "../standin/mod.rs"]
mod standin;
#[cfg(test)]
mod standin_itself;
#[cfg(test)]
mod support;
#[cfg(test)]
mod suppress;
#[cfg(test)]
mod table;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod verdicts;
#[cfg(test)]
mod verify_cache;
#[cfg(test)]
mod verify_faults;
#[cfg(test)]
mod verify_kill;
#[cfg(test)]
mod verify_network;
#[cfg(test)]
mod verify_pace;
#[cfg(test)]
mod verify_requests;
#[cfg(test)]
mod watching;
#[cfg(test)]
mod windows;
#[cfg(test)]
mod worktree;
