//! The integration tests: one binary, one module per topic.

#[cfg(test)]
mod support;
