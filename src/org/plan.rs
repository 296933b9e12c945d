//! Fills the queue of a run that many workers share.

use super::listed::{self, Everything};
use super::{Options, Summary, begun};
use crate::error::UsageError;
use crate::inventory::{Plan, Queue, Terms};

/// Lists everything, and puts it into the queue as a new run. Returns its number.
pub fn plan(options: &Options, terms: Terms, queue: &mut dyn Queue) -> Result<(i64, Summary), UsageError> {
    let mut summary = Summary::default();
    let Everything { wanted, known, .. } = listed::everything(options, &mut summary)?;
    let mut reads = Vec::new();
    for listed in wanted.values() {
        match listed.to_read() {
            Some(read) => reads.push(read),
            None => summary.problems.push(format!(
                "`{}` cannot be planned, since what it is called looks like a token; `hrkulint org` without `--plan` reads it",
                listed.about.name
            )),
        }
    }
    summary.problems.sort();
    let begun = begun(options, terms.verify);
    let incomplete = !summary.problems.is_empty();
    let (run, absent) = queue.plan(&Plan { begun, terms, listed: known, reads, incomplete })?;
    summary.absent = absent;
    Ok((run, summary))
}
