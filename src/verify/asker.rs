//! The algorithm: which resource is asked for after which answer. At most three requests for a token, fewer where the
//! lists of its account are known; parts of a list and at most two repetitions apart.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::HeaderValue;
use serde_json::Value;

use super::answer::{self, Account, Entry, Listing, Probe};
use super::decide::{Known, Lists};
use crate::api::{self, Allowance, Connection, Pace, Reply};
use crate::token::Token;
use crate::verdict::{Live, Obstacle, Verdict};

const ACCOUNT: &str = "/account";
const POOL: &str = "/account/rate-limits";
const LIST: &str = "/oauth/authorizations";
/// "~ is the API Key, not the authorization that is currently requesting" (heroku-cli-command, `login.ts`).
const OWN: &str = "/oauth/authorizations/~";

/// Everything that the questions of a run share.
pub(super) struct Asker<'a> {
    pub(super) connection: &'a Connection,
    /// Global tokens of owners, whose lists tell what limited tokens are.
    pub(super) owners: &'a [(String, Token)],
    /// What is known of accounts, by id. A slot is locked while its lists are fetched, so that they are fetched once.
    slots: Mutex<BTreeMap<String, Arc<Mutex<Slot>>>>,
    /// The accounts of the owners, asked for once, when they are needed.
    owner_lists: Mutex<Option<Vec<Result<Owned, &'static str>>>>,
    /// What the owners' tokens were told of their accounts, in their order: one that is found, too, is asked about once.
    owner_probes: Vec<Mutex<Option<Result<Probe, Obstacle>>>>,
}

/// What is known of an account's lists.
#[derive(Default)]
enum Slot {
    /// Nothing.
    #[default]
    Open,
    Known(Arc<Lists>),
    /// Another token of the account would fail as well.
    Failed(Obstacle),
}

/// An owner's account and its lists.
type Owned = (Account, Arc<Lists>);

/// What the lists of a token's account are.
enum Look {
    Lists(Arc<Lists>),
    /// The token may not read them.
    Limited(Option<Vec<String>>),
    Unclear(Obstacle),
}

impl<'a> Asker<'a> {
    pub(super) fn new(connection: &'a Connection, owners: &'a [(String, Token)]) -> Self {
        Self {
            connection,
            owners,
            slots: Mutex::default(),
            owner_lists: Mutex::default(),
            owner_probes: owners.iter().map(|_| Mutex::default()).collect(),
        }
    }

    /// What a token is.
    pub(super) fn ask(&self, token: &Token) -> Verdict {
        let mut allowance = Allowance::new();
        if let Some(obstacle) = self.scarce(token, &mut allowance) {
            return Verdict::Undetermined(obstacle);
        }
        let probe = match self.probe(token, &mut allowance) {
            Ok(probe) => probe,
            Err(obstacle) => return Verdict::Undetermined(obstacle),
        };
        let live = match probe {
            Probe::Dead(denial) => return Verdict::Dead(denial),
            Probe::Unclear(obstacle) => return Verdict::Undetermined(obstacle),
            Probe::Limited(scopes) => {
                let known = Known { scopes: scopes.as_deref(), ..Known::default() };
                Some(self.limited(token, &known))
            }
            Probe::Blocked(blocked) => {
                let known = Known { blocked: Some(blocked), ..Known::default() };
                self.by_lists(token, &known, self.fetch(token, None, &mut allowance))
            }
            Probe::Account(account, scopes) => {
                let known = Known { account: Some(&account), scopes: scopes.as_deref(), ..Known::default() };
                if scopes.as_ref().is_some_and(|scopes| only_identity(scopes)) {
                    Some(self.limited(token, &known))
                } else {
                    self.by_lists(token, &known, self.look(token, &account, &mut allowance))
                }
            }
        };
        live.map_or(Verdict::Undetermined(Obstacle::Contradiction), |live| Verdict::Live(Box::new(live)))
    }

