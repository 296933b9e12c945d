//! How fast questions go, how often they are repeated, and when they stop: by the record of the stand-in.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::support::asked::{Asked, at_once};

/// Accounts with an API key and other tokens, and a pool of so many requests.
fn accounts(accounts: usize, tokens: usize, remaining: &[u64]) -> String {
    let mut text = String::new();
    for account in 0..accounts {
        let remaining = remaining.get(account).unwrap_or(&4500);
        text.extend([format!(
            "[[account]]\nemail = \"owner{account}@example.com\"\nremaining = {remaining}\n"
        )]);
        for token in 0..tokens {
            let kind = if token == 0 { "api-key" } else { "authorization" };
            text.extend([format!(
                "[[account.token]]\ntoken = \"{{token:opaque:{account}x{token}}}\"\nkind = \"{kind}\"\n"
            )]);
        }
    }
    text
}

fn faulty(faults: &str) -> Asked {
    let asked = Asked::new(&format!("{}{faults}", accounts(1, 1, &[])));
    asked.write_all();
    asked
}

#[test]
fn so_many_requests_are_on_their_way() {
    for threads in [1, 3, 8] {
        let asked = Asked::new(&format!("latency-ms = 15\n{}", accounts(12, 2, &[])));
        let scanned = asked.write_all().scan(&["--request-threads", &threads.to_string()]);
        assert!(asked.standin.max_in_flight() <= threads, "{} of {threads}", asked.standin.max_in_flight());
        assert_eq!(asked.asked().len(), 12 * 4);
        assert_eq!(scanned.notices(), Vec::<String>::new());
    }
}

#[test]
fn so_many_requests_start_in_a_minute() {
    let asked = Asked::new(&accounts(3, 2, &[]));
    let tool = asked.write_all().prepared(&["--request-rate", "5", "--request-threads", "8"]);
    let mut full = None;
    let killed = tool.killed_when(|| {
        if asked.standin.requests().len() >= 5 && full.is_none() {
            full = Some(Instant::now());
        }
        full.is_some_and(|since| since.elapsed() > Duration::from_millis(400))
    });
    assert!(killed, "it waits");
    assert_eq!(asked.standin.requests().len(), 5);
}

#[test]
fn a_request_is_repeated_twice_at_most() {
    // The fault, how often the resource is asked for, what the token is, the obstacle.
    let cases = [
        ("status = 429", 3, "undetermined", "rate-limited"),
        ("status = 429\nheaders = { Retry-After = \"0\" }", 3, "undetermined", "rate-limited"),
        ("status = 429\nheaders = { Retry-After = \"1\" }", 3, "undetermined", "rate-limited"),
        ("status = 429\nheaders = { Retry-After = \"3600\" }", 1, "undetermined", "rate-limited"),
        ("status = 429\nheaders = { Retry-After = \"soon\" }", 3, "undetermined", "rate-limited"),
        ("status = 429\nheaders = { Retry-After = \"-1\" }", 3, "undetermined", "rate-limited"),
        ("status = 429\nbody = \"<html>slow down</html>\"", 3, "undetermined", "rate-limited"),
        ("status = 500", 3, "undetermined", "refused"),
        ("status = 502\nbody = \"<html>Bad Gateway</html>\"", 3, "undetermined", "unexpected"),
        ("status = 503\nheaders = { Retry-After = \"1\" }", 3, "undetermined", "refused"),
        ("status = 503\nheaders = { Retry-After = \"86400\" }", 1, "undetermined", "refused"),
        ("status = 599\nbody = \"\"", 3, "undetermined", "unexpected"),
        ("close = true", 3, "undetermined", "network"),
        ("reset = true", 3, "undetermined", "network"),
        ("truncate = 9", 3, "undetermined", "network"),
        ("status = 429\ntimes = 2", 3, "live", "none"),
        ("status = 503\ntimes = 1", 2, "live", "none"),
        ("reset = true\ntimes = 2", 3, "live", "none"),
        // What is answered clearly, or by somebody else, is not asked again.
        ("status = 401", 1, "dead", "none"),
        ("status = 404", 1, "undetermined", "refused"),
        ("body = \"<html>\"", 1, "undetermined", "unexpected"),
    ];
    at_once(&cases, |(fault, times, state, obstacle)| {
        let asked = faulty(&format!("[[fault]]\nexact-path = \"/account\"\n{fault}\n"));
        let scanned = asked.scan(&[]);
        let token = asked.token("opaque:0x0");
        assert_eq!(asked.count("opaque:0x0", "/account"), *times, "{fault}");
        assert_eq!(
            (scanned.state(token).as_str(), scanned.obstacle(token).as_str()),
            (*state, *obstacle),
            "{fault}"
        );
        assert_eq!(scanned.output.status, 1, "an answer that is not clear is no incomplete scan");
    });
}

