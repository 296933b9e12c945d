//! The integration tests: one binary, one module per topic.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod sarif;
#[cfg(test)]
mod support;
