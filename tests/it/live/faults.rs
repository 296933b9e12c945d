//! What goes wrong while apps are read: it is told, the run is incomplete, and nothing that was found is lost.

use super::{WORLD, found, planted, read, traces};
use crate::support::asked::{Asked, at_once};
use crate::support::tool::Output;
use crate::verify_faults::{FAULTS, harmless};

/// The world, with something that goes wrong.
fn faulty(path: &str, fault: &str) -> Asked {
    Asked::new(&format!("{WORLD}\n[[fault]]\nexact-path = \"{path}\"\n{fault}\n"))
}

const SHOP: &str = "/apps/00000000-0000-4000-8000-000000000001";

#[test]
fn an_app_that_cannot_be_read_costs_itself_alone() {
    let vars = format!("{SHOP}/config-vars");
    for (status, word) in [(403, "403 forbidden"), (404, "404 not_found"), (503, "503 service_unavailable")] {
        let asked = faulty(&vars, &format!("status = {status}"));
        let scanned = read(&asked, &["--all"]);
        let rest = ["heroku:a", "heroku:b", "heroku:c", "heroku:shop-"];
        assert_eq!(found(&scanned), planted(&asked, &rest), "{status}");
        assert_eq!((scanned.output.status, &scanned.json["complete"]), (3, &false.into()));
        let notices = scanned.json["notices"].as_array().unwrap();
        let notice = notices.iter().find(|it| it["path"] == "heroku:shop").unwrap();
        assert_eq!(notice["kind"], "unreadable");
        let message = notice["message"].as_str().unwrap();
        assert!(
            message.contains(&format!("config vars could not be read: Heroku answered {word}")),
            "{message}"
        );
        assert!(scanned.output.stdout.contains("incomplete[unreadable]: heroku:shop: its config vars"));
        asked.check_clean(word, &scanned.output, &traces(&asked));
    }
    let forbidden = WORLD.replacen("name = \"shop\"\n", "name = \"shop\"\nforbidden = true\n", 1);
    let asked = Asked::new(&forbidden);
    let scanned = read(&asked, &["--app", "shop", "--app", "attic", "--app", "nothing-there"]);
    assert_eq!(found(&scanned), planted(&asked, &["heroku:attic/"]));
    let places: Vec<_> =
        scanned.json["notices"].as_array().unwrap().iter().map(|it| it["path"].clone()).collect();
    assert!(
        places.contains(&"heroku:shop".into()) && places.contains(&"heroku:nothing-there".into()),
        "{places:?}"
    );
    assert_eq!(scanned.output.status, 3);
}

#[test]
fn an_exhausted_pool_ends_the_reading_and_loses_nothing() {
    // Three lists, and the config vars of three apps; then the reserve is reached.
    let asked = Asked::new(&WORLD.replacen("[[account]]\n", "[[account]]\nremaining = 507\n", 1));
    let scanned = read(&asked, &["--all", "--request-threads", "1"]);
    let read_places = ["heroku:attic/", "heroku:blog-staging/"];
    let found = found(&scanned);
    assert!(planted(&asked, &read_places).iter().all(|it| found.contains(it)), "{found:?}");
    let notices = scanned.notices();
    let told = notices.iter().find(|it| it.contains("were not read")).unwrap();
    assert!(told.contains("pool of requests is low") && told.contains("`heroku:shop`"), "{told}");
    assert_eq!((scanned.output.status, &scanned.json["complete"]), (3, &false.into()));
    let left = asked.standin.requests().iter().filter(|it| it.account.is_some()).count();
    assert!(left <= 20, "{left} requests");
    asked.check_clean("pool", &scanned.output, &traces(&asked));
    // Heroku says so itself.
    let asked = faulty(&format!("{SHOP}/config-vars"), "status = 429");
    let scanned = read(&asked, &["--all", "--request-threads", "1"]);
    assert_eq!(scanned.output.status, 3);
    assert!(scanned.notices().iter().any(|it| it.contains("pool of requests is low")));
}

#[test]
fn a_caller_that_is_revoked_meanwhile_loses_nothing() {
    let fault =
        "\n[[fault]]\npath = \"/apps/\"\ntoken = \"{token:opaque:caller}\"\nafter = 3\nstatus = 401\n";
    let asked = Asked::new(&format!("{WORLD}{fault}"));
    let scanned = read(&asked, &["--all", "--request-threads", "1"]);
    let known = found(&scanned);
    assert!(!known.is_empty() && known.len() < 12, "{known:?}");
    assert!(known.iter().all(|it| planted(&asked, &["heroku:"]).contains(it)), "{known:?}");
    let notices = scanned.notices();
    let told = notices.iter().find(|it| it.contains("were not read")).unwrap();
    assert!(told.contains("does not accept the token any more") && told.contains("`heroku:shop`"), "{told}");
    assert_eq!((scanned.output.status, &scanned.json["complete"]), (3, &false.into()));
    asked.check_clean("revoked", &scanned.output, &traces(&asked));
}

