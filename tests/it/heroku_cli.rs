//! Heroku's own CLI against the stand-in: what it writes is found, and what the program tells people to run does what
//! the program says it does.

mod live;
mod machine;

use serde_json::{Value, json};

use self::machine::Machine;
use crate::policy;
use crate::policy::said::OTHER_ID;

/// Somebody who logs in by a password, and has used Heroku for long.
const SCENARIO: &str = r#"
[[account]]
email = "dev@example.com"
password = "correct horse"

[[account.token]]
token = "{token:opaque:1}"
kind = "session"

[[account.token]]
token = "{token:opaque:2}"
kind = "api-key"

[[account.token]]
token = "{token:opaque:3}"
kind = "authorization"
description = "deploys of the shop"
expires-in = 86400
authorization-id = "01234567-89ab-cdef-0123-456789abcdef"
"#;

const ID: &str = "01234567-89ab-cdef-0123-456789abcdef";

/// What `heroku login -i` asks for.
const PASSWORD: [(&str, &str); 2] = [("Email", "dev@example.com\r"), ("Password", "correct horse\r")];

/// A machine whose user has logged in by password, with the token of that login.
fn after_a_login() -> (Machine, String) {
    let machine = Machine::new(SCENARIO);
    let screen = machine.at_terminal("heroku login -i", &PASSWORD);
    assert!(screen.contains("Logged in as") && screen.contains("dev@example.com"), "{screen}");
    let login = machine.newest();
    assert!(login.description.starts_with("Heroku CLI login from "), "{login:?}");
    assert_eq!(login.scope, ["global"]);
    assert!(
        login.expires_in.as_i64().is_some_and(|left| (2_591_000..=2_592_000).contains(&left)),
        "{login:?}"
    );
    (machine, login.token)
}

/// The kinds that a live token may be.
fn kinds(verdict: &Value) -> Vec<&str> {
    assert_eq!(verdict["state"], "live", "{verdict:#}");
    verdict["kinds"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap()).collect()
}

/// The findings of a scan of a file in the machine's home folder.
fn scanned(machine: &Machine, file: &str) -> Vec<Value> {
    let report = machine.hrkulint(&["scan", "--report", "json", file]).run().stdout;
    let report: Value = serde_json::from_str(&report).unwrap();
    report["findings"].as_array().unwrap().clone()
}

#[test]
#[ignore = "needs Node"]
fn what_a_login_writes_is_found_as_a_session() {
    let (machine, token) = after_a_login();
    for host in ["api.heroku.com", "git.heroku.com"] {
        let entry = format!("machine {host}\n  login dev@example.com\n  password {token}\n");
        assert!(machine.logins().contains(&entry));
    }
    assert_eq!(machine.out("heroku auth:token").trim(), token);
    let found = scanned(&machine, ".netrc");
    assert_eq!(found.len(), 2);
    for finding in found {
        let token = &finding["token"];
        assert_eq!((&finding["exposure"], &token["inferred_kind"]), (&json!("local"), &json!("session")));
    }
    // Asked, Heroku says the same, however the program gets the token; it shows the ends of tokens only.
    let piped = "heroku auth:token | hrkulint classify --stdin --no-cache --report json --ca-file \"$NODE_EXTRA_CA_CERTS\"";
    for verdict in [machine.classified(&["--netrc"], "", ""), machine::only(&machine.out(piped))] {
        assert_eq!(kinds(&verdict), ["session"]);
        assert_eq!((&verdict["basis"], &verdict["expiry"]["state"]), (&json!("listed"), &json!("at")));
        assert!(
            verdict["expiry"]["days"].as_i64().is_some_and(|days| (28..=30).contains(&days)),
            "{verdict:#}"
        );
    }
    // A logout ends it, and nothing else.
    machine.out("heroku logout");
    assert_eq!(machine.verdict(&token, None)["state"], "dead");
    assert!(machine.authorizations().iter().all(|it| it.token != token));
    assert_eq!((machine.authorizations().len(), machine.logins().contains(&token)), (2, false));
    machine.assert_only_the_api_was_asked();
}

