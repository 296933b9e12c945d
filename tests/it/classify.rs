//! `hrkulint classify`: what is read, what is asked, and what a guard makes of the answers.

use hrkulint::candidate::Confidence;
use hrkulint::classify::{Input, classify, tokens};
use hrkulint::escape;
use hrkulint::finding::{Notice, NoticeKind};
use hrkulint::guard::{Classification, Guard, Lifetime, OnUnknown, Requirement, Standing};
use hrkulint::progress::Progress;
use hrkulint::report::{Format, TextStyle, write_classification};
use hrkulint::scan::{Answers, Question, Verdicts};
use hrkulint::token::Fingerprint;
use hrkulint::verdict::{
    Basis, Blocked, Certainty, CredentialKind, Denial, Expiry, Listed, Live, NotChecked, Obstacle, Owner,
    Verdict,
};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::support::template::render;

use CredentialKind::{AccountApiKey, Authorization, ClientToken, Session, Unknown};

mod asked;
mod guard;
mod program;
mod schema;

/// 2026-11-24T12:00:00Z, by the clock of whoever answers.
const NOW: i64 = 1_795_521_600;

/// Text with tokens.
fn text(template: &str) -> String {
    String::from_utf8(render(1, "classify", template, None).bytes).unwrap()
}

fn secret(text: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(text.as_bytes().to_vec())
}

fn variable(name: &str, template: &str) -> Input {
    Input::Variable { name: name.to_owned(), value: Some(secret(&text(template))) }
}

fn file(name: &str, template: &str) -> Input {
    Input::Text { name: name.to_owned(), path: name.to_owned(), bytes: secret(&text(template)) }
}

/// Gives the same answer to every question, and remembers them.
struct Fake {
    answer: Verdict,
    asked: Vec<(Fingerprint, Confidence)>,
}

impl Fake {
    fn new(answer: Verdict) -> Self {
        Self { answer, asked: Vec::new() }
    }
}