/// What a run gives that ends before anything is read.
fn refused(asked: &Asked, arguments: &[&str], caller: &str) -> Output {
    let url = asked.standin.url();
    let fixed = ["heroku", "--api-url", &url, "--request-rate", "0", "--no-cache"];
    let all: Vec<&str> = fixed.iter().chain(arguments).copied().collect();
    let output = asked.tool(&all).env("CALLER", caller).run();
    asked.check_clean("refused", &output, &traces(asked));
    output
}

#[test]
fn who_is_not_accepted_is_told_how_to_be() {
    let asked = Asked::new(WORLD);
    for (arguments, caller, part) in [
        (&["--all", "--token-env", "CALLER"][..], "opaque:dead", "does not accept the token of `CALLER`"),
        (&["--app", "shop", "--token-env", "CALLER"], "opaque:dead", "does not accept the token of `CALLER`"),
        (
            &["--all", "--token-env", "NOBODY"],
            "opaque:caller",
            "the variable `NOBODY` of `--token-env` is not set",
        ),
        (&["--all"], "opaque:caller", "neither `HEROKU_API_KEY` nor your netrc has a token"),
        (&["--token-env", "CALLER"], "opaque:caller", "required"),
        (&["--all", "--app", "shop", "--token-env", "CALLER"], "opaque:caller", "cannot be used with"),
        (&["--app", "../account", "--token-env", "CALLER"], "opaque:caller", "is no name that Heroku has"),
        (&["--app", "Shop?x", "--token-env", "CALLER"], "opaque:caller", "is no name that Heroku has"),
        (&["--all", "no-such-folder", "--token-env", "CALLER"], "opaque:caller", "does not exist"),
    ] {
        let output = refused(&asked, arguments, asked.token(caller));
        assert!(output.status == 2 && output.stderr.contains(part), "{arguments:?}: {output:?}");
        assert_eq!(output.stdout, "");
    }
    // A token as an argument is refused unseen, whichever option it is given to.
    for option in ["--app", "--team", "--pipeline", "--token-env"] {
        let token = asked.token("opaque:caller");
        let all = if option == "--token-env" { vec!["--all"] } else { vec![] };
        let output = refused(&asked, &[&all[..], &[option, token]].concat(), token);
        assert!(output.status == 2 && output.stderr.contains("exposed"), "{option}: {output:?}");
    }
}

#[test]
fn a_scope_that_is_too_small_is_told() {
    let scope = |scope: &str| {
        let caller = format!("kind = \"authorization\"\nscope = [\"{scope}\"]\n");
        Asked::new(&WORLD.replacen("kind = \"session\"\n", &caller, 1))
    };
    let asked = scope("read");
    let scanned = read(&asked, &["--all"]);
    assert_eq!((found(&scanned).len(), scanned.output.status), (0, 3));
    let told = scanned.notices().join("\n");
    assert!(told.contains("11 of 11") && told.contains("it takes `read-protected` or `global`"), "{told}");
    let asked = scope("identity");
    let output = refused(&asked, &["--all", "--token-env", "CALLER"], asked.token("opaque:caller"));
    assert!(output.status == 2 && output.stderr.contains("does not allow to list apps"), "{output:?}");
    assert!(output.stderr.contains("-s read-protected"));
    let asked = scope("read-protected");
    let scanned = read(&asked, &["--all"]);
    assert_eq!(found(&scanned), planted(&asked, &["heroku:"]));
}

#[test]
fn the_netrc_is_read_where_no_variable_is_set() {
    let asked = Asked::new(WORLD);
    let netrc = format!("machine api.heroku.com\n  login x\n  password {}\n", asked.token("opaque:caller"));
    let path = asked.home().join(if cfg!(windows) { "_netrc" } else { ".netrc" });
    std::fs::write(&path, netrc).unwrap();
    let url = asked.standin.url();
    let all = ["heroku", "--app", "shop", "--api-url", &url, "--request-rate", "0", "--no-cache"];
    let output = asked.tool(&all).run();
    std::fs::remove_file(path).unwrap();
    assert!(output.status == 1 && output.stdout.contains("shop"), "{output:?}");
    asked.check_clean("netrc", &output, &traces(&asked));
}

