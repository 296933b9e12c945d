//! What the text around a token hints of how it was made. Hints decide nothing: text can be edited and copied.

use std::borrow::Cow;
use std::ops::Range;

use super::doc::Doc;
use super::judge::netrc_machine;
use crate::candidate::Hint;
use crate::environment::Evidence;
use crate::verdict::CredentialKind;

/// How many lines around a token belong to it.
const NEAR: usize = 8;

/// The longest line that is looked at. None is cut: a part of a line could hold a part of a secret.
const LONGEST: usize = 300;

/// The longest value that evidence quotes: a part of a longer one could be a part of a secret.
const QUOTED: usize = 60;

/// The labels of what `heroku authorizations:create` and `:info` print.
const LABELS: &[&str] = &["client", "id", "description", "scope", "token", "updated at", "expires at"];

/// The hint for a token, and why.
pub(super) fn hint(doc: &Doc<'_>, span: &Range<usize>) -> Option<(Hint, Vec<Evidence>)> {
    if netrc_machine(doc.text, span.start)
        .is_some_and(|host| host == "api.heroku.com" || host == "git.heroku.com")
    {
        return Some((Hint::Netrc, Vec::new()));
    }
    authorization(doc, span).or_else(|| output(doc, span))
}

/// A block with `Client:`, `ID:`, `Description:`, `Scope:` and `Token:`.
fn authorization(doc: &Doc<'_>, span: &Range<usize>) -> Option<(Hint, Vec<Evidence>)> {
    let lines = doc.lines();
    let number = lines.line_of(span.start);
    if labelled(lines.line(number))?.0 != "token" {
        return None;
    }
    let mut block: Vec<(&str, String)> = Vec::new();
    let above = (number.saturating_sub(NEAR)..number).rev();
    block.extend(above.map_while(|line| labelled(lines.line(line))));
    let below = number + 1..(number + 1 + NEAR).min(lines.len());
    block.extend(below.map_while(|line| labelled(lines.line(line))));
    let value =
        |label: &str| block.iter().find(|(known, _)| *known == label).map(|(_, value)| value.as_str());
    let known =
        ["client", "id", "description", "scope"].iter().filter(|label| value(label).is_some()).count();
    // Another client made the token for itself.
    let own = value("client").is_none_or(|client| matches!(client, "<none>" | "&lt;none&gt;"));
    if known < 3 || !own {
        return None;
    }
    if value("description").is_some_and(|text| text.starts_with("Heroku CLI login from ")) {
        let what = "it stands in a block that describes it as a login of the Heroku CLI";
        return Some((Hint::Kind(CredentialKind::Session), vec![Evidence::supporting(what)]));
    }
    let mut evidence =
        vec![Evidence::supporting("it stands in a block that `heroku authorizations:create` prints")];
    if let Some(end) = value("expires at").and_then(date) {
        evidence.push(Evidence::supporting(format!("the text says that it ends at {end}")));
    }
    Some((Hint::Kind(CredentialKind::Authorization), evidence))
}

/// The label and value of a line, behind what comments, quotes and lists put before it.
fn labelled(line: &[u8]) -> Option<(&'static str, String)> {
    let line = short(line)?;
    let line = line.trim_start_matches(|c: char| !c.is_alphanumeric());
    let (label, value) = line.split_once(':')?;
    let label = LABELS.iter().find(|known| known.eq_ignore_ascii_case(label.trim_end()))?;
    Some((label, value.trim().to_owned()))
}

fn short(line: &[u8]) -> Option<Cow<'_, str>> {
    (line.len() <= LONGEST).then(|| String::from_utf8_lossy(line))
}

/// A date without what is counted from the day it was printed on: `.. (in 30 days)`.
fn date(text: &str) -> Option<&str> {
    let date = text.split('(').next().unwrap_or_default().trim();
    (!date.is_empty() && date.len() <= QUOTED && date.contains(|c: char| c.is_ascii_digit())).then_some(date)
}

/// A line of its own, under the command that prints it or the warnings of `heroku auth:token`.
fn output(doc: &Doc<'_>, span: &Range<usize>) -> Option<(Hint, Vec<Evidence>)> {
    let lines = doc.lines();
    let number = lines.line_of(span.start);
    let own = lines.line_span(number);
    let alone = |at: usize| b" \t\"'`*#>|".contains(&doc.text[at]);
    if !(own.start..span.start).chain(span.end..own.end).all(alone) {
        return None;
    }
    for line in (number.saturating_sub(NEAR)..number).rev() {
        let line = short(lines.line(line))?;
        let text = line.trim_matches(|c: char| c.is_whitespace() || "*#|".contains(c));
        if let Some((_, end)) = text.split_once("token will expire ") {
            let mut evidence =
                vec![Evidence::supporting("it stands under a warning that `heroku auth:token` prints")];
            evidence.extend(
                date(end).map(|end| Evidence::supporting(format!("the text says that it ends {end}"))),
            );
            return Some((Hint::Kind(CredentialKind::Session), evidence));
        }
        let skipped = text.is_empty() || text.starts_with(['›', '»']) || text.starts_with("```");
        if !skipped && !text.starts_with("Warning") {
            return command(text);
        }
    }
    None
}