#[test]
fn repetitions_are_counted_for_the_whole_token() {
    let cases = [
        // One for the account, one for the list.
        (
            "[[fault]]\nexact-path = \"/account\"\nstatus = 503\ntimes = 1\n[[fault]]\npath = \"/oauth\"\nstatus = 503\n",
            [2, 2, 0],
        ),
        ("[[fault]]\nexact-path = \"/oauth/authorizations\"\nstatus = 429\n", [1, 3, 0]),
        ("[[fault]]\nexact-path = \"/oauth/authorizations/~\"\nreset = true\n", [1, 1, 3]),
        (
            "[[fault]]\nexact-path = \"/oauth/authorizations\"\nstatus = 503\ntimes = 2\n[[fault]]\npath = \"/oauth/authorizations/~\"\nstatus = 503\n",
            [1, 3, 1],
        ),
    ];
    at_once(&cases, |(faults, [account, list, own])| {
        let asked = faulty(faults);
        let scanned = asked.scan(&[]);
        let token = asked.token("opaque:0x0");
        let count = |path| asked.count("opaque:0x0", path);
        let counts = [count("/account"), count("/oauth/authorizations"), count("/oauth/authorizations/~")];
        assert_eq!(counts, [*account, *list, *own], "{faults}");
        assert_eq!(scanned.state(token), "live", "{faults}");
        assert!(scanned.kinds(token).contains(&"unknown".to_owned()), "{faults}");
    });
}

#[test]
fn a_pool_at_its_reserve_is_left_alone() {
    for threads in [1, 8] {
        // The pools of the second account, at the reserve, and of the others.
        let asked = Asked::new(&accounts(3, 6, &[4500, 500, 4500]));
        let scanned = asked.write_all().scan(&["--request-threads", &threads.to_string()]);
        let mut of: BTreeMap<(usize, String), usize> = BTreeMap::new();
        for (name, path) in asked.asked() {
            let account = name.trim_start_matches("opaque:").split('x').next().unwrap().parse().unwrap();
            *of.entry((account, path)).or_default() += 1;
        }
        let count = |account, path: &str| of.get(&(account, path.to_owned())).copied().unwrap_or(0);
        assert_eq!(count(1, "/oauth/authorizations") + count(1, "/oauth/authorizations/~"), 0, "{of:?}");
        assert!(count(1, "/account") <= threads, "no more than were under way: {of:?}");
        assert_eq!(count(1, "/account") + count(1, "/account/rate-limits"), 6, "{of:?}");
        for account in [0, 2] {
            assert_eq!(count(account, "/account"), 6, "{of:?}");
            assert_eq!(count(account, "/oauth/authorizations"), 1, "{of:?}");
            assert_eq!(count(account, "/oauth/authorizations/~"), 1, "{of:?}");
        }
        for token in 0..6 {
            for account in 0..3 {
                let text = asked.token(&format!("opaque:{account}x{token}"));
                let kind = if token == 0 { "account-api-key" } else { "authorization" };
                if account == 1 {
                    assert_eq!(scanned.obstacle(text), "rate-limited");
                    assert!(scanned.kinds(text).iter().all(|it| it == "unknown"));
                } else {
                    assert_eq!(scanned.kinds(text), [kind]);
                }
            }
        }
    }
}

#[test]
fn a_pool_is_not_drawn_below_its_reserve() {
    for (remaining, draws) in [(503, 3), (502, 2), (501, 1), (500, 1), (499, 1)] {
        let asked = Asked::new(&accounts(1, 6, &[remaining]));
        asked.write_all().scan(&["--request-threads", "1"]);
        let drawn = asked.standin.requests().iter().filter(|it| it.account.is_some()).count();
        assert_eq!(drawn, draws, "{remaining}: {:?}", asked.asked());
    }
    // Where the pool is empty, and where no answer names the account.
    let limited = accounts(1, 6, &[300])
        .replace("kind = \"authorization\"", "kind = \"authorization\"\nscope = [\"read\"]");
    for (template, draws) in [
        (accounts(1, 6, &[0]), 3),
        (limited.replacen("kind = \"api-key\"", "kind = \"authorization\"\nscope = [\"read\"]", 1), 1),
    ] {
        let asked = Asked::new(&template);
        let scanned = asked.write_all().scan(&["--request-threads", "1"]);
        let drawn = asked.standin.requests().iter().filter(|it| it.account.is_some()).count();
        let refused = asked.asked().iter().filter(|(_, path)| path == "/account").count();
        assert!(drawn.max(refused) <= draws, "{:?}", asked.asked());
        for token in asked.scenario.tokens().values() {
            assert_ne!(scanned.state(token), "dead");
        }
    }
}

