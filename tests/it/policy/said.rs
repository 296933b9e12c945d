//! What findings say: every message and all steps of every cell that can be.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use hrkulint::environment::{Environment, Exposure, Pending};
use hrkulint::finding::{Holder, RuleId};
use hrkulint::instant::seconds;
use hrkulint::policy::{self, Elsewhere, Facts, Life, Nature, Place, Subject, Table};
use hrkulint::rule::file::{Ending, LintFile, Scope};
use hrkulint::rule::{Body, Catalog};
use hrkulint::token::TokenForm;
use hrkulint::verdict::{
    Basis, Blocked, Certainty, CredentialKind, Denial, Expiry, Listed, Live, NotChecked, Obstacle, Owner,
    Verdict,
};

use super::commands::{self, Commands};
use super::{ENDINGS, ENVIRONMENTS, EXPOSURES, KINDS, SCOPES, every_cell, oracle};

const NOW: &str = "2026-11-23T12:00:00Z";

const FORMS: [TokenForm; 5] =
    [TokenForm::Opaque, TokenForm::PrefixedUuid, TokenForm::Uuid, TokenForm::LegacyHex, TokenForm::Truncated];

/// Within 7 days, within 30 days, and later.
const DAYS: [&str; 3] = ["2026-11-25", "2026-12-12", "2027-11-25"];

const ID: &str = "01234567-89ab-cdef-0123-456789abcdef";
pub(crate) const OTHER_ID: &str = "01234567-89ab-cdef-0123-456789abcde0";

/// A verdict with these facts.
fn verdict(life: Life) -> Verdict {
    let nature = match life {
        Life::Dead => return Verdict::Dead(Denial { id: "unauthorized".to_owned() }),
        Life::Unknown => return Verdict::NotChecked(NotChecked::Offline),
        Life::Live(nature) => nature,
    };
    let at = |day: &str| Expiry::At(format!("{day}T12:00:00Z"));
    let kinds = match (nature.kind, nature.scope, nature.federated) {
        (CredentialKind::Unknown, Scope::Limited, _) => {
            vec![CredentialKind::Authorization, CredentialKind::ClientToken]
        }
        (CredentialKind::Unknown, _, true) => vec![CredentialKind::Session, CredentialKind::ClientToken],
        (CredentialKind::Unknown, _, false) => vec![CredentialKind::Session, CredentialKind::Authorization],
        (kind, ..) => vec![kind],
    };
    let federated = Some(nature.federated);
    let owner = Owner { email: "jane@example.com".to_owned(), federated, two_factor: None };
    Verdict::Live(Box::new(Live {
        basis: Basis::Listed,
        certainty: Certainty::High,
        expiry: match nature.ending {
            Ending::Soon => at(DAYS[0]),
            Ending::WithinHorizon => at(DAYS[1]),
            Ending::Later => at(DAYS[2]),
            Ending::Never => Expiry::Never,
            Ending::Unknown => Expiry::Unknown,
        },
        scopes: match nature.scope {
            Scope::Global => vec!["global".to_owned()],
            Scope::Limited => vec!["read".to_owned(), "write".to_owned()],
            Scope::Unknown => Vec::new(),
        },
        owner: Some(owner),
        ..Live::accepted(kinds)
    }))
}

/// An entry of Heroku's list.
fn entry(id: &str) -> Listed {
    Listed {
        id: id.to_owned(),
        kind: CredentialKind::Authorization,
        description: None,
        client: None,
        expiry: Expiry::Unknown,
        scopes: Vec::new(),
    }
}

