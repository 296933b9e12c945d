//! One repository: copied if it may have changed, read if it has.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::{Claims, Listed, Options};
use crate::error::UsageError;
use crate::finding::Seen;
use crate::forge::{Credential, Host, Kind, Place};
use crate::git::{self, Header, Origin, PROPOSED, Trouble};
use crate::inventory::{Known, Scanned, Visited};
use crate::mirrors::{Mirror, Mirrors};
use crate::scan::{self, Settings, Survey};
use crate::source::{self, History};
use crate::suppress::{Rules, Suppress, Tree};
use crate::token::Fingerprint;

/// How far the clocks of a forge and of this machine may be apart, in seconds.
const SKEW: i64 = 600;

/// What a repository's own files are asked for: nothing, since none is checked out.
struct NoTree;

impl Tree for NoTree {
    fn gone(&self, _: &str) -> bool {
        false
    }

    fn before(&self, _: &Path) -> Option<Vec<u8>> {
        None
    }
}

/// What came of one repository, and what it means.
pub(super) struct Visit {
    pub(super) visited: Visited,
    /// How many objects were searched.
    pub(super) objects: u64,
    /// What is not complete; masked.
    pub(super) problem: Option<String>,
    /// Whether it may well be read if that is tried again.
    pub(super) passing: bool,
}

impl From<Visited> for Visit {
    fn from(visited: Visited) -> Self {
        Self { visited, objects: 0, problem: None, passing: false }
    }
}

/// That a repository could not be read, and why.
pub(super) fn failed(listed: &Listed, reason: &str, passing: bool) -> Visit {
    let problem = format!("`{}` could not be read: {reason}", listed.about.name);
    Visit { visited: Visited::Failed(reason.to_owned()), objects: 0, problem: Some(problem), passing }
}

/// Who goes through repositories, in whatever way they were listed.
pub(super) struct Visitor<'a> {
    pub(super) options: &'a Options,
    pub(super) mirrors: &'a Mirrors,
    pub(super) claims: &'a dyn Claims,
    pub(super) rules: Fingerprint,
}

