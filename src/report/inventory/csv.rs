//! A table for spreadsheets: a row for each token at each place (RFC 4180).

use super::Answer;
use crate::escape::is_hidden;
use crate::verdict::{CredentialKind, Expiry, Live, Verdict};

const HEAD: &str = "fingerprint,token,form,state,kind,expires,owner,repository,path,line,environment,in_head,\
    first_commit,first_authored,proposed,claims\r\n";

pub(super) fn table(answer: &Answer<'_>) -> String {
    let mut table = HEAD.to_owned();
    for token in &answer.inventory.tokens {
        let live = match &token.verdict {
            Some(Verdict::Live(live)) => Some(live.as_ref()),
            _ => None,
        };
        let expires = live.map_or("", |live| match &live.expiry {
            Expiry::At(at) => at,
            Expiry::Never => "never",
            Expiry::Unknown => "",
        });
        let owner = live.and_then(|it| it.owner.as_ref()).map_or("", |it| it.email.as_str());
        for sighting in &token.sightings {
            let seen = &sighting.seen;
            let repository = answer.inventory.repositories.get(&sighting.repository);
            let commit = seen.past.commit.as_ref();
            let claims: Vec<&str> = seen.claims.iter().map(|it| it.place.as_str()).collect();
            let row: [&str; 16] = [
                &token.fingerprint.to_string(),
                token.redacted.as_str(),
                token.form.name(),
                token.state(),
                live.and_then(Live::kind).map_or("", CredentialKind::name),
                expires,
                owner,
                repository.map_or("", |it| it.name.as_str()),
                &seen.location.path,
                &seen.location.region.start.line.to_string(),
                seen.environment.name(),
                yes(seen.past.in_tip),
                commit.map_or("", |it| it.id.as_str()),
                commit.and_then(|it| it.authored.as_deref()).unwrap_or_default(),
                yes(seen.proposed),
                &claims.join(" "),
            ];
            table.push_str(&row.map(cell).join(","));
            table.push_str("\r\n");
        }
    }
    table
}

fn yes(it: bool) -> &'static str {
    if it { "yes" } else { "no" }
}

/// A cell, which no program takes for a formula, and whose text stays in its row.
fn cell(text: &str) -> String {
    let plain: String =
        text.chars().map(|c| if c.is_control() || is_hidden(c) { '\u{fffd}' } else { c }).collect();
    let formula = plain.starts_with(['=', '+', '-', '@']);
    let text = if formula { format!("'{plain}") } else { plain };
    let quoted = formula || text.contains([',', '"', ' ', ';']);
    if quoted { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells() {
        assert_eq!(cell("a/b.yml"), "a/b.yml");
        assert_eq!(cell("a, \"b\""), "\"a, \"\"b\"\"\"");
        assert_eq!(cell("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
        assert_eq!(cell("@x\r\ny\u{202e}"), "\"'@x\u{fffd}\u{fffd}y\u{fffd}\"");
    }
}
