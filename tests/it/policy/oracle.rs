//! The policy once more, from its design and from no rule file.

use hrkulint::environment::Environment::{
    Ci, Development, Documentation, Production, Staging, Test, Unknown,
};
use hrkulint::environment::{Environment, Exposure};
use hrkulint::finding::Level;
use hrkulint::policy::{Life, Nature};
use hrkulint::rule::file::{Ending, Scope};
use hrkulint::verdict::CredentialKind;

/// What is reported of a token at a place. `read`: it does not stand in history alone.
pub(super) fn decide(
    exposure: Exposure,
    environment: Environment,
    read: bool,
    life: Life,
) -> Option<(Level, &'static str)> {
    use CredentialKind::{AccountApiKey, Authorization, ClientToken, Session};
    let vital = match environment {
        Production | Staging | Ci => true,
        Development | Test | Documentation | Unknown => false,
    };
    let quiet = matches!(environment, Test | Documentation);
    let in_use = read || matches!(exposure, Exposure::Runtime);
    let committed = matches!(exposure, Exposure::Committed);
    let local = matches!(exposure, Exposure::Local).then_some((Level::Note, "local-token"));
    let unclassified = (Level::Note, "unclassified-token-in-production");
    match life {
        Life::Dead if vital && in_use => Some((Level::Error, "dead-token-in-production")),
        Life::Dead => Some((Level::Note, "dead-token")),
        Life::Unknown if committed => {
            Some((if quiet { Level::Warning } else { Level::Error }, "committed-token"))
        }
        Life::Unknown if vital => Some(unclassified),
        Life::Unknown => local,
        Life::Live(Nature { kind, ending, scope, federated }) => match (kind, ending, scope) {
            (Session, _, _) if vital && federated => Some((Level::Error, "sso-session-in-automation")),
            (Session, _, _) if vital => Some((Level::Error, "session-token-in-production")),
            (AccountApiKey, _, _) if vital => Some((Level::Error, "account-api-key-in-production")),
            _ if committed => Some((Level::Error, "committed-token")),
            (Authorization, Ending::Soon, _) if vital => {
                Some((Level::Error, "expiring-authorization-in-production"))
            }
            (Authorization, Ending::WithinHorizon, _) if vital => {
                Some((Level::Warning, "expiring-authorization-in-production"))
            }
            (Authorization, Ending::Never, Scope::Global) => {
                Some((Level::Warning, "never-expiring-authorization"))
            }
            (CredentialKind::Unknown, _, _) if vital => Some(unclassified),
            (Session | AccountApiKey | Authorization | ClientToken | CredentialKind::Unknown, _, _) => local,
        },
    }
}

/// Which place is reported as sharing its token with production, and which place of production it names.
pub(super) fn shared(dead: bool, places: &[Environment]) -> Option<(usize, usize)> {
    let outside = |place: &Environment| match place {
        Staging | Ci | Development | Test => true,
        Production | Documentation | Unknown => false,
    };
    let here = places.iter().position(outside)?;
    let production = places.iter().position(|place| *place == Production)?;
    (!dead).then_some((here, production))
}

/// Why a cell cannot be: no message has to fit it.
pub(super) fn impossible(exposure: Exposure, read: bool, life: Life) -> Option<&'static str> {
    use CredentialKind::{AccountApiKey, Authorization, Session};
    if !read && exposure != Exposure::Committed {
        return Some("only what was committed stands in history alone");
    }
    let Life::Live(Nature { kind, ending, scope, federated }) = life else { return None };
    match (kind, ending, scope) {
        (AccountApiKey | Authorization, _, _) if federated => {
            Some("an account with SSO has no API key and creates no authorizations")
        }
        (Session, Ending::WithinHorizon | Ending::Later, _) if federated => Some("it lasts for 8 hours"),
        (Session, Ending::Never, _) => Some("every session ends"),
        (Session | AccountApiKey, _, Scope::Limited) => Some("both may do everything"),
        (CredentialKind::Unknown, Ending::Unknown, Scope::Limited) => None,
        (CredentialKind::Unknown, _, Scope::Limited) => {
            Some("a token of limited scope cannot ask for its end")
        }
        _ => None,
    }
}
