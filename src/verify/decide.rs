//! The decision table: what a token is, from what the three resources said (GET /account, GET /oauth/authorizations,
//! GET /oauth/authorizations/~). Pure, and the place to look up why a verdict is as it is.
//!
//! What Heroku documents decides; where nothing does, the verdict leaves open what it may be. The rows in the comments
//! number the cases.

use super::answer::{Account, Client, Entry, Listing};
use super::matching::{Match, compare};
use crate::token::Token;
use crate::verdict::CredentialKind::{self, AccountApiKey, Authorization, ClientToken, Session, Unknown};
use crate::verdict::{Basis, Blocked, Certainty, Expiry, Listed, Live, Obstacle, Owner};

/// A login by the CLI lasts at most so long, in seconds (heroku/cli, pull request 1798).
const LOGIN: i64 = 30 * 24 * 60 * 60;
/// How many entries that a token may be are listed.
const AMONG: usize = 10;

/// The lists of an account.
#[derive(Debug)]
pub(super) struct Lists {
    /// All authorizations.
    pub(super) entries: Vec<Entry>,
    /// Why these are not all.
    pub(super) incomplete: Option<Obstacle>,
    /// The account's API key.
    pub(super) own: Listing<Entry>,
}

/// What is known of a live token before any list is looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct Known<'a> {
    pub(super) account: Option<&'a Account>,
    /// By the header of an answer.
    pub(super) scopes: Option<&'a [String]>,
    /// When no account could be read because it cannot act.
    pub(super) blocked: Option<Blocked>,
}

impl<'a> Known<'a> {
    /// The start of every verdict of a live token.
    fn live(&self, kinds: Vec<CredentialKind>) -> Live {
        Live {
            blocked: self.account.and_then(|account| account.blocked).or(self.blocked),
            scopes: self.scopes.map(<[String]>::to_vec).unwrap_or_default(),
            owner: self.account.map(|account| Owner {
                email: account.email.clone(),
                federated: account.federated,
                two_factor: account.two_factor,
            }),
            ..Live::accepted(kinds)
        }
    }

    /// A token that Heroku accepts while the lists could not be read.
    pub(super) fn unlisted(&self, obstacle: Obstacle) -> Live {
        Live { obstacle: Some(obstacle), ..self.live(vec![Unknown]) }
    }

    /// Rows 2 and 3: a token that may not read the lists is neither a login nor an account's key, which are always
    /// global.
    pub(super) fn limited(&self) -> Live {
        if self.scopes.is_some_and(is_global) {
            return self.unlisted(Obstacle::Contradiction);
        }
        let kinds = vec![Authorization, ClientToken];
        Live { basis: Basis::Scope, certainty: Certainty::High, ..self.live(kinds) }
    }

    /// Rows 4 to 12: by the lists of its own account.
    pub(super) fn listed(&self, token: &Token, lists: &Lists) -> Live {
        let found = Found::of(token, lists);
        if found.told.is_empty() {
            return match found.doubt {
                None => self.excluded(),
                Some(obstacle) => self.open(&found.fitting, obstacle),
            };
        }
        self.among(&found)
    }

