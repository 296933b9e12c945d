//! Answers that are kept for the next run.

use std::fs;
use std::path::Path;

use hrkulint::instant::{rfc3339, seconds};
use serde_json::{Value, json};

use crate::support::asked::{Asked, files};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

const WORLD: &str = r#"
[[account]]
email = "owner@example.com"
[[account.token]]
token = "{token:opaque:live}"
kind = "session"
[[account.token]]
token = "{token:opaque:dead}"
kind = "dead"
"#;

fn world(more: &str) -> Asked {
    let asked = Asked::new(&format!("{WORLD}{more}"));
    asked.write_all();
    asked
}

/// Makes an answer that is kept older, or younger than now, with the end that it tells of.
fn age(asked: &Asked, name: &str, passed: i64) {
    change(&asked.kept(name), |record| {
        for field in ["asked", "answered"] {
            record[field] = json!(record[field].as_i64().unwrap() - passed);
        }
        let end = &mut record["verdict"]["detail"]["expiry"]["at"];
        if let Some(at) = end.as_str().and_then(seconds) {
            *end = json!(rfc3339(at - passed));
        }
    });
}

fn change(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut record: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    change(&mut record);
    fs::write(path, record.to_string()).unwrap();
}

/// How many requests another run sends for each token.
fn again(asked: &Asked) -> (usize, usize) {
    let before = asked.asked().len();
    asked.scan(&[]);
    let new = &asked.asked()[before..];
    let of = |name: &str| new.iter().filter(|(it, _)| it == name).count();
    (of("opaque:live"), of("opaque:dead"))
}

#[test]
fn answers_are_used_while_they_are_fresh() {
    let asked = world("");
    let first = asked.scan(&[]);
    assert_eq!(asked.asked().len(), 4);
    let second = asked.scan(&[]);
    assert_eq!(asked.asked().len(), 4, "nothing is asked again");
    for token in ["opaque:live", "opaque:dead"] {
        assert_eq!(first.state(asked.token(token)), second.state(asked.token(token)));
        assert_eq!(first.kinds(asked.token(token)), second.kinds(asked.token(token)));
    }
    assert_eq!(first.output.status, second.output.status);
    // Minutes for what lives, at most a day for what does not.
    for (passed, live, dead) in [
        (0, false, false),
        (5 * MINUTE, false, false),
        (HOUR, true, false),
        (6 * HOUR, true, false),
        (DAY, true, true),
        (30 * DAY, true, true),
        // A clock that was moved back: the answer comes from the future.
        (-HOUR, true, true),
        (-DAY, true, true),
    ] {
        let asked = world("");
        asked.scan(&[]);
        age(&asked, "opaque:live", passed);
        age(&asked, "opaque:dead", passed);
        assert_eq!(again(&asked), (if live { 3 } else { 0 }, usize::from(dead)), "{passed}");
        assert_eq!(again(&asked), (0, 0), "{passed}: what was asked again is kept");
    }
}

#[test]
fn no_answer_outlives_its_token() {
    let expiring = |seconds: i64| {
        let asked = Asked::new(&WORLD.replacen(
            "kind = \"session\"",
            &format!("kind = \"session\"\nexpires-in = {seconds}"),
            1,
        ));
        asked.write_all().scan(&[]);
        asked
    };
    let asked = expiring(4 * MINUTE);
    age(&asked, "opaque:live", 3 * MINUTE);
    assert_eq!(again(&asked).0, 0);
    let asked = expiring(4 * MINUTE);
    age(&asked, "opaque:live", 4 * MINUTE + 1);
    assert_eq!(again(&asked).0, 3);
    // Heroku's clock counts, not this machine's: `asked` is by the one, `answered` by the other.
    let asked = expiring(4 * MINUTE);
    change(&asked.kept("opaque:live"), |record| {
        record["answered"] = json!(record["answered"].as_i64().unwrap() + 5 * MINUTE);
    });
    assert_eq!(again(&asked).0, 3);
}

#[test]
fn what_cannot_be_read_is_not_there() {
    let asked = world("");
    asked.scan(&[]);
    let good = fs::read(asked.kept("opaque:live")).unwrap();
    let text = String::from_utf8(good.clone()).unwrap();
    let foreign: Value = serde_json::from_slice(&good).unwrap();
    let with = |field: &str, value: Value| {
        let mut record = foreign.clone();
        record[field] = value;
        record.to_string().into_bytes()
    };
    let contents: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"{".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        good[..good.len() - 1].to_vec(),
        good[..good.len() / 2].to_vec(),
        [&good[..], b"x"].concat(),
        b"\xff\xfe\x00".to_vec(),
        vec![b'['; 100_000],
        [&good[..], &vec![b' '; 1 << 20]].concat(),
        with("schema", json!(0)),
        with("schema", json!(2)),
        with("schema", json!("1")),
        with("asked", json!(null)),
        with("asked", json!(i64::MIN)),
        with("asked", json!(i64::MAX)),
        with("answered", json!(i64::MAX)),
        with("answered", json!("now")),
        with("verdict", json!({"state": "alive"})),
        with("verdict", json!({"state": "undetermined", "detail": "network"})),
        with("verdict", json!({"state": "not-checked", "detail": "offline"})),
        text.replace("\"live\"", "\"dead\"").into_bytes(),
    ];
    for content in contents {
        fs::write(asked.kept("opaque:live"), &content).unwrap();
        assert_eq!(again(&asked).0, 3, "{}", String::from_utf8_lossy(&content[..content.len().min(300)]));
        assert_eq!(again(&asked).0, 0, "and it is mended");
    }
    fs::remove_file(asked.kept("opaque:live")).unwrap();
    fs::create_dir(asked.kept("opaque:live")).unwrap();
    assert_eq!(again(&asked).0, 3, "a folder in its place");
    assert_eq!(again(&asked).0, 3, "stays there");
}

