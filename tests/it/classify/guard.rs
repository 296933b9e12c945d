//! What is asked of a token, over every class of answers.

use super::*;

/// `+` met, `-` not met, `?` not known.
fn standing(verdict: &Verdict, requirement: Requirement) -> char {
    let all = answered(verdict.clone(), Guard::new(vec![requirement], OnUnknown::Incomplete));
    let [check] = &all.tokens[0].checks[..] else { panic!("one check") };
    let (mark, status) = match check.standing {
        Standing::Met => ('+', 0),
        Standing::NotMet => ('-', 1),
        Standing::Unknown => ('?', 3),
    };
    assert_eq!(all.exit_status().code(), status);
    assert!(!check.reason.is_empty() && !check.reason.contains('\n') && !check.reason.ends_with('.'));
    if check.standing != Standing::Met {
        // What to do stands behind what is wrong.
        assert!(check.reason.contains([';', ':']), "{}", check.reason);
    }
    mark
}

#[test]
fn requirements_by_kind_and_state() {
    let blocked = |blocked| Live { blocked: Some(blocked), ..live(&[Authorization], Expiry::Never) };
    let one = |kinds: &[CredentialKind]| accepted(live(kinds, Expiry::Unknown));
    // Columns: told, not-development, authorization.
    for (verdict, expected) in [
        (one(&[Session]), "+--"),
        (one(&[AccountApiKey]), "+--"),
        (one(&[Authorization]), "+++"),
        (one(&[ClientToken]), "++-"),
        (one(&[Unknown]), "???"),
        (one(&[]), "???"),
        (one(&[Authorization, ClientToken]), "++?"),
        (one(&[Session, AccountApiKey]), "?--"),
        (one(&[Session, Authorization]), "???"),
        (one(&[Session, ClientToken]), "??-"),
        (one(&[Session, Unknown]), "???"),
        (one(&[Authorization, Unknown]), "???"),
        (accepted(blocked(Blocked::Suspended)), "+--"),
        (accepted(blocked(Blocked::Delinquent)), "+--"),
        (dead(), "+--"),
        (Verdict::Undetermined(Obstacle::RateLimited), "???"),
        (Verdict::Undetermined(Obstacle::Network), "???"),
        (Verdict::Undetermined(Obstacle::Timeout), "???"),
        (Verdict::Undetermined(Obstacle::Refused { status: 403, id: "two_factor".to_owned() }), "???"),
        (Verdict::Undetermined(Obstacle::Unexpected(200)), "???"),
        (Verdict::Undetermined(Obstacle::Redacted), "???"),
        (Verdict::NotChecked(NotChecked::Form), "???"),
        (Verdict::NotChecked(NotChecked::LowConfidence), "???"),
        (Verdict::NotChecked(NotChecked::Budget), "???"),
    ] {
        let asked = [Requirement::Told, Requirement::NotDevelopment, Requirement::Authorization];
        let marks: String = asked.into_iter().map(|it| standing(&verdict, it)).collect();
        assert_eq!(marks, expected, "{verdict:?}");
    }
}

#[test]
fn lifetimes_by_kind_and_end() {
    let lasting = |text: &str, verdict: &Verdict| {
        standing(verdict, Requirement::MinLifetime(Lifetime::parse(text).unwrap()))
    };
    for (kinds, expiry, expected) in [
        (&[Authorization][..], at("2026-12-24"), '+'),
        (&[Authorization], at("2026-12-23"), '-'),
        (&[Authorization], at("2026-11-23"), '-'),
        (&[Authorization], Expiry::At("soon".to_owned()), '?'),
        (&[Authorization], Expiry::Never, '+'),
        (&[ClientToken], Expiry::Never, '+'),
        (&[Authorization, ClientToken], Expiry::Never, '+'),
        (&[Authorization, ClientToken], Expiry::Unknown, '?'),
        (&[Session], Expiry::Never, '?'),
        (&[Session], Expiry::Unknown, '?'),
        (&[Session], at("2026-12-25"), '+'),
        (&[Session], at("2026-11-25"), '-'),
        (&[AccountApiKey], Expiry::Never, '?'),
        (&[AccountApiKey], Expiry::Unknown, '?'),
        (&[Session, Authorization], Expiry::Never, '?'),
        (&[], Expiry::Never, '?'),
    ] {
        assert_eq!(lasting("30d", &accepted(live(kinds, expiry.clone()))), expected, "{kinds:?} {expiry:?}");
    }
    assert_eq!(lasting("1s", &dead()), '-');
    let blocked = Live { blocked: Some(Blocked::Suspended), ..live(&[Authorization], Expiry::Never) };
    assert_eq!(lasting("1s", &accepted(blocked)), '-');
    // With SSO a session ends 8 hours after its login, whatever its end is said to be.
    let owner = Owner { email: "a@b.c".to_owned(), federated: Some(true), two_factor: None };
    for (kinds, expiry, text, expected) in [
        (&[Session][..], Expiry::Unknown, "9h", '-'),
        (&[Session], Expiry::Never, "30d", '-'),
        (&[Session], Expiry::Unknown, "8h", '?'),
        (&[Session, Authorization], Expiry::Unknown, "30d", '?'),
        (&[Session, AccountApiKey], Expiry::Unknown, "30d", '?'),
    ] {
        let federated = Live { owner: Some(owner.clone()), ..live(kinds, expiry) };
        assert_eq!(lasting(text, &accepted(federated.clone())), expected, "{kinds:?} {text}");
        let least = Requirement::MinLifetime(Lifetime::parse(text).unwrap());
        let passing = answered(accepted(federated), Guard::new(vec![least], OnUnknown::Pass));
        assert_eq!(passing.exit_status().code(), u8::from(expected == '-'));
    }
    // Of two that it may be, one ends too soon.
    let entry = |expiry| Listed { expiry, ..known().listed.remove(0) };
    let mut several = live(&[Authorization, Session], at("2026-12-01"));
    several.listed = vec![entry(at("2026-12-01")), entry(at("2027-12-01"))];
    assert_eq!(lasting("30d", &accepted(several.clone())), '?');
    assert_eq!(lasting("1d", &accepted(several.clone())), '+');
    several.listed.truncate(1);
    assert_eq!(lasting("30d", &accepted(several)), '-');
}