/// Verdicts that a cell's token may have, and what may be inferred of it, each with a name.
fn variations(life: Life) -> Vec<(&'static str, Verdict, Option<CredentialKind>)> {
    let plain = verdict(life);
    let accepted = match &plain {
        Verdict::Live(it) => it.clone(),
        _ if life == Life::Unknown => {
            return vec![
                ("-", plain.clone(), None),
                ("inferred: session", plain.clone(), Some(CredentialKind::Session)),
                ("inferred: authorization", plain, Some(CredentialKind::Authorization)),
            ];
        }
        _ => return vec![("-", plain, None)],
    };
    let changed = |change: &dyn Fn(&mut Live)| {
        let mut other = accepted.clone();
        change(&mut other);
        Verdict::Live(other)
    };
    let mut found = vec![("-", plain, None)];
    let nature = life.nature();
    let one_of = |it: &mut Live| {
        (it.basis, it.certainty) = (Basis::Ambiguous, Certainty::Low);
        it.listed = vec![entry(ID), entry(OTHER_ID)];
    };
    // What is said of these does not depend on the scope, nor of a blocked account on anything.
    if nature.scope == Scope::Global {
        found.push(("one of two", changed(&one_of), None));
        if nature.ending == Ending::Never {
            found.push(("suspended", changed(&|it| it.blocked = Some(Blocked::Suspended)), None));
        }
    }
    match (nature.kind, nature.scope) {
        (CredentialKind::Unknown, Scope::Limited) => {
            let unnamed = changed(&|it| (it.basis, it.scopes) = (Basis::Scope, Vec::new()));
            found.push(("scope not named", unnamed, None));
        }
        (CredentialKind::Unknown, _) if nature.federated => {}
        (CredentialKind::Unknown, _) => {
            let kinds = [CredentialKind::Session, CredentialKind::AccountApiKey];
            found.push(("session or key", changed(&|it| it.kinds = kinds.to_vec()), None));
            found.push(("no kinds", changed(&|it| it.kinds = vec![CredentialKind::Unknown]), None));
            let unlisted = changed(&|it| (it.basis, it.certainty) = (Basis::Excluded, Certainty::Low));
            found.push(("in no list", unlisted, None));
            let unseen = changed(&|it| {
                (it.basis, it.obstacle) = (Basis::Accepted, Some(Obstacle::Redacted));
            });
            found.push(("too little shown", unseen, None));
        }
        (CredentialKind::AccountApiKey, _) => {}
        _ => {
            if nature.kind == CredentialKind::Session {
                let basis = if nature.federated { Basis::Excluded } else { Basis::Listed };
                let medium = changed(&|it| (it.basis, it.certainty) = (basis, Certainty::Medium));
                found.push(("medium certainty", medium, None));
            }
            found.push(("id known", changed(&|it| it.listed = vec![entry(ID)]), None));
        }
    }
    found
}

const OTHER: Elsewhere<'static> = Elsewhere {
    holder: Holder::File,
    name: "deploy/release.sh",
    environment: Environment::Production,
    in_use: true,
};

const PENDING: [(&str, Option<Pending>); 3] =
    [("no", None), ("commit", Some(Pending::Commit)), ("push", Some(Pending::Push))];

/// A cell, and the same where a commit or a push is still to publish it: hooks seldom ask Heroku, so of the others one
/// test is enough.
fn pending(facts: Facts) -> Vec<Facts> {
    let possible = |(_, pending): &(&str, Option<Pending>)| match pending {
        None => true,
        Some(_) if facts.place.exposure != Exposure::Committed || facts.life != Life::Unknown => false,
        Some(pending) => *pending == Pending::Push || facts.place.in_use(),
    };
    let with = |(_, pending)| Facts { place: facts.place.with_pending(pending), ..facts };
    PENDING.into_iter().filter(possible).map(with).collect()
}