    /// A limited token, by the lists of an account that it may belong to; `None`: they do not tell.
    pub(super) fn limited_listed(&self, token: &Token, owner: (&'a Account, &Lists)) -> Option<Live> {
        let (account, lists) = owner;
        if self.account.is_some_and(|known| known.id != account.id) {
            return None;
        }
        let mut found = Found::of(token, lists);
        // No login and no account's key is limited; a description that says so is somebody's choice.
        found.told.retain(|it| !it.own && (it.grade == Match::Exact || !is_global(&it.entry.scopes)));
        if found.told.is_empty() {
            return None;
        }
        let account = Known { account: Some(account), ..self.clone() };
        let mut live = account.among(&found);
        for kind in live.kinds.iter_mut().chain(live.listed.iter_mut().map(|it| &mut it.kind)) {
            if *kind == Session {
                *kind = Authorization;
            }
        }
        live.kinds.sort_unstable();
        live.kinds.dedup();
        if is_global(&live.scopes) {
            live.obstacle = Some(Obstacle::Contradiction);
        }
        Some(live)
    }

    /// Entries of which it is one.
    fn among(&self, found: &Found<'_>) -> Live {
        let natures: Vec<Nature> = found.told.iter().map(Told::nature).collect();
        let mut kinds: Vec<_> = natures.iter().flat_map(|nature| nature.kinds.iter().copied()).collect();
        let own_unknown = !found.own_known && !found.told.iter().any(|it| it.own);
        if own_unknown {
            // The list may name the account's key, too.
            kinds.push(AccountApiKey);
        }
        kinds.sort_unstable();
        kinds.dedup();
        let several = found.told.len() > 1;
        let redacted = found.told.iter().any(|it| it.grade != Match::Exact);
        let highest = match (several || own_unknown, redacted) {
            (true, _) => Certainty::Low,
            (false, true) => Certainty::Medium,
            (false, false) => Certainty::High,
        };
        let certainty = natures.iter().map(|it| it.certainty).min().unwrap_or(Certainty::Low).min(highest);
        let mut scopes: Vec<String> = found.told.iter().flat_map(|it| it.entry.scopes.clone()).collect();
        scopes.sort_unstable();
        scopes.dedup();
        let live = self.live(kinds);
        Live {
            basis: if several { Basis::Ambiguous } else { Basis::Listed },
            certainty,
            expiry: first(found.told.iter().map(|it| &it.entry.expiry)),
            scopes: if scopes.is_empty() { live.scopes } else { scopes },
            listed: found.told.iter().take(AMONG).map(Told::listed).collect(),
            obstacle: own_unknown.then(|| found.doubt.clone()).flatten(),
            ..live
        }
    }

    /// Rows 10 and 11: no list names it.
    fn excluded(&self) -> Live {
        let federated = self.account.and_then(|account| account.federated);
        // Sessions of SSO are made by a trusted client, whose tokens are not listed; and an account with SSO cannot
        // make authorizations (heroku-cli-command, `login.ts`; heroku-mcp-server, issue 109).
        if federated == Some(true) {
            return Live { basis: Basis::Excluded, certainty: Certainty::Medium, ..self.live(vec![Session]) };
        }
        // A session of the dashboard, or an authorization that acts for a team (Dev Center changelog 3815).
        Live { basis: Basis::Excluded, ..self.live(vec![Session, Authorization]) }
    }

    /// Heroku shows too little to tell.
    fn open(&self, fitting: &[Told<'_>], obstacle: Obstacle) -> Live {
        let mut kinds: Vec<_> = fitting.iter().flat_map(|it| it.nature().kinds).chain([Unknown]).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let listed = fitting.iter().take(AMONG).map(Told::listed).collect();
        Live { listed, obstacle: Some(obstacle), ..self.live(kinds) }
    }
}

/// An entry that a token is or may be.
struct Told<'a> {
    entry: &'a Entry,
    grade: Match,
    /// Whether it is the account's key.
    own: bool,
}

/// What the lists have of a token.
struct Found<'a> {
    /// What it is: several, when the list is redacted.
    told: Vec<Told<'a>>,
    /// What little is visible fits.
    fitting: Vec<Told<'a>>,
    /// Whether it is known which authorization is the account's key, if there is one.
    own_known: bool,
    /// Why it may be one that is not in `told`.
    doubt: Option<Obstacle>,
}

