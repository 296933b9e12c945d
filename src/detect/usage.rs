//! Being written.
/// Placeholder until merged.
pub struct Usage { pub rule: &'static str, pub span: std::ops::Range<usize>, pub command: String, pub facts: Vec<String> }
/// Placeholder until merged.
pub fn usages(_path: &str, _text: &[u8]) -> Vec<Usage> { Vec::new() }