const OTHERS: [(&str, Elsewhere<'static>); 2] =
    [("yes", OTHER), ("no", Elsewhere { in_use: false, ..OTHER })];

/// One thing that is said, with the names of what it is said of.
struct Said<'a> {
    rule: &'a RuleId,
    facts: Facts,
    features: Vec<(&'static str, &'static str)>,
    text: String,
    fixes: Vec<String>,
}

fn features(facts: Facts) -> Vec<(&'static str, &'static str)> {
    fn name<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> &'static str {
        names.iter().find(|(_, it)| it == value).unwrap().0
    }
    let mut found = vec![
        (
            "state",
            match facts.life {
                Life::Dead => "dead",
                Life::Unknown => "unknown",
                Life::Live(_) => "live",
            },
        ),
        ("environment", name(&ENVIRONMENTS, &facts.place.environment)),
        ("exposure", name(&EXPOSURES, &facts.place.exposure)),
        ("in use", if facts.place.in_use() { "yes" } else { "no" }),
        ("pending", name(&PENDING, &facts.place.pending)),
    ];
    if let Life::Live(Nature { kind, ending, scope, federated }) = facts.life {
        found.extend([
            ("kind", name(&KINDS, &kind)),
            ("sso", if federated { "yes" } else { "no" }),
            ("ending", name(&ENDINGS, &ending)),
            ("scope", name(&SCOPES, &scope)),
        ]);
    }
    found
}

/// Everything that is said of the cells that can be.
fn everything(form: TokenForm) -> Vec<Said<'static>> {
    let catalog = Catalog::embedded();
    let table = Table::of(catalog);
    let mut all = Vec::new();
    let possible = |facts: &Facts| {
        let Place { exposure, .. } = facts.place;
        oracle::impossible(exposure, facts.place.in_use(), facts.life).is_none()
    };
    for facts in every_cell().into_iter().filter(possible).flat_map(pending) {
        for (variation, verdict, inferred) in variations(facts.life) {
            let subject = Subject {
                form: form.describe(),
                redacted: "HRKU-AA…(65)",
                facts,
                holder: Holder::File,
                verdict: &verdict,
                inferred,
                other: None,
            };
            let mut push = |rule, file: &LintFile, subject: Subject<'_>, more: &[_]| {
                let (text, fixes) = subject.say(&file.message);
                let features = [features(facts), vec![("more", variation)], more.to_vec()].concat();
                all.push(Said { rule, facts, features, text, fixes });
            };
            if let Some(it) = table.decide(facts) {
                push(it.rule, it.file, subject, &[]);
            }
            let shares =
                oracle::shared(facts.life == Life::Dead, &[facts.place.environment, Environment::Production]);
            for (rule, file) in catalog.beside().into_iter().filter(|_| shares == Some((0, 1))) {
                for (name, other) in OTHERS {
                    push(rule, file, Subject { other: Some(other), ..subject }, &[("other in use", name)]);
                }
            }
        }
    }
    all
}

/// The text without what differs by the token, the environment and the day alone.
fn masked(text: &str, environment: Environment) -> String {
    let word = policy::environment_word(environment);
    let token = format!("{} HRKU-AA…(65)", TokenForm::Opaque.describe());
    let mut text = text.replace(&token, "<token>").replace(ID, "<id>").replace(OTHER_ID, "<other id>");
    for day in DAYS {
        text = text.replace(day, "<day>");
    }
    // Production can be the other place.
    for before in ["is used in ", "in a file for ", "is used in <environment> and, in "] {
        text = text.replacen(&format!("{before}{word}"), &format!("{before}<environment>"), 1);
    }
    text
}

/// A message without its sentence of where the token is used, and that sentence.
fn without_place(text: &str) -> (String, Option<&str>) {
    let starts = [" It is used in ", " It stands in ", " It stood in "];
    let Some(at) = starts.iter().find_map(|start| text.find(start)) else { return (text.to_owned(), None) };
    let (before, rest) = text.split_at(at);
    let (sentence, after) = rest.split_at(rest.find('.').unwrap() + 1);
    (format!("{before}{after}"), Some(sentence))
}

type Values = BTreeMap<&'static str, BTreeSet<&'static str>>;

fn collect(values: &mut Values, features: &[(&'static str, &'static str)]) {
    for (axis, value) in features {
        values.entry(axis).or_default().insert(value);
    }
}