impl<'a> Found<'a> {
    fn of(token: &Token, lists: &'a Lists) -> Self {
        let own = match &lists.own {
            Listing::Found(entry) => Some(entry),
            _ => None,
        };
        // Whether the list names the key, too, is not documented.
        let others = lists.entries.iter().filter(|entry| own.is_none_or(|own| own.id != entry.id));
        let again = lists.entries.iter().filter(|entry| own.is_some_and(|own| own.id == entry.id));
        let grade = |entry: &Entry| compare(token, entry.shown.as_ref().map(|shown| shown.as_str()));
        let best = again.map(grade).chain(own.map(grade)).max();
        let mut all: Vec<Told<'_>> =
            others.map(|entry| Told { entry, grade: grade(entry), own: false }).collect();
        all.extend(own.zip(best).map(|(entry, grade)| Told { entry, grade, own: true }));
        let hidden = all.iter().any(|it| matches!(it.grade, Match::Hidden | Match::Fits));
        let (own_known, obstacle) = match &lists.own {
            Listing::Found(_) | Listing::Absent => (true, None),
            Listing::Limited(_) => (false, Some(Obstacle::Contradiction)),
            Listing::Unclear(obstacle) => (false, Some(obstacle.clone())),
        };
        let doubt = obstacle.or_else(|| lists.incomplete.clone()).or(hidden.then_some(Obstacle::Redacted));
        let (mut told, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|it| it.grade.told());
        if told.iter().any(|it| it.grade == Match::Exact) {
            told.retain(|it| it.grade == Match::Exact);
        }
        let fitting = rest.into_iter().filter(|it| it.grade == Match::Fits).collect();
        Self { told, fitting, own_known, doubt }
    }
}

/// What an entry is.
struct Nature {
    kinds: Vec<CredentialKind>,
    certainty: Certainty,
}

impl Told<'_> {
    /// Rows 4 to 9.
    fn nature(&self) -> Nature {
        let nature = |kinds: &[CredentialKind], certainty| Nature { kinds: kinds.to_vec(), certainty };
        let entry = self.entry;
        if self.own {
            return nature(&[AccountApiKey], Certainty::High);
        }
        match (&entry.client, entry.left, &entry.expiry) {
            (Client::Named(_), ..) => nature(&[ClientToken], Certainty::High),
            (Client::Unknown, ..) => nature(&[Authorization, ClientToken], Certainty::Low),
            // Anybody can choose such a description, old logins did not end, and what has none may be anything.
            (Client::Nobody, Some(left), _) if entry.login == Some(true) => {
                nature(&[Session], if left <= LOGIN { Certainty::High } else { Certainty::Medium })
            }
            (Client::Nobody, ..) if entry.login != Some(false) || entry.session => {
                nature(&[Session, Authorization], Certainty::Low)
            }
            (Client::Nobody, None, Expiry::Unknown) => nature(&[Authorization], Certainty::Medium),
            (Client::Nobody, ..) => nature(&[Authorization], Certainty::High),
        }
    }

    fn listed(&self) -> Listed {
        let Entry { id, description, client, expiry, scopes, .. } = self.entry;
        let kind = match self.nature().kinds.as_slice() {
            [kind] => *kind,
            _ => Unknown,
        };
        let client = match client {
            Client::Named(name) => name.clone(),
            Client::Nobody | Client::Unknown => None,
        };
        Listed {
            id: id.clone(),
            kind,
            description: description.clone(),
            client,
            expiry: expiry.clone(),
            scopes: scopes.clone(),
        }
    }
}

fn is_global(scopes: &[String]) -> bool {
    scopes.iter().any(|scope| scope == "global")
}

/// The first end of several; unknown where one is.
fn first<'a>(mut ends: impl Iterator<Item = &'a Expiry>) -> Expiry {
    let start = ends.next().cloned().unwrap_or(Expiry::Unknown);
    ends.fold(start, |first, end| match (first, end) {
        (Expiry::Unknown, _) | (_, Expiry::Unknown) => Expiry::Unknown,
        (Expiry::Never, other) => other.clone(),
        (first, Expiry::Never) => first,
        (Expiry::At(a), Expiry::At(b)) => Expiry::At(a.min(b.clone())),
    })
}