#[cfg(unix)]
#[test]
fn answers_are_the_users_alone() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let asked = world("");
    asked.scan(&[]);
    let all = files(&asked.cache());
    assert_eq!(all.len(), 2, "{all:?}");
    for file in &all {
        assert_eq!(mode(file), 0o600, "{}", file.display());
    }
    for folder in ["", "..", "../.."] {
        assert_eq!(mode(&asked.cache().join(folder)), 0o700, "{folder}");
    }
    // A link is no answer, and nothing is written through it.
    let elsewhere = asked.home().join("elsewhere.json");
    fs::rename(asked.kept("opaque:live"), &elsewhere).unwrap();
    symlink(&elsewhere, asked.kept("opaque:live")).unwrap();
    let content = fs::read(&elsewhere).unwrap();
    assert_eq!(again(&asked).0, 3);
    assert_eq!(fs::read(&elsewhere).unwrap(), content);
    // What cannot be opened; whoever may open everything reads it.
    fs::set_permissions(asked.kept("opaque:dead"), fs::Permissions::from_mode(0o000)).unwrap();
    assert!(again(&asked).1 <= 1);
    // A folder that cannot be made or used.
    fs::remove_dir_all(asked.cache()).unwrap();
    fs::write(asked.cache(), "a file").unwrap();
    assert_eq!(again(&asked), (3, 1));
    assert_eq!(fs::read(asked.cache()).unwrap(), b"a file");
}

#[test]
fn without_a_cache_nothing_is_read_or_written() {
    let asked = world("");
    asked.scan(&["--no-cache"]);
    assert!(!asked.home().join(".cache").exists());
    asked.scan(&[]);
    let content = fs::read(asked.kept("opaque:live")).unwrap();
    fs::remove_file(asked.kept("opaque:dead")).unwrap();
    let before = asked.asked().len();
    asked.scan(&["--no-cache"]);
    assert_eq!(asked.asked().len() - before, 4);
    assert_eq!(fs::read(asked.kept("opaque:live")).unwrap(), content);
    assert!(!asked.kept("opaque:dead").exists());
}

#[test]
fn runs_may_share_the_folder() {
    let mut template = "latency-ms = 3\n".to_owned();
    for account in 0..8 {
        template.extend([format!(
            "[[account]]\ntoken = [{{ token = \"{{token:opaque:{account}}}\", kind = \"api-key\" }}]\n"
        )]);
    }
    let asked = Asked::new(&template);
    asked.write_all();
    let url = asked.standin.url();
    let arguments = ["scan", "--verify", "--request-rate", "0", "--api-url", &url, "--report", "json"];
    let outputs: Vec<Value> = std::thread::scope(|scope| {
        let run = || serde_json::from_str(&asked.tool(&arguments).run().stdout).unwrap();
        let runs: Vec<_> = (0..5).map(|_| scope.spawn(run)).collect();
        runs.into_iter().map(|it| it.join().unwrap()).collect()
    });
    for output in &outputs {
        for finding in output["findings"].as_array().unwrap() {
            assert_eq!(finding["token"]["kind"], "account-api-key");
        }
    }
    let all = files(&asked.cache());
    assert_eq!(all.len(), 8, "no other file is left: {all:?}");
    let before = asked.asked().len();
    asked.scan(&[]);
    assert_eq!(asked.asked().len(), before);
}