impl Verdicts for Fake {
    fn ask(&mut self, questions: &[Question<'_>], _: &Progress) -> Answers {
        self.asked.extend(questions.iter().map(|it| (it.token.fingerprint(), it.confidence)));
        Answers { verdicts: vec![self.answer.clone(); questions.len()], notices: Vec::new(), now: NOW }
    }
}

/// A live token.
fn live(kinds: &[CredentialKind], expiry: Expiry) -> Live {
    let basis = match kinds {
        [Unknown] => Basis::Accepted,
        [_] => Basis::Listed,
        [Authorization, ClientToken] => Basis::Scope,
        _ => Basis::Ambiguous,
    };
    Live { basis, certainty: Certainty::High, expiry, ..Live::accepted(kinds.to_vec()) }
}

fn accepted(live: Live) -> Verdict {
    Verdict::Live(Box::new(live))
}

fn at(day: &str) -> Expiry {
    Expiry::At(format!("{day}T12:00:00Z"))
}

/// What is made of one variable.
fn answered(verdict: Verdict, guard: Guard) -> Classification {
    let found = tokens(&[variable("HEROKU_API_KEY", "{token:opaque:1}")]).unwrap();
    classify(found, guard, Vec::new(), &mut Fake::new(verdict), &Progress::default())
}

fn written(format: Format, classification: &Classification, style: TextStyle) -> String {
    let mut out = Vec::new();
    write_classification(format, classification, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Names and lines of all places, and how many tokens there are.
fn places(inputs: &[Input]) -> (Vec<String>, usize) {
    let all = classify(
        tokens(inputs).unwrap(),
        Guard::default(),
        Vec::new(),
        &mut Fake::new(dead()),
        &Progress::default(),
    );
    let place = |it: &hrkulint::guard::Place| match it.line {
        Some(line) => format!("{}:{line}", it.name),
        None => it.name.clone(),
    };
    (all.tokens.iter().flat_map(|it| &it.places).map(place).collect(), all.tokens.len())
}

fn dead() -> Verdict {
    Verdict::Dead(Denial { id: "unauthorized".to_owned() })
}

/// An authorization with everything that Heroku tells of one.
fn known() -> Live {
    let listed = Listed {
        id: text("{decoy:uuid:7}"),
        kind: Authorization,
        description: Some("deploy".to_owned()),
        client: None,
        expiry: at("2027-02-22"),
        scopes: vec!["write-protected".to_owned()],
    };
    Live {
        scopes: listed.scopes.clone(),
        owner: Some(Owner {
            email: "jane.doe@example.com".to_owned(),
            federated: Some(false),
            two_factor: Some(true),
        }),
        listed: vec![listed],
        ..live(&[Authorization], at("2027-02-22"))
    }
}

#[test]
fn tokens_are_read_from_lists_and_from_any_text() {
    let one = "{token:opaque:1}";
    assert_eq!(places(&[file("f", &format!(" {one}\r\n\n"))]), (vec!["f".to_owned()], 1));
    let list = format!("{one}\n{{token:uuid:1}}\n\n{{token:prefixed-uuid:1}}\n");
    assert_eq!(places(&[file("f", &list)]).0, ["f:1", "f:2", "f:4"]);
    let environment = format!(
        "# deploy\nHEROKU_API_KEY={one}\nOLD_HEROKU_API_KEY={{token:uuid:1}}\nAPP_ID={{decoy:uuid:3}}\n"
    );
    assert_eq!(places(&[file(".env", &environment)]).0, [".env:2", ".env:3"]);
    let netrc = "machine api.heroku.com\n  login a@b.c\n  password {token:uuid:1}\nmachine git.heroku.com\n  login a@b.c\n  password {token:uuid:1}\n\
                 machine example.com\n  password {decoy:uuid:2}\n";
    assert_eq!(places(&[file(".netrc", netrc)]), (vec![".netrc:3".to_owned()], 1));
    let made = "{\"id\": \"{decoy:uuid:1}\", \"access_token\": {\"token\": \"{token:opaque:1}\"}}";
    assert_eq!(places(&[file("created.json", made)]).1, 1);
    // The same token is one token, wherever it stands.
    let both = [variable("A", one), variable("B", one), file("f", one)];
    assert_eq!(places(&both), (["A", "B", "f"].map(str::to_owned).to_vec(), 1));
    // As the shells of Windows write text.
    let wide = render(1, "classify", "\u{feff}{token:opaque:1}\r\n", Some("utf-16le")).bytes;
    let wide = Input::Text { name: "w".to_owned(), path: "w".to_owned(), bytes: Zeroizing::new(wide) };
    assert_eq!(places(&[wide]), (vec!["w".to_owned()], 1));
}

#[test]
fn what_holds_no_token_is_an_error() {
    for (template, part) in [
        ("", "`f` is empty"),
        (" \n\n", "`f` is empty"),
        ("HRKU-AA**********\n", "a redacted copy, not a credential"),
        ("{token:opaque:1}\nHRKU-AA**********xyz\n", "line 2 of `f` holds no token: it is a redacted copy"),
        ("Bearer {token:uuid:1}\n", "`Bearer`"),
        ("nothing here\nand nothing there\n", "`f` holds no token of Heroku"),
        ("APP_ID={decoy:uuid:1}\nx=y\n", "`f` holds no token of Heroku"),
    ] {
        let error = tokens(&[file("f", template)]).err().unwrap_or_else(|| panic!("{template}"));
        assert!(error.message.contains(part), "{template}: {}", error.message);
        assert!(error.hint.is_some());
    }
}

#[test]
fn each_token_is_asked_about_once_and_some_never() {
    let inputs = [
        variable("A", "{token:opaque:1}"),
        variable("B", "{token:legacy-hex:1}"),
        file("f", "HEROKU_API_KEY={token:opaque:1}\nSTAGING_HEROKU_API_KEY={token:opaque:2}\n"),
    ];
    let mut fake = Fake::new(accepted(live(&[Authorization], Expiry::Never)));
    let all =
        classify(tokens(&inputs).unwrap(), Guard::default(), Vec::new(), &mut fake, &Progress::default());
    let asked: Vec<Fingerprint> = fake.asked.iter().map(|(fingerprint, _)| *fingerprint).collect();
    let prints: Vec<Fingerprint> = all.tokens.iter().map(|it| it.fingerprint).collect();
    assert_eq!((prints.len(), asked), (3, vec![prints[0], prints[2]]));
    assert!(fake.asked.iter().all(|(_, confidence)| *confidence >= Confidence::Medium));
    assert_eq!(all.tokens[1].verdict, Verdict::NotChecked(NotChecked::Form));
    assert_eq!(all.exit_status().code(), 3);
}

#[test]
fn the_text_tells_all_that_is_known() {
    let all = answered(accepted(known()), Guard::default());
    let id = text("{decoy:uuid:7}");
    let expected = format!(
        "\
SOURCE          TOKEN         KIND           ENDS                    SCOPE            OWNER
HEROKU_API_KEY  HRKU-AA…(65)  authorization  in 90 days, 2027-02-22  write-protected  j…@example.com

HEROKU_API_KEY: HRKU-AA…(65)
  = Heroku says: it is accepted, and is an authorization (verified), ends in 90 days, 2027-02-22, scope write-protected
  = listed as: \"deploy\", authorization {id}
  = account: j…@example.com
  = revoke: `heroku authorizations:revoke {id}`
  = production: fit for it, until it ends

"
    );
    assert_eq!(written(Format::Text, &all, TextStyle::default()), expected);
    let quiet = TextStyle { quiet: true, ..TextStyle::default() };
    assert_eq!(written(Format::Text, &all, quiet), "");
    for width in [40, 60, 80, 100] {
        let narrow = written(Format::Text, &all, TextStyle { width: Some(width), ..TextStyle::default() });
        for line in narrow.lines().filter(|line| !line.contains('`')) {
            assert!(line.chars().count() <= width.max(58), "{width}: {line}");
        }
    }
    let heads = |width| {
        let narrow = written(Format::Text, &all, TextStyle { width: Some(width), ..TextStyle::default() });
        narrow.lines().next().unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(heads(120), "SOURCE TOKEN KIND ENDS SCOPE OWNER");
    assert_eq!(heads(90), "SOURCE KIND ENDS SCOPE OWNER");
    assert_eq!(heads(80), "SOURCE KIND ENDS SCOPE");
    let coloured = written(Format::Text, &all, TextStyle { color: true, ..TextStyle::default() });
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), expected);
}

#[test]
fn every_kind_of_answer_is_put_into_words() {
    let blocked = Live { blocked: Some(Blocked::Suspended), ..live(&[Session], Expiry::Unknown) };
    let stale = Live { obstacle: Some(Obstacle::Network), ..live(&[AccountApiKey], Expiry::Never) };
    let earlier = Live { earlier: Some("2026-11-23T12:00:00Z".to_owned()), ..stale.clone() };
    for (verdict, row, block) in [
        (accepted(live(&[Session], at("2026-12-01"))), "login session", "= production: not fit for it"),
        (
            accepted(live(&[AccountApiKey], Expiry::Never)),
            "account API key",
            "API key at `https://dashboard.heroku.com/account`",
        ),
        (accepted(live(&[ClientToken], Expiry::Never)), "OAuth client's", "belongs to an OAuth client"),
        (
            accepted(live(&[Authorization, ClientToken], Expiry::Unknown)),
            "authorization or OAuth",
            "= certainty: high: only that its scope is limited is known",
        ),
        (accepted(live(&[Unknown], Expiry::Unknown)), "unknown", "= kind: not known: Heroku accepts it, but"),
        (
            accepted(live(&[Session, Authorization], Expiry::Never)),
            "login session or auth",
            "= Heroku says: it is accepted, and is one of",
        ),
        (accepted(blocked), "login session", "= account: suspended, so that it cannot act now"),
        (accepted(stale), "account API key", "= but: that is not all: there was no connection"),
        (accepted(earlier), "account API key", "it may have ended since"),
        (dead(), "dead", "= production: what uses it fails now"),
        (Verdict::Undetermined(Obstacle::Timeout), "no clear answer", "= Heroku says: nothing for sure"),
        (Verdict::NotChecked(NotChecked::Budget), "not asked", "limit of questions"),
    ] {
        let all = answered(verdict.clone(), Guard::default());
        let report = written(Format::Text, &all, TextStyle::default());
        assert!(
            report.lines().nth(1).unwrap().contains(row) && report.contains(block),
            "{verdict:?}\n{report}"
        );
    }
}

#[test]
fn what_heroku_says_is_escaped() {
    let mut hostile = known();
    hostile.listed[0].description = Some("a\u{1b}[2J\n##[error]".to_owned());
    hostile.listed[0].client = Some("client\u{202e} b".to_owned());
    hostile.scopes = vec!["read\u{7}".to_owned(), "##vso[x]".to_owned()];
    hostile.owner.as_mut().unwrap().email = "a\u{1b}@b\u{1b}".to_owned();
    hostile.obstacle = Some(Obstacle::Refused { status: 418, id: "c\u{1b}".to_owned() });
    let verdicts = [
        accepted(hostile),
        Verdict::Dead(Denial { id: "c\u{1b}".to_owned() }),
        Verdict::Undetermined(Obstacle::Refused { status: 403, id: "d\u{1b}".to_owned() }),
    ];
    for verdict in verdicts {
        let guard = Guard::new(vec![Requirement::NotDevelopment], OnUnknown::Fail);
        let mut all = answered(verdict, guard);
        all.notices.push(Notice {
            repository: None,
            object: None,
            kind: NoticeKind::Skipped,
            path: None,
            message: "a\u{1b}b".to_owned(),
        });
        for format in [Format::Text, Format::Json] {
            let report = written(format, &all, TextStyle::default());
            assert!(!report.replace('\n', "").contains(escape::is_hidden), "{report}");
            assert!(!report.contains("##[") && !report.contains("##vso["), "{report}");
        }
    }
}

#[test]
fn an_authorization_whose_id_is_the_token_has_no_id() {
    let token = text("{token:uuid:1}");
    let mut echoed = known();
    echoed.listed[0].id.clone_from(&token);
    let found = tokens(&[variable("X", "{token:uuid:1}")]).unwrap();
    let all =
        classify(found, Guard::default(), Vec::new(), &mut Fake::new(accepted(echoed)), &Progress::default());
    for format in [Format::Text, Format::Json] {
        let report = written(format, &all, TextStyle::default());
        assert!(!report.contains(&token), "{format:?}");
    }
}

#[test]
fn json_has_everything() {
    let least = Requirement::MinLifetime(Lifetime::parse("30d").unwrap());
    let guard = Guard::new(vec![Requirement::Authorization, least], OnUnknown::Fail);
    let all = answered(accepted(known()), guard);
    let report: Value = serde_json::from_str(&written(Format::Json, &all, TextStyle::default())).unwrap();
    assert_eq!(report["exit_status"], 0);
    assert_eq!(report["asked_at"], "2026-11-24T12:00:00Z");
    assert_eq!(report["on_unknown"], "fail");
    let token = &report["tokens"][0];
    assert_eq!(token["places"], serde_json::json!([{"name": "HEROKU_API_KEY", "line": null}]));
    assert_eq!((&token["kind"], &token["form"]), (&"authorization".into(), &"opaque".into()));
    assert_eq!(token["verdict"]["owner"]["email"], "jane.doe@example.com");
    assert_eq!(token["verdict"]["expiry"]["days"], 90);
    assert_eq!(token["verdict"]["authorizations"][0]["id"], text("{decoy:uuid:7}"));
    let checks = token["checks"].as_array().unwrap();
    assert_eq!(checks[1]["requirement"], serde_json::json!({"name": "min-lifetime", "seconds": 2_592_000}));
    assert!(checks.iter().all(|it| it["standing"] == "met" && it["counts_as"] == "met"), "{checks:?}");
    assert_eq!(all.tokens[0].checks[0].standing, Standing::Met);
    // Nobody was asked.
    let none = answered(Verdict::NotChecked(NotChecked::Offline), Guard::default());
    let report: Value = serde_json::from_str(&written(Format::Json, &none, TextStyle::default())).unwrap();
    assert!(report["asked_at"].is_null());
}