    /// `None`: what was accepted has been refused.
    fn by_lists(&self, token: &Token, known: &Known<'_>, look: Look) -> Option<Live> {
        Some(match look {
            Look::Lists(lists) => known.listed(token, &lists),
            Look::Limited(scopes) => {
                let scopes = known.scopes.or(scopes.as_deref());
                self.limited(token, &Known { scopes, ..known.clone() })
            }
            Look::Unclear(Obstacle::Contradiction) => return None,
            Look::Unclear(obstacle) => known.unlisted(obstacle),
        })
    }

    /// While an account is at its reserve, no other pool is drawn on before it was looked at, which costs nothing
    /// (Dev Center changelog 309).
    fn scarce(&self, token: &Token, allowance: &mut Allowance) -> Option<Obstacle> {
        if !self.connection.pace().scarce() {
            return None;
        }
        let reply = self.connection.get(token, POOL, None, allowance).ok()?;
        if reply.status == 429 {
            return Some(Obstacle::RateLimited);
        }
        let left = reply.json.then(|| serde_json::from_slice::<Value>(&reply.body).ok()).flatten()?;
        let left = left.get("remaining").and_then(Value::as_u64).filter(|_| reply.status == 200)?;
        (!Pace::enough(left)).then_some(Obstacle::RateLimited)
    }

    fn probe(&self, token: &Token, allowance: &mut Allowance) -> Result<Probe, Obstacle> {
        let same = |(_, owner): &(String, Token)| owner.fingerprint() == token.fingerprint();
        match self.owners.iter().position(same) {
            None => self.probed(token, allowance),
            Some(at) => {
                let mut known = self.owner_probes[at].lock().unwrap_or_else(PoisonError::into_inner);
                known.get_or_insert_with(|| self.probed(token, allowance)).clone()
            }
        }
    }

    fn probed(&self, token: &Token, allowance: &mut Allowance) -> Result<Probe, Obstacle> {
        let reply = self.connection.get(token, ACCOUNT, None, allowance)?;
        // A pool that is empty need not say so in a header.
        let remaining = reply.remaining.or_else(|| (reply.status == 429).then_some(0));
        let probe = answer::probe(reply, token);
        if let Some(left) = remaining {
            let account = if let Probe::Account(account, _) = &probe { Some(&*account.id) } else { None };
            self.connection.pace().left(account, left);
        }
        Ok(probe)
    }

    /// A token that may not read the lists: those of an owner may tell.
    fn limited(&self, token: &Token, known: &Known<'_>) -> Live {
        let owned = |(account, lists): &Owned| known.limited_listed(token, (account, lists));
        self.owners().iter().flatten().find_map(owned).unwrap_or_else(|| known.limited())
    }

    /// Owners' tokens that were needed and tell nothing, by the names of their variables, and why.
    pub(super) fn unusable_owners(&self) -> Vec<(&'a str, &'static str)> {
        let known = self.owner_lists.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.iter().flatten();
        self.owners
            .iter()
            .zip(known)
            .filter_map(|((name, _), it)| Some((name.as_str(), *it.as_ref().err()?)))
            .collect()
    }

