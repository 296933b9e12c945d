//! The program itself: what it takes and refuses, before anybody is asked.

use crate::support::folder::Folder;
use crate::support::tool::{Output, Tool};

use super::text;

const FORMS: [&str; 4] = ["opaque", "prefixed-uuid", "uuid", "legacy-hex"];

fn silent(output: &Output, token: &str) {
    let tail = token.get(9..).unwrap();
    assert!(!output.stdout.contains(tail) && !output.stderr.contains(tail), "a token is shown");
}

#[test]
fn a_token_is_never_an_argument() {
    for form in FORMS {
        let token = text(&format!("{{token:{form}:1}}"));
        let cut = token.get(..36).unwrap();
        for argument in [
            token.clone(),
            format!("'{token}'"),
            format!("Bearer {token}"),
            format!("HEROKU_API_KEY={token}"),
            if form == "opaque" { cut.to_owned() } else { token.clone() },
        ] {
            let tool = Tool::new(&["classify", &argument])
                .stderr("so it is exposed")
                .stderr("read -rs HEROKU_API_KEY");
            silent(&tool.status(2), cut);
            silent(&Tool::new(&["classify", "--", "Bearer", &argument]).stderr("exposed").status(2), cut);
        }
        for option in ["--file", "--min-lifetime", "--owner-token-env"] {
            silent(&Tool::new(&["classify", option, &token]).stderr("so it is exposed").status(2), &token);
        }
        let stdin_path = Tool::new(&["classify", "--stdin", "--stdin-path", &token]);
        silent(&stdin_path.stderr("so it is exposed").status(2), &token);
        let option =
            Tool::new(&["classify", &format!("--token={token}")]).stderr("so it is exposed").status(2);
        assert!(!option.stderr.contains("tip:") && option.stderr.contains("--token"), "{}", option.stderr);
        silent(&option, &token);
        let owner = Tool::new(&["scan", "--verify", "--owner-token-env", &token]);
        silent(&owner.stderr("so it is exposed").status(2), &token);
        for option in ["--require", "--on-unknown", "--report", "--api-url", &token] {
            let tool = Tool::new(&["classify", option, &token]).stderr("so it is exposed");
            silent(&tool.status(2), &token);
        }
    }
}

#[test]
fn wrong_usage_says_what_is_wrong() {
    for (arguments, part) in [
        (&["classify"][..], "the variable `HEROKU_API_KEY` is not set\nhint: set it, or name another one"),
        (&["classify", "EMPTY"], "the variable `EMPTY` is empty"),
        (&["classify", "$X"], "`$X` is not the name of a variable"),
        (&["classify", "a-b"], "`a-b` is not the name of a variable"),
        (&["classify", ""], "`` is not the name of a variable"),
        (
            &["classify", "SET", "--min-lifetime", "30"],
            "`--min-lifetime 30` is no length of time: it has no unit",
        ),
        (&["classify", "SET", "--require", "session"], "possible values: authorization, not-development"),
        (
            &["classify", "SET", "--report", "sarif"],
            "`sarif` is no format of reports\nhint: choose from text, json\n",
        ),
        (
            &["classify", "SET", "--report", "xml"],
            "`xml` is no format of reports\nhint: choose from text, json\n",
        ),
        (
            &["classify", "SET", "--report", "json", "--report", "text"],
            "two reports go to standard output\nhint: give one of them a file, as in `--report json=report.json`",
        ),
        (&["classify", "--file", "none.txt"], "`none.txt` cannot be read: "),
        (&["classify", "--file", "-"], "hint: `--stdin` reads standard input"),
        (&["classify", "--stdin"], "`<stdin>` is empty"),
        (
            &["classify", "--netrc"],
            "hint: let Heroku's command line give it: `heroku auth:token | hrkulint classify --stdin`",
        ),
        (&["classify", "--stdin-path", "x"], "--stdin"),
    ] {
        let tool = Tool::new(arguments).env("EMPTY", " ").env("SET", text("{token:opaque:1}"));
        assert_eq!(tool.stderr(part).status(2).stdout, "", "{arguments:?}");
    }
}

#[test]
fn what_is_no_token_is_named_and_not_shown() {
    let token = text("{token:opaque:1}");
    let redacted = format!("{}**********", token.get(..12).unwrap());
    for (value, part) in [
        (redacted.as_str(), "a redacted copy, not a credential"),
        (&format!("Bearer {token}"), "`Bearer`"),
        (&format!("\"{token}\""), "quotes"),
        ("hunter2hunter2", "does not have the form"),
    ] {
        let variable = Tool::new(&["classify", "X"]).env("X", value).stderr(part).status(2);
        let stdin = Tool::new(&["classify", "--stdin"]).stdin(value).any_stderr().run();
        for output in [variable, stdin] {
            let said = output.stdout + &output.stderr;
            assert!(!said.contains(token.get(9..).unwrap()) && !said.contains("hunter2"), "{part}");
            assert!(!said.contains(redacted.get(8..12).unwrap()), "{part}");
        }
    }
}

#[cfg(unix)]
#[test]
fn an_encrypted_netrc_is_not_read() {
    let home = Folder::new();
    home.write(".netrc.gpg", "x");
    let netrc = || Tool::new(&["classify", "--netrc"]).env("HOME", home.root());
    netrc().stderr("`~/.netrc.gpg` is encrypted, and there is no `~/.netrc`").status(2);
    home.write(".netrc", "machine example.com\n  login x\n  password y\n");
    netrc().stderr("`~/.netrc` has no entry for `api.heroku.com`").stderr("heroku auth:token |").status(2);
}
