//! Fills the queue of a run that many workers share.

use super::listed::{self, Everything};
use super::{Options, Summary, begun};
use crate::error::UsageError;
use crate::instant;
use crate::inventory::{Plan, Queue, Terms};

/// Lists everything, and puts it into the queue as a new run. Returns its number; `None`: the same is still worked on, and what
/// is found in that run would not be new any more if another one began.
pub fn plan(
    options: &Options,
    terms: Terms,
    queue: &mut dyn Queue,
) -> Result<(Option<i64>, Summary), UsageError> {
    let mut summary = Summary::default();
    let begun = begun(options, terms.verify);
    // Workers of this version leave a run of other rules alone: it must not keep this one from beginning.
    let rules = begun.rules.to_string();
    if let Some(same) = queue.planned()?.iter().find(|it| it.open && it.rules == rules && it.terms == terms) {
        summary.notes.push(format!(
            "a run that began at {} is still being worked on; it is left as it is, and no other one is planned",
            instant::rfc3339(same.began)
        ));
        return Ok((None, summary));
    }
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
    let incomplete = !summary.problems.is_empty();
    let (run, absent) = queue.plan(&Plan { begun, terms, listed: known, reads, incomplete })?;
    summary.absent = absent;
    Ok((Some(run), summary))
}