/// Where answers go wrong.
const RESOURCES: [&str; 5] = [
    "/apps",
    "/pipelines",
    "/pipeline-couplings",
    "/apps/00000000-0000-4000-8000-000000000001/config-vars",
    "/apps/00000000-0000-4000-8000-000000000001/releases",
];

#[test]
fn no_fault_makes_a_wrong_result_or_shows_a_token() {
    let all: Vec<(&str, &str)> =
        RESOURCES.iter().flat_map(|path| FAULTS.iter().map(move |fault| (*path, *fault))).collect();
    at_once(&all, |(path, fault)| {
        let asked = faulty(path, fault);
        let output = super::prepared(&asked, &["--all"]).run();
        let what = format!("{path} {fault}");
        asked.check_clean(&what, &output, &traces(&asked));
        harmless(&what, &output.stdout);
        if output.status == 2 {
            // Heroku refused the caller before it had accepted it.
            assert!(*path == "/apps" && fault.contains("status = 40"), "{what}: {output:?}");
            return;
        }
        let scanned = crate::support::asked::Scanned {
            json: serde_json::from_str(&asked.reported("json")).unwrap(),
            output,
        };
        let (found, planted) = (found(&scanned), planted(&asked, &["heroku:"]));
        let named = ["heroku:blog-staging/", "heroku:shop-staging/"];
        for it in &found {
            // Where no stage is known, names tell, or nothing does. A token that an answer quotes is in it.
            let inferred = path.starts_with("/pipeline")
                && (it.1 == "unknown"
                    || named.iter().any(|name| it.0.starts_with(name)) && it.1 == "staging"
                    || it.0.contains("production-copy") && it.1 == "production");
            let quoted = fault.contains("echo") && it.0.starts_with("heroku:shop");
            assert!(planted.contains(it) || inferred || quoted, "{what}: {it:?}");
        }
        let missing = planted.iter().any(|it| !found.contains(it));
        // An app may well have no config vars, or some of these names.
        let texts = path.ends_with("config-vars")
            && (*fault == "body = '{}'" || fault.starts_with("body = '{\"id\": \"unauthorized\", "));
        assert!(
            !missing || scanned.json["complete"] == false || texts || fault.contains("echo"),
            "{what}: {found:?}"
        );
        assert_eq!(scanned.output.status == 3, scanned.json["complete"] == false, "{what}");
    });
}

#[test]
fn bodies_that_are_no_config_vars_are_not_taken_for_some() {
    let bodies = [
        "{\"A\": 7}",
        "{\"A\": {\"B\": \"c\"}}",
        "[\"A\"]",
        "{\"A\": \"b\"",
        "{\"A\": [\"{token:opaque:soon}\"]}",
    ];
    at_once(&bodies, |body| {
        let asked = faulty(&format!("{SHOP}/config-vars"), &format!("body = '{body}'"));
        let scanned = read(&asked, &["--app", "shop"]);
        assert_eq!((found(&scanned).len(), scanned.output.status), (0, 3), "{body}");
        asked.check_clean(body, &scanned.output, &traces(&asked));
    });
    // A var that was removed has no value, and one that names a token does not show it.
    let body = "{\"A\": null, \"HEROKU_API_KEY\": \"{token:opaque:soon}\", \"X_{token:opaque:fine}\": \"y\"}";
    let asked = faulty(&format!("{SHOP}/config-vars"), &format!("body = '{body}'"));
    let scanned = read(&asked, &["--app", "shop"]);
    assert!(found(&scanned).iter().any(|it| it.0 == "heroku:shop/HEROKU_API_KEY"));
    asked.check_clean("names", &scanned.output, &traces(&asked));
}

#[test]
fn names_that_somebody_chose_steer_nothing() {
    for name in
        ["a\\u001b[31mb", "a\\u202eb", "::error::x", "{token:opaque:fine}", "| a | <b>", "{repeat:180:x}"]
    {
        let asked = Asked::new(&WORLD.replacen("name = \"shop\"\n", &format!("name = \"{name}\"\n"), 1));
        let scanned = read(&asked, &["--all", "--explain"]);
        harmless(name, &scanned.output.stdout);
        for format in ["json", "jsonl", "sarif"] {
            harmless(name, &asked.reported(format));
        }
        asked.check_clean(name, &scanned.output, &traces(&asked));
    }
}
