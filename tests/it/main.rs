//! The integration tests: one binary, one module per topic.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod support;
#[cfg(test)]
mod worktree;
