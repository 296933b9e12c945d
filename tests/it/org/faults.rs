//! What goes wrong on the way to a forge, and who must not get its credential.

use serde_json::{Value, json};

use crate::standin::Request;
use crate::support::forge::{Forge, answer};
use crate::support::history::text;
use crate::support::organisation::{CREDENTIAL, Organisation};

/// The page of a list that a request is for.
fn page(request: &Request) -> Option<usize> {
    let page = |query: &str| query.split('&').find_map(|it| it.strip_prefix("page=")?.parse().ok());
    let (path, query) = request.target.split_once('?')?;
    path.ends_with("/repos").then(|| page(query).unwrap_or(1))
}

fn limited(seconds: u64) -> (&'static str, String, String) {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let date = httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(now));
    ("0", (now + seconds).to_string(), date)
}

#[test]
fn limits_are_kept_and_faults_pass() {
    let organisation = Organisation::new(24);
    organisation.forge.rule(|number, _| match number {
        0 => {
            let (remaining, reset, date) = limited(1);
            let headers =
                [("X-RateLimit-Remaining", remaining), ("X-RateLimit-Reset", &reset), ("Date", &date)];
            Some(answer(403, &headers, &json!({"message": "API rate limit exceeded"})))
        }
        2 => Some(answer(429, &[("Retry-After", "1")], &json!({}))),
        4 => {
            let body = json!({"message": "You have exceeded a secondary rate limit"});
            Some(answer(403, &[("Retry-After", "1")], &body))
        }
        number if number % 10 == 9 => Some(answer(502, &[], &Value::Null)),
        _ => None,
    });
    let output = organisation.read(0, &[]);
    assert_eq!(organisation.places(&[]), organisation.truth, "{output:?}");
}

#[test]
fn what_is_wrong_with_one_repository_ends_no_run() {
    let mut organisation = Organisation::new(12);
    let wrong = ["acme/app-001", "acme/app-002", "acme/app-003"];
    organisation.forge.rule(move |_, request| match request.path() {
        path if path.starts_with("/acme/app-001.git") => Some(answer(404, &[], &Value::Null)),
        path if path.starts_with("/acme/app-002.git") => Some(answer(502, &[], &Value::Null)),
        path if path.starts_with("/acme/app-003.git") => {
            Some(answer(301, &[("Location", "/acme/elsewhere.git/info/refs")], &Value::Null))
        }
        _ => None,
    });
    for rubbish in
        [json!({"id": 1}), json!(7), json!({"full_name": "acme/x", "clone_url": "http://10.0.0.1/x"})]
    {
        organisation.forge.add_rubbish(rubbish);
    }
    let output = organisation.read(3, &[]);
    for words in ["app-001", "app-002", "app-003", "is no repository", "it has moved"] {
        assert!(output.stderr.contains(words), "no {words:?} in {}", output.stderr);
    }
    let rest = |places: std::collections::BTreeSet<_>| -> std::collections::BTreeSet<_> {
        let of = |it: &crate::support::organisation::Place| wrong.iter().any(|name| it.0.ends_with(name));
        places.into_iter().filter(|it| !of(it)).collect()
    };
    assert_eq!(organisation.places(&[]), rest(organisation.truth.clone()));
    // What was read stays when it cannot be read any more, and is read when it can.
    organisation.push("acme/app-001", "late.env", "late", "2026-02-01");
    organisation.forge.rule(|_, request| {
        request.path().starts_with("/acme/app-004.git").then(|| answer(404, &[], &Value::Null))
    });
    organisation.forge.change("acme/app-004", |it| it.pushed = "2026-02-02T00:00:00Z".to_owned());
    organisation.read(3, &[]);
    assert_eq!(organisation.places(&[]), organisation.truth);
}

#[test]
fn a_list_that_ends_early_is_told_and_takes_nothing_away() {
    let organisation = Organisation::new(12);
    organisation.read(0, &[]);
    organisation.forge.rule(|_, request| {
        let (remaining, reset, date) = limited(7200);
        let headers = [("X-RateLimit-Remaining", remaining), ("X-RateLimit-Reset", &reset), ("Date", &date)];
        (page(request) == Some(2)).then(|| answer(403, &headers, &json!({})))
    });
    let output = organisation.read(3, &[]);
    assert!(output.stderr.contains("from page 2 on"), "{output:?}");
    assert_eq!(organisation.places(&[]), organisation.truth);
}

#[test]
fn an_organisation_that_was_renamed_is_followed() {
    let organisation = Organisation::new(6);
    let moved = organisation.forge.source("github", "moved");
    let output = organisation.tool(&["org", &moved]).run();
    assert_eq!(output.status, 0, "{output:?}");
    assert_eq!(organisation.places(&[]), organisation.truth);
}

