//! What the program asks Heroku for: by the record of the stand-in.

use std::collections::BTreeSet;

use hrkulint::shape;

use crate::support::asked::Asked;
use crate::support::tool::Tool;

/// Accounts with so many tokens each, all live.
fn accounts(accounts: usize, tokens: usize) -> String {
    let mut text = String::new();
    for account in 0..accounts {
        text.extend([format!("[[account]]\nemail = \"owner{account}@example.com\"\n")]);
        for token in 0..tokens {
            let kind = ["authorization", "session", "api-key", "unlisted"][token.min(3)];
            text.extend([format!(
                "[[account.token]]\ntoken = \"{{token:opaque:{account}x{token}}}\"\nkind = \"{kind}\"\n"
            )]);
        }
    }
    text
}

#[test]
fn a_token_costs_three_requests_and_another_of_its_account_one() {
    for threads in ["1", "8"] {
        for (accounts_of, tokens_of) in [(1, 1), (1, 12), (3, 4), (6, 1)] {
            let asked = Asked::new(&accounts(accounts_of, tokens_of));
            asked.write_all().scan(&["--request-threads", threads]);
            let all = asked.asked();
            let count = |path: &str| all.iter().filter(|(_, target)| target == path).count();
            assert_eq!(count("/account"), accounts_of * tokens_of);
            assert_eq!(count("/oauth/authorizations"), accounts_of);
            assert_eq!(count("/oauth/authorizations/~"), accounts_of);
            assert_eq!(all.len(), accounts_of * (tokens_of + 2), "{all:?}");
            let distinct: BTreeSet<_> = all.iter().collect();
            assert_eq!(distinct.len(), all.len(), "no question twice: {all:?}");
        }
    }
}

#[test]
fn a_long_list_costs_as_many_requests_as_it_has_parts() {
    let asked = Asked::new(&format!("page-size = 3\n{}", accounts(1, 12)));
    // The API key and what is in no list are not on its pages.
    asked.write_all().scan(&[]);
    let lists = asked.asked().iter().filter(|(_, target)| target == "/oauth/authorizations").count();
    let listed = asked.standin.authorizations().len();
    assert_eq!((lists, asked.asked().len()), (listed.div_ceil(3), 12 + listed.div_ceil(3) + 1));
}

#[test]
fn every_question_is_a_read_that_says_who_asks() {
    let asked = Asked::new(&accounts(2, 3));
    asked.write_all().scan(&["--request-threads", "3"]);
    let requests = asked.standin.requests();
    let mut ids = BTreeSet::new();
    for request in &requests {
        assert_eq!((request.method.as_str(), request.body.len()), ("GET", 0));
        assert_eq!(request.header("accept"), Some("application/vnd.heroku+json; version=3"));
        let agent = format!("hrkulint/{} (+https://", env!("CARGO_PKG_VERSION"));
        assert!(request.header("user-agent").unwrap().starts_with(&agent), "{request:?}");
        let id = request.header("request-id").unwrap();
        assert!(shape::is_uuid(id.as_bytes()) && ids.insert(id.to_owned()), "{id}");
        assert!(request.header("authorization").unwrap().starts_with("Bearer HRKU-AA"));
        let ranged = request.target == "/oauth/authorizations";
        assert_eq!(request.header("range"), ranged.then_some("id ..; max=1000"));
        for name in ["cookie", "referer", "x-forwarded-for", "from", "origin", "accept-encoding"] {
            assert_eq!(request.header(name), None, "{name}");
        }
        let host = asked.standin.address().to_string();
        assert_eq!(request.header("host"), Some(host.as_str()));
    }
    assert_eq!(requests.len(), 10);
}