/// Which values a group has, where its rule's cells have others, too.
fn only(group: &Values, all: &Values) -> String {
    let differs = |(axis, values): &(&&'static str, &BTreeSet<_>)| all[*axis] != **values;
    let shown = |(axis, values): (&&str, &BTreeSet<&str>)| {
        format!("{axis} {}", values.iter().copied().collect::<Vec<_>>().join("|"))
    };
    let parts: Vec<String> = group.iter().filter(differs).map(shown).collect();
    if parts.is_empty() { "any".to_owned() } else { parts.join(", ") }
}

/// Every message and all steps of every rule. Steps stand once, behind the messages, and are named by their numbers.
pub(super) fn golden() -> String {
    let catalog = Catalog::embedded();
    let said = everything(TokenForm::Opaque);
    let mut text = String::from(
        "\n## Messages of every cell that can be\n\n\
         Behind each message stands what sets its tokens apart from others of its rule, and the numbers of its steps.\n\
         A `<token>` is one of these, and its beginning:\n",
    );
    for form in FORMS {
        writeln!(text, "- {}", form.describe()).unwrap();
    }
    text.push_str("\nWhere it is used is left out where it is a sentence of its own:\n");
    let sentences: BTreeSet<&str> = said.iter().filter_map(|it| without_place(&it.text).1).collect();
    for sentence in sentences {
        writeln!(text, "-{sentence}").unwrap();
    }
    let mut steps: Vec<String> = Vec::new();
    for (rule, _) in catalog.policy().into_iter().chain(catalog.beside()) {
        let mut all = Values::new();
        let mut messages: Vec<((String, Vec<usize>), Values)> = Vec::new();
        for it in said.iter().filter(|it| it.rule == rule) {
            let mut number = |fix: &String| {
                let fix = masked(fix, Environment::Unknown);
                steps.iter().position(|step| *step == fix).unwrap_or_else(|| {
                    steps.push(fix);
                    steps.len() - 1
                }) + 1
            };
            let numbers = it.fixes.iter().map(&mut number).collect();
            let message = (masked(&without_place(&it.text).0, it.facts.place.environment), numbers);
            let at = messages.iter().position(|(known, _)| *known == message).unwrap_or(messages.len());
            if at == messages.len() {
                messages.push((message, Values::new()));
            }
            collect(&mut messages[at].1, &it.features);
            collect(&mut all, &it.features);
        }
        messages.sort_by(|((a, _), _), ((b, _), _)| a.cmp(b));
        write!(text, "\n### {rule}\n").unwrap();
        let mut last = String::new();
        for ((message, numbers), values) in &messages {
            if *message != last {
                write!(text, "\n{message}\n").unwrap();
            }
            let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
            writeln!(text, "[{}] steps {}", only(values, &all), numbers.join(", ")).unwrap();
            last.clone_from(message);
        }
    }
    text.push_str("\n### Steps\n\n");
    for (number, step) in steps.iter().enumerate() {
        writeln!(text, "{}. {step}", number + 1).unwrap();
    }
    text.push_str(&usage());
    text
}

/// The levels and messages of commands, with what is said of the environments that matter.
fn usage() -> String {
    let mut text = String::from("\n## Commands\n");
    for (rule, file) in Catalog::embedded().reportable() {
        if !matches!(rule.body, Body::Usage(_)) {
            continue;
        }
        let say = |template: &str, environment| {
            let values = [("command", "COMMAND"), ("acts", policy::acts(environment))];
            policy::fill(template, &values)
        };
        let id = &rule.id;
        let message = say(&file.message.text, Environment::Unknown);
        write!(text, "\n{} {id}: {message}\n", file.level.name()).unwrap();
        for fix in &file.message.fixes {
            writeln!(text, "- {}", say(fix, Environment::Unknown)).unwrap();
        }
    }
    text.push('\n');
    for (name, environment) in ENVIRONMENTS {
        let acts = policy::acts(environment);
        writeln!(text, "{name}:{}", if acts.is_empty() { " -" } else { acts }).unwrap();
    }
    text.push('\n');
    for (name, holder) in
        [("File", Holder::File), ("Commit", Holder::Commit), ("Tag", Holder::Tag), ("Blob", Holder::Blob)]
    {
        let (sentence, step) = policy::idle(holder);
        writeln!(text, "{name} that only history has, note:{sentence}\n- {step}").unwrap();
    }
    text
}

#[test]
fn verdicts_become_facts() {
    let now = seconds(NOW).unwrap();
    for facts in every_cell() {
        for (_, verdict, _) in variations(facts.life) {
            assert_eq!(Facts::new(facts.place, &verdict, now), facts);
        }
    }
}

#[test]
fn messages_are_whole_and_their_commands_run() {
    let mut seen = BTreeSet::new();
    for form in FORMS {
        for Said { rule, facts, text, fixes, .. } in everything(form) {
            seen.insert(rule);
            for text in [&text].into_iter().chain(&fixes) {
                let whole = !text.contains(['{', '}']) && !text.contains("  ") && !text.contains("..`.");
                assert!(whole && !text.is_empty(), "{rule}: {text}");
            }
            assert!(text.ends_with('.'), "{rule}: {text}");
            // A place that only history has can be such that nothing is to be done.
            let least = if facts.place.in_use() { 2 } else { 1 };
            assert!((least..=4).contains(&fixes.len()), "{rule}: {fixes:?}");
            if !facts.place.in_use() {
                let here = format!("is used in {}", policy::environment_word(facts.place.environment));
                assert!(!text.contains(&here) && !text.contains("stands in a file"), "{rule}: {text}");
            }
        }
    }
    assert_eq!(seen.len(), 11);
    commands().are_shell();
}

/// Every command in messages, steps and what rules say.
pub(crate) fn commands() -> Commands {
    let mut commands = Commands::default();
    for form in FORMS {
        for Said { rule, text, fixes, .. } in everything(form) {
            for text in [&text].into_iter().chain(&fixes) {
                commands.advised_in(rule.as_str(), text);
            }
        }
    }
    commands::of_rules(&mut commands);
    commands
}

#[test]
fn every_variant_of_a_message_is_said() {
    let catalog = Catalog::embedded();
    let said = everything(TokenForm::Opaque);
    let mut count = 0;
    for (rule, file) in catalog.policy().into_iter().chain(catalog.beside()) {
        for at in 0..file.message.variants.len() {
            let mut fewer = file.clone();
            fewer.message.variants.remove(at);
            let differs = |it: &Said<'_>| {
                let verdict = verdict(it.facts.life);
                let other = Some(OTHERS[0].1);
                let subject = Subject {
                    form: "",
                    redacted: "",
                    facts: it.facts,
                    holder: Holder::File,
                    verdict: &verdict,
                    inferred: None,
                    other,
                };
                subject.say(&file.message) != subject.say(&fewer.message)
            };
            assert!(said.iter().filter(|it| it.rule == rule).any(differs), "{rule}: variant {at}");
            count += 1;
        }
    }
    assert!(count > 7, "{count}");
}