#[test]
fn what_is_not_known_counts_as_it_is_told_to() {
    for (on_unknown, status) in [(OnUnknown::Incomplete, 3), (OnUnknown::Pass, 0), (OnUnknown::Fail, 1)] {
        for requirements in [Vec::new(), vec![Requirement::NotDevelopment]] {
            let verdict = Verdict::Undetermined(Obstacle::Timeout);
            let all = answered(verdict, Guard::new(requirements.clone(), on_unknown));
            assert_eq!(all.exit_status().code(), status, "{on_unknown:?} {requirements:?}");
            let quiet = TextStyle { quiet: true, ..TextStyle::default() };
            assert_eq!(written(Format::Text, &all, quiet).is_empty(), status == 0);
        }
        // What is not met stays so.
        let all = answered(dead(), Guard::new(vec![Requirement::Authorization], on_unknown));
        assert_eq!(all.exit_status().code(), 1);
    }
    // 3 wins over 1: the one token is asked for more than can be known of it, and for what it is not.
    let least = Requirement::MinLifetime(Lifetime::parse("30d").unwrap());
    let session = accepted(live(&[Session], Expiry::Unknown));
    let both = vec![Requirement::NotDevelopment, least];
    let status =
        |on_unknown| answered(session.clone(), Guard::new(both.clone(), on_unknown)).exit_status().code();
    assert_eq!([OnUnknown::Incomplete, OnUnknown::Pass, OnUnknown::Fail].map(status), [3, 1, 1]);
}

#[test]
fn a_quiet_guard_tells_why_nothing_is_known() {
    let quiet = TextStyle { quiet: true, ..TextStyle::default() };
    for (verdict, told) in [
        (Verdict::Undetermined(Obstacle::Timeout), true),
        (accepted(live(&[Session], Expiry::Unknown)), false),
    ] {
        let mut all = answered(verdict, Guard::default());
        let message = "the owner's token cannot be used".to_owned();
        all.notices.push(Notice {
            repository: None,
            object: None,
            kind: NoticeKind::Unverified,
            path: None,
            message,
        });
        let message = "something else".to_owned();
        all.notices.push(Notice {
            repository: None,
            object: None,
            kind: NoticeKind::Skipped,
            path: None,
            message,
        });
        let said = written(Format::Text, &all, quiet);
        assert_eq!(said.contains("the owner's token cannot be used"), told, "{said}");
        assert!(!said.contains("something else"), "{said}");
    }
}

#[test]
fn production_looks_at_the_end() {
    for (end, part) in [
        (at("2026-11-23"), "ends too soon: put its successor in its place: `heroku authorizations:create"),
        (at("2026-12-01"), "ends too soon: put its successor in its place: `heroku authorizations:create"),
        (at("2026-12-02"), "until it ends on 2026-12-02; a successor is due: `heroku authorizations:create"),
        (at("2026-12-24"), "until it ends on 2026-12-24; a successor is due: `heroku authorizations:create"),
        (at("2026-12-25"), "fit for it, until it ends\n"),
    ] {
        let report = answered(accepted(live(&[Authorization], end.clone())), Guard::default());
        let report = written(Format::Text, &report, TextStyle::default());
        assert!(report.contains(part), "{end:?}\n{report}");
    }
}

#[test]
fn reasons_name_what_mends_it() {
    let reason = |verdict: Verdict, requirement| {
        answered(verdict, Guard::new(vec![requirement], OnUnknown::Incomplete)).tokens[0].checks[0]
            .reason
            .clone()
    };
    let least = Requirement::MinLifetime(Lifetime::parse("60d").unwrap());
    let soon = reason(accepted(live(&[Authorization], at("2026-12-01"))), least);
    assert!(soon.starts_with("it ends in 7 days, on 2026-12-01, sooner than in 60 days;"), "{soon}");
    assert!(soon.contains("-e 15552000"), "three times as long: {soon}");
    let scoped =
        reason(accepted(live(&[Authorization, ClientToken], Expiry::Unknown)), Requirement::Authorization);
    assert!(scoped.contains("--owner-token-env NAME"), "{scoped}");
    let mut federated = live(&[Session], Expiry::Unknown);
    federated.owner = Some(Owner { email: "a@b.c".to_owned(), federated: Some(true), two_factor: None });
    let sso = reason(accepted(federated), Requirement::NotDevelopment);
    assert!(sso.contains("machine account without SSO"), "{sso}");
    let endings = |kinds: &[CredentialKind]| reason(accepted(live(kinds, Expiry::Never)), least);
    let key = endings(&[AccountApiKey]);
    assert!(key.contains("ends when the password changes or the key is regenerated"), "{key}");
    assert!(!key.contains("logout"), "{key}");
    let either = endings(&[Session, AccountApiKey]);
    assert!(either.contains("session ends at a logout") && either.contains("API key ends when"), "{either}");
    let other = endings(&[Authorization, Session]);
    assert!(other.contains("session ends at a logout") && !other.contains("password"), "{other}");
    let portal = reason(Verdict::Undetermined(Obstacle::Unexpected(200)), Requirement::NotDevelopment);
    assert!(portal.contains("answers in Heroku's place"), "{portal}");
}