#[test]
#[ignore = "needs Node"]
fn authorizations_are_what_was_asked_for() {
    let machine = Machine::new(SCENARIO).logged_in("opaque:1");
    let endless = machine.out("heroku authorizations:create --short");
    let made = machine.newest();
    assert_eq!(
        (made.token.as_str(), made.description.as_str()),
        (endless.trim(), "Long-lived user authorization")
    );
    assert_eq!((made.scope, made.expires_in), (vec!["global".to_owned()], Value::Null));
    let limited = machine.out("heroku authorizations:create -e 3600 -s read -S");
    let made = machine.newest();
    assert_eq!((made.token.as_str(), made.scope), (limited.trim(), vec!["read".to_owned()]));
    assert!(made.expires_in.as_i64().is_some_and(|left| (3500..=3600).contains(&left)));
    let verdict = machine.verdict(endless.trim(), None);
    assert_eq!((kinds(&verdict), &verdict["expiry"]), (vec!["authorization"], &json!({"state": "never"})));
    assert_eq!(verdict["scopes"], json!(["global"]));
    // A limited token cannot tell what it is, but its owner can.
    let verdict = machine.verdict(limited.trim(), None);
    assert_eq!(kinds(&verdict), ["authorization", "client-token"]);
    assert_eq!((&verdict["basis"], &verdict["expiry"]["state"]), (&json!("scope"), &json!("unknown")));
    let verdict = machine.verdict(limited.trim(), Some(machine.token("opaque:1")));
    assert_eq!((kinds(&verdict), &verdict["scopes"]), (vec!["authorization"], &json!(["read"])));
    assert_eq!((&verdict["expiry"]["state"], &verdict["expiry"]["days"]), (&json!("at"), &json!(0)));
    let info = machine.out(&format!("heroku authorizations:info {}", made.id));
    assert!(info.contains("Expires at:"), "{info}");
    // A limited one does not even tell whose it is.
    let machine = machine.with_api_key(&made.token);
    let refused = machine.sh("heroku auth:whoami");
    assert!(refused.status != 0 && refused.stderr.contains("The scope of this OAuth"), "{refused:?}");
    machine.assert_only_the_api_was_asked();
}

#[test]
#[ignore = "needs Node"]
fn every_command_in_messages_does_what_they_say() {
    let commands = policy::said::commands();
    let mut count = 0;
    for command in commands.of_the_cli() {
        let words =
            command.replace("<WHAT FOR>", "deploys of the site").replace("<ID>", ID).replace(OTHER_ID, ID);
        let machine = Machine::new(SCENARIO).logged_in("opaque:1");
        match command {
            "heroku login" | "unset HEROKU_API_KEY; heroku login" => log_in(machine, &words),
            "unset HEROKU_API_KEY; heroku logout" => log_out(machine, &words),
            "heroku git:credentials" => credentials(&machine),
            "heroku container:login" => log_docker_in(&machine, &words),
            _ if command.contains("create") => create(&machine, &words),
            _ if words.contains(ID) => with_id(&machine, &words),
            _ => others(&machine, &words),
        }
        count += 1;
    }
    assert!(count > 15, "{count}");
}

/// A browser logs in, and the CLI stores the token of the session; it does not, where there is another token.
fn log_in(machine: Machine, command: &str) {
    let key = machine.token("opaque:2").to_owned();
    let machine = machine.with_api_key(&key);
    std::fs::remove_file(machine.netrc()).unwrap();
    if command == "heroku login" {
        let refused = machine.sh(command);
        assert!(refused.status != 0 && refused.stderr.contains("HEROKU_API_KEY set"), "{refused:?}");
        return;
    }
    machine.at_terminal(command, &[("Press any key", "y")]);
    let login = machine.newest();
    assert!(login.description.starts_with("Heroku CLI login from "), "{login:?}");
    assert!(machine.logins().contains(&login.token));
    machine.assert_only_the_api_was_asked();
}

/// The session ends here and at Heroku, and the API key lives on.
fn log_out(machine: Machine, command: &str) {
    let (session, key) = (machine.token("opaque:1").to_owned(), machine.token("opaque:2").to_owned());
    let machine = machine.with_api_key(&key);
    machine.out(command);
    assert!(machine.authorizations().iter().all(|it| it.token != session), "{command}");
    assert!(!machine.logins().contains(&session));
    assert_eq!(machine.out("heroku auth:whoami").trim(), "dev@example.com");
}