#[test]
fn users_have_repositories_too() {
    let organisation = Organisation::new(0);
    for name in ["~me/one", "~you/two"] {
        organisation.commit(name, "first", &[("a.txt", "nothing\n")]);
    }
    for user in ["me", "you"] {
        let output = organisation.tool(&["org", &organisation.forge.source("github", user)]).run();
        assert!(output.stdout.starts_with("1 repository: 1 read"), "{output:?}");
    }
    let paths: Vec<String> = organisation.forge.requests().iter().map(|it| it.path().to_owned()).collect();
    assert!(paths.contains(&"/api/v3/user/repos".to_owned()), "{paths:?}");
    assert!(paths.contains(&"/api/v3/users/you/repos".to_owned()), "{paths:?}");
}

#[test]
fn users_have_gists_where_they_are_wanted() {
    let organisation = Organisation::new(0);
    let line = String::from_utf8(text("HEROKU_API_KEY={token:opaque:gist}\n")).unwrap();
    for name in ["~me/one", "~you/two", "acme/app"] {
        organisation.commit(name, "first", &[("a.txt", "nothing\n")]);
    }
    for name in ["gist/me/0a1b2c3d4e5f60718293a4b5c6d7e8f9", "gist/you/aa5a315d61ae9438b18d"] {
        organisation.commit(name, "first", &[("deploy.sh", &line)]);
    }
    for (user, path) in [("me", "/api/v3/gists"), ("you", "/api/v3/users/you/gists")] {
        let source = organisation.forge.source("github", user);
        let read = |more: &[&str]| organisation.tool(&[&["org", &source], more].concat()).run().stdout;
        let told = read(&[]);
        assert!(told.starts_with("1 repository: 1 read"), "{told}");
        let told = read(&["--gists", "--wikis"]);
        assert!(told.starts_with("2 repositories: 1 read, 1 unchanged, 0 not complete"), "{told}");
        let asked = organisation.forge.requests();
        assert!(asked.iter().any(|it| it.path() == path), "{user}");
        assert!(!asked.iter().any(|it| it.path().starts_with("/gist/") && it.path().contains(".wiki")));
        let answer = organisation.export(&["--repository", &format!("{user}/*")]);
        assert!(answer.contains(&format!("/{user}/")) && answer.contains("deploy.sh"), "{answer}");
    }
    // An organisation has none, and nobody is asked.
    organisation.forge.forget();
    organisation.read(0, &["--gists"]);
    assert!(!organisation.forge.requests().iter().any(|it| it.path().ends_with("/gists")));
}

#[test]
fn nobody_else_gets_the_credential() {
    let organisation = Organisation::new(4);
    let other = Forge::start(None);
    let to = other.url();
    for status in [200, 301, 302, 307, 308] {
        let to = to.clone();
        organisation.forge.rule(move |_, request| {
            let page = page(request)?;
            let headers = [("Location", format!("{to}/x")), ("Link", format!("<{to}/y>; rel=\"next\""))];
            let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
            (page == 1).then(|| answer(status, &headers, &json!([])))
        });
        let output = organisation.prepared(&[]).run();
        assert_eq!(output.status, if status == 200 { 3 } else { 2 }, "{output:?}");
        assert!(output.stderr.contains("leads to another host"), "{output:?}");
    }
    // Neither does git follow, nor an address that somebody else's server gives.
    organisation.forge.rule(move |_, request| {
        let location = format!("{to}{}", request.target);
        request.path().contains(".git").then(|| answer(302, &[("Location", &location)], &Value::Null))
    });
    let output = organisation.read(3, &[]);
    assert!(output.stderr.contains("it has moved"), "{output:?}");
    assert_eq!(other.requests().len(), 0);
    // Of two servers nobody knows whose it is.
    let (one, two) = (organisation.forge.source("github", "acme"), other.source("github", "acme"));
    let output = organisation.tool(&["org", &one, &two]).run();
    assert_eq!(output.status, 2, "{output:?}");
    assert!(output.stderr.contains("GH_HOST"), "{output:?}");
    let own = organisation.forge.url().replace("http://", "");
    let output = organisation.tool(&["org", &one, &two]).env("GH_HOST", own).run();
    assert_eq!(output.status, 2, "the other one knows no such organisation: {output:?}");
    assert!(!other.requests().is_empty());
    assert!(other.requests().iter().all(|it| it.header("authorization").is_none()));
}