/// A command of the Heroku CLI behind a prompt.
fn command(line: &str) -> Option<(Hint, Vec<Evidence>)> {
    let (before, command) = line.split_once("heroku ")?;
    let before = before.trim_end();
    if !before.is_empty() && !before.ends_with(['$', '%', '>', '#', '`']) {
        return None;
    }
    let (name, kind) = match command.split_whitespace().next()? {
        "auth:token" => ("auth:token", CredentialKind::Session),
        "authorizations:create" => ("authorizations:create", CredentialKind::Authorization),
        "authorizations:rotate" => ("authorizations:rotate", CredentialKind::Authorization),
        _ => return None,
    };
    let what = format!("it stands under the command `heroku {name}`, which prints such a token");
    Some((Hint::Kind(kind), vec![Evidence::supporting(what)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hint and evidence for `TOKEN` in a text.
    fn of(text: &str) -> Option<(Hint, String)> {
        let start = text.find("TOKEN").unwrap();
        let (hint, evidence) = hint(&Doc::new(text.as_bytes()), &(start..start + 5))?;
        Some((hint, evidence.iter().map(|it| it.what.as_str()).collect::<Vec<_>>().join("; ")))
    }

    const BLOCK: &str = "Creating OAuth Authorization... done\nClient:      <none>\nID:          x\nDescription: ci\n\
                         Scope:       global\nToken:       TOKEN\nUpdated at:  Tue Nov 10 2020 (now)\n";

    #[test]
    fn authorizations() {
        let kind = |text: &str| of(text).map(|(hint, _)| hint);
        let authorization = Some(Hint::Kind(CredentialKind::Authorization));
        assert_eq!(kind(BLOCK), authorization);
        let quoted = format!("  # > {}", BLOCK.trim_end().replace('\n', "\n  # > "));
        assert_eq!(kind(&quoted), authorization);
        let ends = format!("{BLOCK}Expires at:  Wed Dec 23 2026 10:00:00 GMT+0000 (in 30 days)\n");
        let (_, evidence) = of(&ends).unwrap();
        assert!(
            evidence.ends_with("the text says that it ends at Wed Dec 23 2026 10:00:00 GMT+0000"),
            "{evidence}"
        );
        let long = format!("{BLOCK}Expires at:  {}\n", "9".repeat(61));
        assert!(!of(&long).unwrap().1.contains('9'));
        assert_eq!(kind(&BLOCK.replace("<none>", "Dashboard")), None);
        assert_eq!(kind(&BLOCK.replace("Scope: ", "\nScope: ")), None);
        assert_eq!(kind(&BLOCK.replace("Token: ", "Secret: ")), None);
        let login = BLOCK.replace("Description: ci", "Description: Heroku CLI login from laptop");
        assert_eq!(kind(&login), Some(Hint::Kind(CredentialKind::Session)));
    }

    #[test]
    fn commands() {
        let kind = |text: &str| match of(text) {
            Some((Hint::Kind(kind), _)) => Some(kind),
            _ => None,
        };
        let (session, authorization) = (Some(CredentialKind::Session), Some(CredentialKind::Authorization));
        let warnings = " ›   Warning: token will expire 12/23/2026\n ›   Use heroku authorizations:create to generate a long-term token\n";
        assert_eq!(kind(&format!("$ heroku auth:token\n{warnings}TOKEN\n")), session);
        assert_eq!(kind(&format!("{warnings}TOKEN\n")), session);
        assert!(
            of(&format!("{warnings}TOKEN\n")).unwrap().1.ends_with("the text says that it ends 12/23/2026")
        );
        assert_eq!(kind("me@laptop:~$ heroku auth:token\nTOKEN"), session);
        assert_eq!(kind("   PS C:\\site> heroku auth:token\n   TOKEN"), session);
        assert_eq!(kind("```\nheroku authorizations:create -S -d x\n```\n\n`TOKEN`\n"), authorization);
        assert_eq!(kind("Never use heroku auth:token, but this:\nTOKEN"), None);
        assert_eq!(kind("$ heroku auth:token\nKEY=TOKEN"), None);
        assert_eq!(kind("$ heroku apps\nTOKEN"), None);
    }

    #[test]
    fn netrc() {
        for (host, expected) in
            [("api.heroku.com", true), ("git.heroku.com", true), ("code.example.com", false)]
        {
            let text = format!("machine x\n  login a\nmachine {host}\n  login me\n  password TOKEN\n");
            assert_eq!(of(&text).is_some_and(|(hint, _)| hint == Hint::Netrc), expected, "{host}");
        }
    }
}