fn subject(facts: Facts, verdict: &Verdict) -> Subject<'_> {
    Subject {
        form: "Heroku token",
        redacted: "HRKU-AA…(65)",
        facts,
        holder: Holder::File,
        verdict,
        inferred: None,
        other: None,
    }
}

fn say(subject: &Subject<'_>) -> (String, Vec<String>) {
    subject.say(&Table::of(Catalog::embedded()).decide(subject.facts).unwrap().file.message)
}

#[test]
fn what_is_inferred_is_probable_and_fires_nothing() {
    let inferred = |life| {
        let place = Place::new(Exposure::Committed, Environment::Production, true);
        let (facts, verdict) = (Facts { place, life }, verdict(life));
        assert_ne!(
            Table::of(Catalog::embedded()).decide(facts).unwrap().rule.as_str(),
            "session-token-in-production"
        );
        say(&Subject { inferred: Some(CredentialKind::Session), ..subject(facts, &verdict) }).0
    };
    let text = inferred(Life::Unknown);
    let probably = " It is used in production. Nothing proves its kind, but it is probably the token of a login \
                    session, which ends when its owner logs out where the login was made, after 8 hours with SSO, \
                    at the latest some weeks after login. What uses it then fails.";
    assert!(text.ends_with(probably), "{text}");
    // Where Heroku has answered, what the text hints is not worth a word.
    let text = inferred(Life::Dead);
    assert!(!text.contains("probably"), "{text}");
}

