//! Where something stands: in a file, or in a repository's history.

use super::Run;
use super::summary::number;
use crate::environment::Exposure;
use crate::escape;
use crate::finding::{
    CommitName, Finding, Holder, Location, Notice, Past, Repository, STDIN, Spread, short_id,
};

/// What places need to know of a run.
pub(super) struct Places<'a> {
    repositories: &'a [Repository],
    /// Where what was read ends, which need not be HEAD.
    end: End,
}

/// Where history ends, as far as it was read.
#[derive(Clone, Copy)]
enum End {
    Head,
    Range,
    Push,
}

impl<'a> Places<'a> {
    pub(super) fn of(run: &'a Run) -> Self {
        let end = match run.category.split('/').next() {
            Some("range") => End::Range,
            Some("push") => End::Push,
            _ => End::Head,
        };
        Self { repositories: &run.outcome.repositories, end }
    }

    /// The name of a repository, when there are several.
    pub(super) fn repository(&self, index: Option<u32>) -> Option<&'a str> {
        let index = index.filter(|_| self.repositories.len() > 1)?;
        self.repositories.get(usize::try_from(index).ok()?).map(|it| it.name.as_str())
    }

    /// `path:line:column`, behind the repository's name when there are several.
    pub(super) fn spot(&self, location: &Location) -> String {
        let repository = self.repository(location.repository).map(|name| format!("{name}: "));
        let start = location.region.start;
        let (holder, name) = location.holder();
        let name = match holder {
            Holder::File => name.to_owned(),
            Holder::Commit => format!("message of commit {}", short_id(name)),
            Holder::Tag => format!("message of tag {}", short_id(name)),
            Holder::Blob => format!("object {}", short_id(name)),
        };
        let spot = format!("{}{name}:{}:{}", repository.unwrap_or_default(), start.line, start.column);
        escape::terminal(&spot).into_owned()
    }

    /// The same, with the commit in which the line has that number.
    pub(super) fn dated(&self, location: &Location, past: Option<&Past>) -> String {
        let spot = self.spot(location);
        let Some(past) = past.filter(|_| location.holder().0 == Holder::File) else { return spot };
        let of = match &past.commit {
            Some(commit) => short_id(&commit.id).to_owned(),
            None => format!("object {}", short_id(&past.object)),
        };
        format!("{spot} in {}", escape::terminal(&of))
    }

    /// The file that a finding stands in today, as a checkout has it: not where it is in standard input, in a variable,
    /// in a message, only in the past, or in one of several repositories.
    pub(super) fn file<'f>(&self, finding: &'f Finding) -> Option<&'f str> {
        let gone = finding.past.as_ref().is_some_and(|past| !past.in_tip);
        let elsewhere = finding.exposure == Exposure::Runtime || finding.location.path == STDIN;
        let several = self.repositories.len() > 1;
        match finding.location.holder() {
            (Holder::File, path) if !gone && !elsewhere && !several => Some(path),
            _ => None,
        }
    }

    /// What a notice says, behind what it is about. Not yet escaped.
    pub(super) fn notice(&self, notice: &Notice) -> String {
        let text = notice.text();
        let about = [self.repository(notice.repository), notice.path.as_deref(), Some(&text)];
        about.into_iter().flatten().collect::<Vec<_>>().join(": ")
    }

    /// Where a finding stands in history, unless its place says all of it.
    pub(super) fn history(&self, finding: &Finding, past: &Past) -> Option<String> {
        let (holder, _) = finding.location.holder();
        let day = past.commit.as_ref().and_then(CommitName::day);
        let mut parts = Vec::new();
        match (holder, &past.commit) {
            (Holder::File, Some(commit)) => {
                let day = day.map(|day| format!(" of {day}")).unwrap_or_default();
                parts.push(format!("since commit {}{day}", short_id(&commit.id)));
                parts.push(self.tip(past.in_tip).to_owned());
            }
            (Holder::File | Holder::Blob, None) => {
                parts.push(format!("object {}, which no commit has", short_id(&past.object)));
            }
            // Messages and objects without a path are in no file that HEAD could have.
            (Holder::Commit | Holder::Tag | Holder::Blob, _) => {
                parts.extend(day.map(|day| format!("written on {day}")));
            }
        }
        if !past.reachable && (past.commit.is_some() || holder == Holder::Tag) {
            parts.push("no branch or tag leads to it".to_owned());
        }
        let spread = past.spread.map(|Spread { commits, objects, paths }| {
            let (commits, paths) = (number(commits, "commit"), number(paths, "path"));
            format!("the token is in {commits}, {}, {paths}", number(objects, "version"))
        });
        let parts = Some(parts.join(", ")).filter(|parts| !parts.is_empty());
        let told: Vec<String> = parts.into_iter().chain(spread).collect();
        Some(told.join("; ")).filter(|told| !told.is_empty())
    }

    /// Whether it is there today.
    pub(super) fn tip(&self, there: bool) -> &'static str {
        match (there, self.end) {
            (true, End::Head) => "still in HEAD",
            (false, End::Head) => "not in HEAD",
            (true, End::Range) => "still there where the range ends",
            (false, End::Range) => "gone where the range ends",
            (true, End::Push) => "still there where the push leads",
            (false, End::Push) => "gone where the push leads",
        }
    }
}