#[test]
fn a_token_in_many_places_is_asked_about_once() {
    let asked = Asked::new(
        "[[account]]\ntoken = [{ token = \"{token:opaque:1}\", kind = \"session\" }, { token = \"{token:uuid:2}\", kind = \"authorization\" }]",
    );
    let text = "HEROKU_API_KEY={token:opaque:1}\nHEROKU_API_TOKEN={token:uuid:2}\n";
    for name in [".env", ".env.production", "a/.env", "b/deploy.env"] {
        asked.write(name, text);
    }
    asked
        .write(
            "docker.json",
            "{\"auths\":{\"registry.heroku.com\":{\"auth\":\"{base64:_:{token:opaque:1}}\"}}}",
        )
        .write("escaped.json", "{\"HEROKU_API_KEY\":\"{unicode:{token:opaque:1}}\"}")
        .write("url.sh", "git push https://heroku:{percent:{token:opaque:1}}@git.heroku.com/shop.git\n")
        .write("upper.env", "HEROKU_API_KEY={upper:{token:uuid:2}}\n")
        .write("wide.env", "HEROKU_API_KEY={token:opaque:1}\n");
    let wide: Vec<u8> = asked
        .scenario
        .text("HEROKU_API_KEY={token:opaque:1}\n")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    asked.folder.write("wide.env", wide);
    let scanned = asked.scan(&["--min-confidence", "low"]);
    assert_eq!(asked.count("opaque:1", "/account"), 1);
    assert_eq!(asked.asked().len(), 4, "{:?}", asked.asked());
    let findings = scanned.json["findings"].as_array().unwrap();
    assert!(findings.len() >= 12, "{}", findings.len());
    for finding in findings {
        assert_eq!(finding["token"]["verdict"]["state"], "live", "{finding}");
    }
}

/// What looks like a token and must not travel.
const NO_TOKENS: [(&str, &str); 9] = [
    (
        "placeholders.env",
        "HEROKU_API_KEY=HRKU-AA{repeat:58:x}\nHEROKU_API_TOKEN=HRKU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx\n",
    ),
    ("zeros.env", "HEROKU_API_KEY=00000000-0000-0000-0000-000000000000\n"),
    ("documented.env", "HEROKU_API_KEY=01234567-89ab-cdef-0123-456789abcdef\n"),
    ("masked.env", "HEROKU_API_KEY=HRKU-AA12**********\nHEROKU_API_TOKEN=HRKU-**********\n"),
    ("references.env", "HEROKU_API_KEY=${HEROKU_TOKEN}\nHEROKU_TOKEN=$(heroku auth:token)\n"),
    (".netrc", "machine api.heroku.com\n  login a@example.com\n  password {token:legacy-hex:1}\n"),
    ("truncated.env", "HEROKU_API_KEY=HRKU-AA{decoy:base62:42:1}\n"),
    ("ids.sh", "curl https://api.heroku.com/apps/{decoy:uuid:2}/dynos # heroku app {decoy:uuid:3}\n"),
    ("encrypted.yml", "deploy:\n  provider: heroku\n  api_key:\n    secure: {decoy:base64url:80:4}\n"),
];

#[test]
fn what_is_no_token_does_not_travel() {
    for arguments in [&[][..], &["--min-confidence", "low"], &["--min-confidence=low", "--no-ignore"]] {
        let asked = Asked::new("");
        for (name, text) in NO_TOKENS {
            asked.write(name, text);
        }
        asked.scan(arguments);
        assert_eq!(asked.standin.requests().len(), 0, "{arguments:?}: {:?}", asked.asked());
    }
    // With all, what may be a token goes, too; what never is one does not.
    let asked = Asked::new("");
    for (name, text) in NO_TOKENS {
        asked.write(name, text);
    }
    asked.scan(&["--verify=all", "--min-confidence", "low"]);
    let hex = asked.scenario.text("{token:legacy-hex:1}");
    for request in asked.standin.requests() {
        let bearer = request.header("authorization").unwrap();
        assert!(
            shape::whole(bearer.trim_start_matches("Bearer ").as_bytes()).is_some(),
            "a form that is sent"
        );
        assert!(!bearer.contains(&hex) && !bearer.contains("00000000-0000") && !bearer.contains("xxxx"));
        assert!(!bearer.contains("01234567-89ab-cdef"), "documented");
    }
}

#[test]
fn doubtful_tokens_travel_only_when_all_are_asked_about() {
    // Nothing ties the credential to Heroku, of which the file speaks.
    let template = "[[account]]\ntoken = [{ token = \"{token:uuid:1}\", kind = \"api-key\" }, { token = \"{token:opaque:2}\", kind = \"session\" }]";
    let text = "# deploys to heroku\n\n\n\napi_key = \"{token:uuid:1}\"\n";
    for (arguments, requests) in [
        (&[][..], 3),
        (&["--min-confidence", "low"], 3),
        (&["--min-confidence", "high"], 3),
        (&["--verify=tokens", "--min-confidence", "low"], 3),
        (&["--verify=all"], 4),
        (&["--verify=all", "--min-confidence", "low"], 4),
    ] {
        let asked = Asked::new(template);
        asked.write("notes.py", text).write(".env", "HEROKU_API_KEY={token:opaque:2}\n");
        asked.scan(arguments);
        assert_eq!(asked.asked().len(), requests, "{arguments:?}: {:?}", asked.asked());
        assert_eq!(asked.count("uuid:1", "/account"), usize::from(requests > 3), "{arguments:?}");
    }
}