    /// The lists of the owners, or why they could not be read.
    fn owners(&self) -> Vec<Result<Owned, &'static str>> {
        if self.owners.is_empty() {
            return Vec::new();
        }
        let mut known = self.owner_lists.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert_with(|| self.owners.iter().map(|(_, owner)| self.owned(owner)).collect()).clone()
    }

    fn owned(&self, owner: &Token) -> Result<Owned, &'static str> {
        const LIMITED: &str = "has a limited scope itself";
        const UNCLEAR: &str = "got no clear answer";
        let mut allowance = Allowance::new();
        match self.probe(owner, &mut allowance) {
            Ok(Probe::Account(account, _)) => match self.look(owner, &account, &mut allowance) {
                Look::Lists(lists) => Ok((account, lists)),
                Look::Limited(_) => Err(LIMITED),
                Look::Unclear(_) => Err(UNCLEAR),
            },
            Ok(Probe::Dead(_)) => Err("is not accepted by Heroku"),
            Ok(Probe::Limited(_)) => Err(LIMITED),
            Ok(Probe::Blocked(_) | Probe::Unclear(_)) | Err(_) => Err(UNCLEAR),
        }
    }

    /// The lists of an account, fetched in the name of the first token that may read them.
    fn look(&self, token: &Token, account: &Account, allowance: &mut Allowance) -> Look {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(account.id.clone()).or_default())
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        match &*slot {
            Slot::Open => {}
            Slot::Known(lists) => return Look::Lists(Arc::clone(lists)),
            Slot::Failed(obstacle) => return Look::Unclear(obstacle.clone()),
        }
        let look = self.fetch(token, Some(&account.id), allowance);
        *slot = match &look {
            Look::Lists(lists) => Slot::Known(Arc::clone(lists)),
            // That says something of this token, and nothing of the account.
            Look::Limited(_) | Look::Unclear(Obstacle::Contradiction) => Slot::Open,
            Look::Unclear(obstacle) => Slot::Failed(obstacle.clone()),
        };
        look
    }

    /// Both lists. `account`: whose pool they draw on, if that is known.
    fn fetch(&self, token: &Token, account: Option<&str>, allowance: &mut Allowance) -> Look {
        let (entries, incomplete) = match self.list(token, account, allowance) {
            Listing::Found(list) => list,
            Listing::Limited(scopes) => return Look::Limited(scopes),
            Listing::Absent => return Look::Unclear(Obstacle::Unexpected(404)),
            Listing::Unclear(obstacle) => return Look::Unclear(obstacle),
        };
        let own = match self.charged(token, (OWN, None), account, allowance) {
            Ok(reply) => answer::own(reply, token),
            Err(obstacle) => Listing::Unclear(obstacle),
        };
        Look::Lists(Arc::new(Lists { entries, incomplete, own }))
    }

    /// All authorizations, with the reason why these are not all.
    fn list(
        &self,
        token: &Token,
        account: Option<&str>,
        allowance: &mut Allowance,
    ) -> Listing<(Vec<Entry>, Option<Obstacle>)> {
        let mut entries: Vec<Entry> = Vec::new();
        let (mut known, mut ended) = (BTreeSet::new(), None);
        let whole = api::parts(
            |range| self.charged(token, (LIST, Some(range)), account, allowance),
            |part, reply| match reply.map_or_else(Listing::Unclear, |reply| answer::page(reply, token)) {
                Listing::Found(page) => {
                    entries.extend(page.into_iter().filter(|entry| known.insert(entry.id.clone())));
                    true
                }
                other => {
                    ended = Some((part, other));
                    false
                }
            },
        );
        match ended {
            Some((0, other)) => other.unfound(),
            Some((_, Listing::Unclear(obstacle))) => Listing::Found((entries, Some(obstacle))),
            Some(_) => Listing::Found((entries, Some(Obstacle::Incomplete))),
            None => Listing::Found((entries, (!whole).then_some(Obstacle::Incomplete))),
        }
    }

    /// A request that draws on an account's pool, unless that is at its reserve.
    fn charged(
        &self,
        token: &Token,
        (path, range): (&str, Option<&HeaderValue>),
        account: Option<&str>,
        allowance: &mut Allowance,
    ) -> Result<Reply, Obstacle> {
        if account.is_some_and(|account| !self.connection.pace().spare(account)) {
            return Err(Obstacle::RateLimited);
        }
        let reply = self.connection.get(token, path, range, allowance)?;
        if let (Some(account), Some(left)) = (account, reply.remaining) {
            self.connection.pace().left(Some(account), left);
        }
        Ok(reply)
    }
}

/// Whether a token may read its account, and nothing else that is asked for. Where neither scope is named, the answer
/// contradicts the header, which is in no schema.
fn only_identity(scopes: &[String]) -> bool {
    let named = |name: &str| scopes.iter().any(|scope| scope == name);
    named("identity") && !named("global")
}

impl<T> Listing<T> {
    /// The same, of something that was not found.
    fn unfound<U>(self) -> Listing<U> {
        match self {
            Self::Found(_) | Self::Absent => Listing::Absent,
            Self::Limited(scopes) => Listing::Limited(scopes),
            Self::Unclear(obstacle) => Listing::Unclear(obstacle),
        }
    }
}