impl Visitor<'_> {
    /// Works on one repository, of which something may be known.
    pub(super) fn visit(&self, listed: &Listed, known: Option<Known>) -> Visit {
        let same = |it: &Known| it.rules.as_deref() == Some(self.rules.to_string().as_str());
        let known = known.filter(|it| it.complete).filter(same);
        if !self.options.refetch && known.as_ref().is_some_and(|known| untouched(listed, known)) {
            return Visited::Unchanged { fetched: None }.into();
        }
        let now = (self.options.clock)();
        let read = match &listed.place {
            Place::Here(path) => self.read(listed, path, known.as_ref(), now),
            Place::Remote(_) => match self.fetch(listed) {
                Ok(mirror) => self.read(listed, &mirror.path, known.as_ref(), now),
                Err(Trouble::Absent(_)) if listed.may_be_absent => return Visited::Absent.into(),
                Err(trouble) => {
                    let passing = matches!(trouble, Trouble::Passing(_) | Trouble::Git(_));
                    return failed(listed, &describe(&trouble), passing);
                }
            },
        };
        read.unwrap_or_else(|error| failed(listed, &error.message, true))
    }

    /// The copy of a repository as it is now.
    pub(super) fn fetch(&self, listed: &Listed) -> Result<Mirror<'_>, Trouble> {
        let Place::Remote(url) = &listed.place else {
            return Err(Trouble::Absent("it is no copy".to_owned()));
        };
        let credential = self.options.credentials.iter().find(|it| it.serves_url(url));
        let header = credential.map(header_of).transpose()?;
        // Git trusts it in place of all others, which know GitHub's and GitLab's own.
        let own = [Kind::Github, Kind::Gitlab].map(Host::usual).iter().any(|it| url.starts_with(it.web()));
        let authority = self.options.authority.as_deref().filter(|_| !own);
        let origin = Origin { url, header: header.as_ref(), authority };
        self.mirrors.get(&listed.about.key.to_string(), &origin, listed.facts.branch.as_deref())
    }

    /// Reads a repository if its references have changed.
    fn read(
        &self,
        listed: &Listed,
        path: &Path,
        known: Option<&Known>,
        now: i64,
    ) -> Result<Visit, UsageError> {
        let text = git::tips(path)?;
        let tips = Fingerprint::of(text.as_bytes()).to_string();
        if known.is_some_and(|known| known.tips.as_ref() == Some(&tips)) {
            return Ok(Visited::Unchanged { fetched: Some(now) }.into());
        }
        let proposes = text.lines().any(|line| PROPOSED.iter().any(|it| line.contains(&format!(" {it}"))));
        let history = History {
            path: path.to_path_buf(),
            reachable_only: true,
            proposed: true,
            memory: Some(self.mirrors.beside(&listed.about.key.to_string(), "searched")),
        };
        let any = text.lines().count() > 1;
        let survey = catch_unwind(AssertUnwindSafe(|| self.survey(&history, any, proposes)));
        let survey = survey
            .map_err(|_| UsageError::new("a fault in hrkulint ended its search; please report it"))??;
        let missing = missing(&survey);
        let problem = missing.as_ref().map(|text| format!("`{}`: {text}", listed.about.name));
        let scanned =
            Scanned { at: now, tips, head: survey.head, rules: self.rules, seen: survey.seen, missing };
        let objects = survey.stats.objects;
        Ok(Visit { visited: Visited::Scanned(scanned), objects, problem, passing: false })
    }

    /// What a repository holds, with what it claims. It is read once more only where something was found.
    fn survey(&self, history: &History, any: bool, proposes: bool) -> Result<Survey, UsageError> {
        if !any {
            return Ok(Survey::default());
        }
        let mut survey = self.once(history.clone(), &Rules::default())?;
        if survey.seen.is_empty() {
            return Ok(survey);
        }
        let stats = survey.stats;
        let rules = self.claims.of(&history.path);
        if !rules.is_empty() {
            survey = self.once(history.clone(), &rules)?;
        }
        if proposes {
            let own = self.once(History { proposed: false, ..history.clone() }, &rules)?;
            survey.seen = with_proposed(own.seen, survey.seen);
        }
        Ok(Survey { stats, ..survey })
    }

    fn once(&self, history: History, rules: &Rules) -> Result<Survey, UsageError> {
        let options = source::Options { threads: self.options.threads, ..source::Options::default() };
        let suppress = Suppress { rules, tree: &NoTree, since: None, strict: false };
        scan::survey(history, &options, &Settings::default(), &suppress)
    }
}

/// What the repository itself holds, and beside it what others propose.
fn with_proposed(own: Vec<Seen>, all: Vec<Seen>) -> Vec<Seen> {
    let mut seen = own;
    let known: std::collections::BTreeSet<Fingerprint> = seen.iter().map(|it| it.identity).collect();
    let proposed = all.into_iter().filter(|it| !known.contains(&it.identity));
    seen.extend(proposed.map(|it| Seen { proposed: true, ..it }));
    seen.sort_by(|a, b| (&a.location, a.identity).cmp(&(&b.location, b.identity)));
    seen
}

/// Whether the forge says that nothing was pushed since the repository was read. Forges that keep the time of the last push
/// inexactly are believed only for what came long before the copy was made.
fn untouched(listed: &Listed, known: &Known) -> bool {
    let (Some(pushed), Some((fetched, Some(then)))) = (listed.facts.pushed, known.fetched) else {
        return false;
    };
    let blur = listed.facts.blur;
    pushed == then && (blur == 0 || fetched > pushed + blur + SKEW)
}

fn header_of(credential: &Credential) -> Result<Header, Trouble> {
    let text = credential.header().map_err(Trouble::Passing)?;
    Ok(Header { scope: credential.scope().to_owned(), text })
}

fn describe(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Absent(text) => format!("it is not there, or not shown to you: {text}"),
        Trouble::Refused(text) => format!("access is refused: {text}"),
        Trouble::Moved(_) => "it has moved; list its new address".to_owned(),
        Trouble::Passing(text) | Trouble::Git(text) => text.clone(),
    }
}

/// What of a repository was not seen.
fn missing(survey: &Survey) -> Option<String> {
    let mut incomplete = survey.notices.iter().filter(|notice| notice.kind.incomplete());
    let first = incomplete.next()?;
    let place = first.path.as_ref().map(|path| format!("`{path}` ")).unwrap_or_default();
    let more = match incomplete.count() {
        0 => String::new(),
        count => format!(", and {count} more"),
    };
    Some(format!("{place}{}{more}", first.text()))
}
