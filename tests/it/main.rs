//! The integration tests: one binary, one module per topic.
#![expect(clippy::unwrap_used, clippy::string_slice, reason = "helpers of tests may fail where they stand")]

mod formats;
mod sample;
mod sarif;