#[test]
fn what_was_said_holds_while_nothing_clear_is_said() {
    let unclear = [
        ("[[fault]]\nexact-path = \"/account\"\nafter = 2\nbody = \"<html>\"\n", "unexpected"),
        ("[[fault]]\nexact-path = \"/account\"\nafter = 2\nclose = true\n", "network"),
        (
            "[[fault]]\nexact-path = \"/account\"\nafter = 2\nstatus = 429\nheaders = { Retry-After = \"999\" }\n",
            "rate-limited",
        ),
        // It is accepted, and its lists cannot be read.
        ("[[fault]]\nexact-path = \"/oauth/authorizations\"\nafter = 1\nbody = \"{}\"\n", "unexpected"),
    ];
    for (fault, obstacle) in unclear {
        let asked = world(fault);
        let first = asked.scan(&[]);
        let token = asked.token("opaque:live");
        assert_eq!(
            (first.kinds(token), first.obstacle(token)),
            (vec!["session".to_owned()], "none".to_owned())
        );
        for days in [1, 2] {
            age(&asked, "opaque:live", DAY);
            let later = asked.scan(&[]);
            assert_eq!(
                (later.state(token), later.kinds(token)),
                ("live".to_owned(), vec!["session".to_owned()]),
                "{fault} {days}"
            );
            assert_eq!(later.obstacle(token), obstacle, "{fault}: and why it is an old answer");
            // Of what still lives only the kind is from then.
            let accepted = fault.contains("/oauth/");
            let said = &later.verdict(token).unwrap()["earlier"];
            assert_eq!(said.is_null(), accepted, "{fault}");
            assert_eq!(later.output.stdout.contains("that is what Heroku said on 20"), !accepted, "{fault}");
            let strict = asked.scan(&["--require-verified"]);
            assert_eq!(strict.output.status == 3, !accepted, "{fault}");
        }
        // A login lasts 30 days; then nothing is known any more.
        age(&asked, "opaque:live", 29 * DAY);
        let last = asked.scan(&[]);
        assert_ne!(last.kinds(token), ["session"], "{fault}");
    }
    // Not even that long when the token ends before.
    let template = WORLD.replacen("kind = \"session\"", "kind = \"session\"\nexpires-in = 90000", 1);
    let asked = Asked::new(&format!("{template}{}", unclear[0].0));
    asked.write_all().scan(&[]);
    age(&asked, "opaque:live", DAY);
    assert_eq!(asked.scan(&[]).kinds(asked.token("opaque:live")), ["session"]);
    age(&asked, "opaque:live", 2 * HOUR);
    assert_eq!(asked.scan(&[]).state(asked.token("opaque:live")), "undetermined");
    // Death is not kept so long.
    let asked = world("[[fault]]\nexact-path = \"/account\"\nafter = 2\nbody = \"<html>\"\n");
    asked.scan(&[]);
    age(&asked, "opaque:dead", 2 * DAY);
    assert_eq!(asked.scan(&[]).state(asked.token("opaque:dead")), "undetermined");
}

#[test]
fn an_unclear_answer_is_not_kept() {
    for fault in [
        "exact-path = \"/account\"\nbody = \"{}\"",
        "exact-path = \"/oauth/authorizations\"\nbody = \"{}\"",
        "path = \"/oauth/authorizations/~\"\nbody = \"[]\"",
    ] {
        let asked = world(&format!("[[fault]]\n{fault}\ntimes = 2\n"));
        let first = asked.scan(&[]);
        assert_ne!(first.kinds(asked.token("opaque:live")), ["session"]);
        assert!(!asked.kept("opaque:live").exists(), "{fault}");
    }
    // The kind is open, and will not be less so.
    let asked = Asked::new(&WORLD.replace("kind = \"session\"", "kind = \"session\"\nshown = \"hidden\""));
    asked.write_all().scan(&[]);
    assert!(asked.kept("opaque:live").exists());
}

#[test]
fn an_owner_may_tell_more_than_what_is_kept() {
    let asked = Asked::new(
        r#"
        [[account]]
        email = "owner@example.com"
        [[account.token]]
        token = "{token:opaque:limited}"
        kind = "authorization"
        scope = ["read"]
        expires-in = 864000
        [[account.token]]
        token = "{token:opaque:owner}"
        kind = "authorization"
        "#,
    );
    asked.write(".env.production", "HEROKU_API_KEY={token:opaque:limited}\n");
    let token = asked.token("opaque:limited");
    assert_eq!(asked.scan(&[]).kinds(token), ["authorization", "client-token"]);
    assert_eq!(asked.asked().len(), 1);
    let with_owner = || {
        let tool = asked.prepared(&["--owner-token-env", "OWNER"]);
        asked.finish(tool.env("OWNER", asked.token("opaque:owner")))
    };
    assert_eq!(with_owner().kinds(token), ["authorization"]);
    assert_eq!(asked.asked().len(), 1 + 4);
    assert_eq!(with_owner().kinds(token), ["authorization"]);
    assert_eq!(asked.scan(&[]).kinds(token), ["authorization"]);
    assert_eq!(asked.asked().len(), 5, "what the owner told is kept");
}

#[test]
fn the_folder_is_the_users_choice() {
    let asked = world("");
    let place = asked.home().join("other place");
    asked.finish(asked.prepared(&[]).env("XDG_CACHE_HOME", &place));
    assert_eq!(files(&place).len(), 2);
    assert!(!asked.cache().exists());
    // A place that is relative is none (XDG Base Directory Specification).
    asked.finish(asked.prepared(&[]).env("XDG_CACHE_HOME", "relative"));
    assert!(!asked.folder.path("relative").exists());
    assert_eq!(files(&asked.cache()).len(), 2);
    for home in ["/dev/null", "relative"] {
        let asked = world("");
        let scanned = asked.finish(asked.prepared(&[]).env("HOME", home));
        assert_eq!((scanned.state(asked.token("opaque:live")), asked.asked().len()), ("live".to_owned(), 4));
        assert!(!asked.folder.path("relative").exists(), "{home}");
    }
}
