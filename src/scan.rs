//! The pipeline: read this first.