/// Git asks the CLI, as a credential helper.
fn credentials(machine: &Machine) {
    let helped = "printf 'protocol=https\\nhost=git.heroku.com\\n\\n' | git -c credential.helper='!heroku git:credentials' credential fill";
    let given = machine.out(helped);
    assert!(given.contains(&format!("password={}\n", machine.token("opaque:1"))), "{given}");
}

/// Docker is given the token, for Heroku's registry.
fn log_docker_in(machine: &Machine, command: &str) {
    machine.out(command);
    let given = std::fs::read_to_string(machine.home.path("docker")).unwrap();
    let arguments = "login --username=_ --password-stdin registry.heroku.com";
    assert_eq!(given, format!("{arguments}\n{}", machine.token("opaque:1")));
}

fn create(machine: &Machine, command: &str) {
    let before = machine.authorizations().len();
    let ran = machine.sh(command);
    let (help, made) = (ran.stdout.contains("USAGE"), machine.authorizations().len() - before);
    match command {
        // "Fails on current CLIs", and "of an old plugin".
        "heroku authorizations create" | "heroku tokens:create" => {
            assert!(ran.status != 0 && made == 0, "{command}: {ran:?}");
        }
        // "Once it lists `--team`": this version does not.
        "heroku authorizations:create --help" => {
            assert!(ran.status == 0 && help && !ran.stdout.contains("--team"), "{command}: {ran:?}");
        }
        _ if command.contains("--team") => assert!(ran.status != 0 && made == 0, "{command}: {ran:?}"),
        "heroku authorizations:create" => {
            let new = machine.newest();
            assert!(ran.status == 0 && made == 1 && ran.stdout.contains(&new.token), "{command}: {ran:?}");
            assert_eq!((new.scope, new.expires_in), (vec!["global".to_owned()], Value::Null));
        }
        _ => {
            let new = machine.newest();
            assert!(ran.status == 0 && made == 1 && ran.stdout.trim() == new.token, "{command}: {ran:?}");
            assert_eq!(
                (new.description.as_str(), new.scope),
                ("deploys of the site", vec!["write-protected".to_owned()])
            );
            assert!(new.expires_in.as_i64().is_some_and(|left| left > 7_775_000), "{:?}", new.expires_in);
        }
    }
}

/// What is done with an authorization that its id names.
fn with_id(machine: &Machine, command: &str) {
    let old = machine.token("opaque:3");
    let written = machine.out(command);
    let now = machine.authorizations().into_iter().find(|it| it.id == ID);
    match command.split(' ').nth(1) {
        Some("authorizations:info") => assert!(written.contains("Expires at:"), "{written}"),
        Some("authorizations:revoke") => {
            assert_eq!((now, &machine.verdict(old, None)["state"]), (None, &json!("dead")));
        }
        Some("authorizations:rotate") => {
            let now = now.unwrap();
            assert!(now.token != old && written.contains(&now.token), "{written}");
            assert_eq!(machine.verdict(old, None)["state"], "dead");
            assert_eq!(kinds(&machine.verdict(&now.token, None)), ["authorization"]);
        }
        _ => panic!("nothing says what `{command}` has to do"),
    }
}

fn others(machine: &Machine, command: &str) {
    let ran = machine.sh(command);
    let (status, stdout) = (ran.status, ran.stdout.as_str());
    let session = machine.token("opaque:1");
    match command {
        "heroku auth:token" => assert_eq!((status, stdout.trim()), (0, session)),
        // "Has no such command, prints its help and succeeds".
        "heroku auth token" => assert!(status == 0 && stdout.contains("USAGE"), "{ran:?}"),
        "heroku auth:whoami" => assert_eq!((status, stdout.trim()), (0, "dev@example.com")),
        // "Lists descriptions, ids and scopes, not tokens; logins of the CLI are called ...".
        "heroku authorizations" => {
            for part in [ID, "deploys of the shop", "Heroku CLI login from", "global"] {
                assert!(stdout.contains(part), "{ran:?}");
            }
            assert!(status == 0 && !stdout.contains("HRKU-"), "{ran:?}");
        }
        // Named without its id.
        "heroku authorizations:rotate" => {
            assert!(status != 0 && ran.stderr.contains("required arg"), "{ran:?}");
        }
        _ => panic!("nothing says what `{command}` has to do"),
    }
}