#[test]
fn messages_name_the_day_and_steps_the_authorization() {
    let nature = Nature {
        kind: CredentialKind::Session,
        ending: Ending::WithinHorizon,
        scope: Scope::Global,
        federated: false,
    };
    let place = Place::new(Exposure::Local, Environment::Ci, true);
    let said = |nature: Nature, id: Option<&str>| {
        let facts = Facts { place, life: Life::Live(nature) };
        let Verdict::Live(mut live) = verdict(facts.life) else { panic!() };
        live.listed = id.map(entry).into_iter().collect();
        say(&subject(facts, &Verdict::Live(live)))
    };
    let (text, fixes) = said(nature, Some("01234567-89ab"));
    assert_eq!(
        text,
        "Heroku token HRKU-AA…(65) is used in CI, and is the token of a login session, which ends when its owner \
         logs out where the login was made, at the latest on 2026-12-12. What uses it then fails."
    );
    assert_eq!(
        fixes[3],
        "When nothing uses the old one any more, end it: `heroku authorizations:revoke 01234567-89ab`."
    );
    // What is no id does not get into a command.
    let (_, fixes) = said(nature, Some("x; rm -rf ~"));
    assert!(fixes[3].contains("`unset HEROKU_API_KEY; heroku logout`"), "{fixes:?}");
    assert!(!fixes[3].contains("rm -rf"), "{fixes:?}");
    let (text, fixes) = said(Nature { federated: true, ending: Ending::Unknown, ..nature }, None);
    assert!(text.contains("at the latest 8 hours after login. What"), "{text}");
    assert!(fixes[0].contains("from a machine account without SSO"), "{fixes:?}");
}

/// What Heroku says of scopes gets into messages as names only.
#[test]
fn scopes_in_messages_are_names() {
    let nature = Nature {
        kind: CredentialKind::Unknown,
        ending: Ending::Unknown,
        scope: Scope::Limited,
        federated: false,
    };
    let place = Place::new(Exposure::Local, Environment::Ci, true);
    let facts = Facts { place, life: Life::Live(nature) };
    let said = |scope: &str| {
        let Verdict::Live(mut live) = verdict(facts.life) else { panic!() };
        live.scopes = vec![scope.to_owned()];
        say(&subject(facts, &Verdict::Live(live))).0
    };
    assert!(said("apps:0123.read").contains(" Heroku limits it to `apps:0123.read`: it is"));
    for hostile in ["`rm`", "a b", "\n", "{token}", ""] {
        assert!(said(hostile).contains(" Heroku limits what it may do: it is"), "{hostile}");
    }
}

#[test]
fn what_is_not_published_yet_is_not_told_as_if_it_were() {
    let session = Nature {
        kind: CredentialKind::Session,
        ending: Ending::Later,
        scope: Scope::Global,
        federated: false,
    };
    let verdict = verdict(Life::Live(session));
    let place = Place::new(Exposure::Committed, Environment::Ci, true);
    for (pending, part) in [
        (None, " It also stands in a file that others can read, or will once it is committed: "),
        (
            Some(Pending::Commit),
            " It is about to be committed: whoever can read the repository then can act ",
        ),
        (Some(Pending::Push), " It is in what is being pushed: whoever can read the repository then "),
    ] {
        let facts = Facts { place: place.with_pending(pending), life: Life::Live(session) };
        let (text, _) = say(&subject(facts, &verdict));
        assert!(text.contains(part) && text.ends_with(" until it is revoked or ends."), "{text}");
    }
}