#[test]
fn what_was_mistyped_is_told_before_anything_is_read() {
    let organisation = Organisation::new(2);
    let url = organisation.forge.url();
    let list = organisation.home.path("list");
    std::fs::write(&list, "# ours\nhttps://user:secret@git.example.com/a/b.git\n").unwrap();
    let list = format!("list:{}", list.display());
    for (source, words) in [
        (format!("github:{url}/nobody"), "knows no `nobody`"),
        (format!("gitlab:{url}/nobody"), "knows no `nobody`"),
        ("acme".to_owned(), "has no kind"),
        ("github:http://example.com/acme".to_owned(), "not reached by https"),
        (format!("github:{}/acme", url.replace("//", "//user:secret@")), "a user name or a password"),
        ("list:/nonexistent".to_owned(), "cannot be read"),
        ("dir:/nonexistent".to_owned(), "there is no folder"),
        (list, "has a password in line 2"),
    ] {
        let output = organisation.tool(&["org", &source]).run();
        assert_eq!(output.status, 2, "{source}: {output:?}");
        assert!(output.stderr.contains(words), "{source}: {output:?}");
        assert!(!output.stderr.contains("secret@"), "{source}: {output:?}");
    }
    let output = organisation.prepared(&[]).env("GH_ENTERPRISE_TOKEN", "wrong").run();
    assert_eq!(output.status, 2);
    assert!(output.stderr.contains("does not accept the token"), "{output:?}");
    let token = &organisation.tokens[0];
    let output = organisation.tool(&["org", &format!("github:{token}")]).run();
    assert_eq!(output.status, 2);
    assert!(!output.stderr.contains(token.as_str()), "{output:?}");
    assert!(organisation.forge.requests().iter().all(|it| !it.path().contains(".git")));
}

/// Puts a program in front of all others. Returns where programs are searched for then.
#[expect(clippy::disallowed_methods, reason = "a program stands in front of another where that is found")]
fn in_front(organisation: &Organisation, name: &str, script: impl FnOnce(&str) -> String) -> String {
    let bin = organisation.home.path("bin");
    std::fs::create_dir(&bin).unwrap();
    let path = std::env::var_os("PATH").unwrap().into_string().unwrap();
    std::fs::write(bin.join(name), format!("#!/bin/sh\n{}", script(&path))).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(bin.join(name), mode).unwrap();
    format!("{}:{path}", bin.display())
}

#[test]
fn the_credential_stands_in_no_argument() {
    let organisation = Organisation::new(2);
    let log = organisation.home.path("called");
    // Where git would run, a program writes down how it was called.
    let path = in_front(&organisation, "git", |path| {
        format!("printf '%s\\n' \"$@\" >> '{}'\nPATH='{path}' exec git \"$@\"\n", log.display())
    });
    let output = organisation.prepared(&[]).env("PATH", path).run();
    assert_eq!(output.status, 0, "{output:?}");
    assert!(std::fs::read_to_string(&log).unwrap().contains("--mirror"));
    // What was written down is among the files below the home folder.
    organisation.check_clean(&[&output]);
}

#[test]
fn githubs_command_line_gives_its_token_where_it_is_asked_to() {
    let organisation = Organisation::new(2);
    let host = organisation.forge.url().replace("http://", "");
    let path = in_front(&organisation, "gh", |_| {
        let wanted = format!("auth token --hostname {host}");
        format!("[ \"$*\" = '{wanted}' ] && [ -z \"$GH_ENTERPRISE_TOKEN\" ] && echo {CREDENTIAL}\n")
    });
    let run = |arguments: &[&str]| {
        organisation.prepared(arguments).env("GH_ENTERPRISE_TOKEN", "").env("PATH", &path).run().status
    };
    assert_eq!((run(&[]), run(&["--gh"])), (2, 0));
    assert_eq!(organisation.places(&[]), organisation.truth);
}

#[test]
fn servers_of_ones_own_have_certificates_of_their_own() {
    let organisation = Organisation::new(0);
    let forge = Forge::start_tls(Some(CREDENTIAL));
    forge.host("acme/app");
    let ca = organisation.home.path("ca.pem");
    std::fs::write(&ca, forge.ca_pem()).unwrap();
    let source = forge.source("github", "acme");
    let run = |more: &[&str]| organisation.tool(&[&["org", &source], more].concat()).run();
    let output = run(&[]);
    assert_eq!(output.status, 3, "{output:?}");
    assert!(output.stderr.contains("the certificate of what answered is not trusted"), "{output:?}");
    let output = run(&["--forge-ca-file", ca.to_str().unwrap()]);
    assert!(output.stdout.starts_with("1 repository: 1 read"), "{output:?}");
}

#[test]
fn a_forge_that_is_down_keeps_no_other_source_from_being_read() {
    let organisation = Organisation::new(3);
    let down = Forge::start(None);
    down.rule(|_, _| Some(answer(503, &[], &Value::Null)));
    let (one, two) = (organisation.forge.source("github", "acme"), down.source("gitlab", "acme"));
    let output = organisation.tool(&["org", &two, &one]).env("GITLAB_TOKEN", "").run();
    assert_eq!(output.status, 3, "{output:?}");
    assert!(output.stderr.contains("could not be listed: the forge answered 503"), "{output:?}");
    assert_eq!(organisation.places(&[]), organisation.truth);
}