/// So many generated tokens that no account has.
fn planted(asked: &Asked, count: usize) {
    let of = |range: std::ops::Range<usize>| -> String {
        range.map(|at| format!("HEROKU_API_KEY_{at}={{token:opaque:p{at}}}\n")).collect::<Vec<_>>().concat()
    };
    asked.write("tests/a.env", &of(0..count / 2)).write(".env.production", &of(count / 2..count / 2 + 10));
    asked.write("docs/b.env", &of(count / 2 + 10..count));
}

#[test]
fn a_change_that_plants_tokens_costs_so_many_questions() {
    for (arguments, most) in [
        (&["--verify-max", "25"][..], 25),
        (&["--verify-max", "4", "--verify=all", "--min-confidence", "low"], 4),
        (&["--verify-max", "0"], 0),
        (&[], 200),
    ] {
        let asked = Asked::new("");
        planted(&asked, 5000);
        let scanned = asked.scan(arguments);
        let mut asked_about: Vec<String> = asked
            .standin
            .requests()
            .iter()
            .map(|it| it.header("authorization").unwrap().trim_start_matches("Bearer ").to_owned())
            .collect();
        asked_about.sort();
        asked_about.dedup();
        assert_eq!((asked.standin.requests().len(), asked_about.len()), (most, most));
        let production: Vec<String> =
            (2500..2510).map(|at| asked.scenario.text(&format!("{{token:opaque:p{at}}}"))).collect();
        let first = production.iter().filter(|it| asked_about.contains(it)).count();
        assert_eq!(first, most.min(10), "production first");
        let said = format!("Heroku was asked about {most} of 5000 tokens, since `--verify-max` is {most}");
        assert_eq!(scanned.notices(), [said.as_str()]);
        assert!(scanned.output.stdout.contains(&said), "{}", scanned.output.stdout.len());
        assert_eq!(scanned.json["findings"].as_array().unwrap().len(), 5000);
        assert_eq!(scanned.output.status, 1);
    }
}

#[test]
fn a_network_that_is_down_is_given_up() {
    // A port that nobody gets by chance.
    let url = "http://127.0.0.1:1";
    let asked = Asked::new(&accounts(40, 1, &[]));
    asked.write_all();
    let offline = asked.tool(&["scan", "--report", "json"]).run();
    let offline: serde_json::Value = serde_json::from_str(&offline.stdout).unwrap();
    for (arguments, status) in
        [(&[][..], 1), (&["--fail-on", "never"], 0), (&["--require-verified"], 3), (&["--quiet"], 1)]
    {
        let scanned = asked.scan(&[&["--api-url", url], arguments].concat());
        assert_eq!(scanned.output.status, status, "{arguments:?}");
        let findings = scanned.json["findings"].as_array().unwrap();
        assert_eq!(findings.len(), offline["findings"].as_array().unwrap().len());
        assert!(findings.iter().all(|it| it["token"]["verdict"]["state"] == "undetermined"));
        assert!(
            scanned.notices().contains(&"Heroku could not be reached, and was not asked any more".to_owned())
        );
    }
    assert_eq!(asked.standin.requests().len(), 0);
    // A server that hangs up on everybody.
    for fault in ["close = true", "status = 503"] {
        let asked = Asked::new(&format!("{}[[fault]]\n{fault}\n", accounts(60, 1, &[])));
        asked.write_all().scan(&["--request-threads", "8"]);
        let requests = asked.standin.requests().len();
        // Eight failures, and what was under way by then.
        assert!((8..16).contains(&requests), "{fault}: {requests}");
    }
}

#[test]
fn who_requires_verdicts_gets_them_or_is_told() {
    let fault = "[[fault]]\nexact-path = \"/account\"\ntoken = \"{token:opaque:1x0}\"\nbody = \"{}\"\n";
    let one = "one token is not verified, and `--require-verified` was given";
    for (arguments, status, said) in [
        (&[][..], 1, false),
        (&["--require-verified"], 3, true),
        (&["--require-verified", "--fail-on", "never"], 3, true),
        (&["--require-verified", "--quiet"], 3, true),
    ] {
        let asked = Asked::new(&format!("{}{fault}", accounts(3, 1, &[])));
        let scanned = asked.write_all().scan(arguments);
        assert_eq!(scanned.output.status, status, "{arguments:?}");
        assert_eq!(scanned.notices().iter().any(|it| it == one), said, "{arguments:?}");
        assert_eq!(scanned.json["complete"], !said);
    }
    // Also where the budget is too small, and not where all is clear.
    for (most, status) in [("2", 3), ("3", 1)] {
        let asked = Asked::new(&accounts(3, 1, &[]));
        let scanned = asked.write_all().scan(&["--require-verified", "--verify-max", most]);
        assert_eq!(scanned.output.status, status, "{most}");
    }
}