#[test]
fn an_owner_is_asked_once() {
    let mut template =
        "[[account]]\n[[account.token]]\ntoken = \"{token:opaque:owner}\"\nkind = \"authorization\"\n"
            .to_owned();
    for token in 0..5 {
        template.extend([format!(
            "[[account.token]]\ntoken = \"{{token:opaque:{token}}}\"\nkind = \"authorization\"\nscope = [\"read\"]\n"
        )]);
    }
    for threads in ["1", "8"] {
        let asked = Asked::new(&template);
        for token in 0..5 {
            asked.write(
                &format!("{token}/.env.production"),
                &format!("HEROKU_API_KEY={{token:opaque:{token}}}\n"),
            );
        }
        let tool = asked.prepared(&["--owner-token-env", "OWNER", "--request-threads", threads]);
        let scanned = asked.finish(tool.env("OWNER", asked.token("opaque:owner")));
        assert_eq!(asked.asked().len(), 5 + 3, "{:?}", asked.asked());
        for token in 0..5 {
            assert_eq!(scanned.kinds(asked.token(&format!("opaque:{token}"))), ["authorization"]);
        }
    }
    // Without a limited token nobody needs the owner.
    let asked = Asked::new(&template);
    asked.write(".env", "HEROKU_API_KEY=\n");
    asked.finish(asked.prepared(&["--owner-token-env", "OWNER"]).env("OWNER", asked.token("opaque:owner")));
    assert_eq!(asked.asked().len(), 0);
    // An owner's token that is found, too, is one token.
    asked.write(".env", "HEROKU_API_KEY={token:opaque:owner}\nHEROKU_TOKEN={token:opaque:0}\n");
    asked.finish(asked.prepared(&["--owner-token-env", "OWNER"]).env("OWNER", asked.token("opaque:owner")));
    assert_eq!(asked.count("opaque:owner", "/account"), 1, "{:?}", asked.asked());
    assert_eq!(asked.asked().len(), 4);
    // One who is somebody else tells nothing, and that is said.
    let other = "[[account]]\nemail = \"other@example.com\"\n[[account.token]]\ntoken = \"{token:opaque:other}\"\nkind = \"session\"\n";
    let asked = Asked::new(&format!("{template}{other}"));
    asked.write(".env", "HEROKU_TOKEN={token:opaque:0}\n");
    let tool = asked.prepared(&["--owner-token-env", "OTHER"]).env("OTHER", asked.token("opaque:other"));
    let notices = asked.finish(tool).notices();
    assert!(
        notices.iter().any(|it| it.contains("no list of the owners that `--owner-token-env` names")),
        "{notices:?}"
    );
}

#[test]
fn nothing_is_asked_without_being_told() {
    let asked = Asked::new(&accounts(1, 2));
    asked.write_all();
    let url = asked.standin.url();
    for arguments in [&["scan"][..], &["scan", "--api-url", &url], &["baseline"]] {
        asked.tool(arguments).env("HEROKU_API_KEY", asked.token("opaque:0x0")).run();
    }
    assert_eq!(asked.asked().len(), 0);
}

#[test]
fn other_hosts_are_refused() {
    for url in [
        "https://api.heroku.com",
        "https://api.heroku.com.example.com",
        "http://localhost:1",
        "http://example.com",
        "http://127.0.0.1@example.com:1",
        "http://a:b@127.0.0.1:1",
        "http://10.0.0.1:1",
        "http://169.254.169.254",
        "http://[::ffff:127.0.0.1]:1",
        "http://0.0.0.0:1",
        "http://127.1:1",
        "http://2130706433:1",
        "file:///etc/passwd",
        "unix:/run/x.sock",
        "127.0.0.1:1",
        "http://127.0.0.1:1\\@example.com",
        "http://127.0.0.1:99999",
        "",
    ] {
        let tool = Tool::new(&["scan", "--verify", "--api-url", url]);
        let output = tool.stderr("--api-url").status(2);
        assert_eq!(output.stdout, "", "{url}");
    }
}