/// What a message says of a token in these objects of a repository, none of which anything reads today.
fn kept(life: Life, holder: Holder, environment: Environment) -> (String, Vec<String>) {
    let place = Place::new(Exposure::Committed, environment, false);
    let (facts, verdict) = (Facts { place, life }, verdict(life));
    say(&Subject { holder, ..subject(facts, &verdict) })
}

#[test]
fn what_only_history_has_is_told_by_what_holds_it() {
    let ends = [
        (
            Holder::File,
            Environment::Ci,
            " It stood in a file for CI, in a version that only git's history has.",
        ),
        (Holder::File, Environment::Unknown, " It stood in a version that only git's history has."),
        (Holder::Commit, Environment::Ci, " It stands in a commit's message that is about CI."),
        (Holder::Commit, Environment::Unknown, " It stands in a commit's message."),
        (Holder::Tag, Environment::Production, " It stands in a tag's message that is about production."),
        (
            Holder::Blob,
            Environment::Ci,
            " It stands in a file for CI, in an object of git that no commit has.",
        ),
        (Holder::Blob, Environment::Unknown, " It stands in an object of git that no commit has."),
    ];
    for (holder, environment, end) in ends {
        let (text, fixes) = kept(Life::Dead, holder, environment);
        assert!(text.ends_with(end), "{text}");
        assert_eq!(fixes, ["Nothing needs to be done."]);
        let (text, fixes) = kept(Life::Unknown, holder, environment);
        let start =
            "Heroku token HRKU-AA…(65) can be read in git's history: whoever reads it can act as its owner";
        assert!(text.starts_with(start) && text.contains(end), "{text}");
        assert!(!text.contains("stands in a file that others"), "{text}");
        // Removing a line mends nothing here.
        assert!(fixes[2].starts_with("End it: "), "{fixes:?}");
        assert!(!fixes.iter().any(|fix| fix.contains("Remove it from the file")), "{fixes:?}");
    }
}

#[test]
fn two_places_of_history_are_told_by_what_holds_them() {
    let catalog = Catalog::embedded();
    let file = catalog.get("shared-token").unwrap().lint().unwrap();
    let id = "0123456789abcdef0123456789abcdef01234567";
    let verdict = verdict(Life::Unknown);
    let shared = |holder, other: Elsewhere<'_>| {
        let place = Place::new(Exposure::Committed, Environment::Ci, holder == Holder::File);
        let facts = Facts { place, life: Life::Unknown };
        let subject = Subject { holder, other: Some(other), ..subject(facts, &verdict) };
        subject.say(&file.message).0.replace("Heroku token HRKU-AA…(65) ", "")
    };
    let past = Elsewhere { in_use: false, ..OTHER };
    let message = Elsewhere { holder: Holder::Commit, name: id, ..past };
    assert_eq!(
        shared(Holder::File, past),
        "is used in CI, and stood in `deploy/release.sh`, for production, in a version that only git's history \
         has: whoever gets it in one place can act in the other."
    );
    assert_eq!(
        shared(Holder::File, message),
        "is used in CI, and stands in the message of commit `0123456789ab`, which is about production: whoever \
         gets it in one place can act in the other."
    );
    assert_eq!(
        shared(Holder::Tag, OTHER),
        "is used in `deploy/release.sh`, in production, and stands in a tag's message that is about CI: whoever \
         finds it there can act in production."
    );
    assert_eq!(
        shared(Holder::Commit, Elsewhere { holder: Holder::Tag, name: "v1.0", ..past }),
        "stands in a commit's message that is about CI, and stands in the message of tag `v1.0`, which is about \
         production: whoever finds it there can act in both."
    );
    assert_eq!(
        shared(Holder::Commit, Elsewhere { holder: Holder::Blob, name: id, ..past }),
        "stands in a commit's message that is about CI, and stands in the object `0123456789ab` of git, for \
         production, which no commit has: whoever finds it there can act in both."
    );
}
