//! What the text around a token hints of its kind: beside the verdict, never one.

use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::template::render;
use crate::support::tool::Tool;

fn text(template: &str) -> Vec<u8> {
    render(1, "inferred", template, None).bytes
}

/// Exposure, kind that was inferred, and evidence of the only finding in a file. `home` is the user's home folder.
fn finding(
    folder: &Folder,
    file: &str,
    home: &Folder,
    variables: &[&str],
) -> (String, Option<String>, String) {
    let mut tool = Tool::new(&["scan", "--report", "json", file]).cwd(folder.root()).env("HOME", home.root());
    for variable in variables {
        tool = tool.env(variable, "true");
    }
    let report: Value = serde_json::from_str(&tool.run().stdout).unwrap();
    let [finding] = &report["findings"].as_array().unwrap()[..] else { panic!("{report:#}") };
    let token = &finding["token"];
    assert!(token["kind"].is_null() && token["verdict"]["state"] == "not-checked", "{token:#}");
    let evidence = finding["evidence"].as_array().unwrap().iter().map(|it| it["what"].as_str().unwrap());
    let evidence: Vec<_> = evidence.collect();
    let kind = token["inferred_kind"].as_str().map(str::to_owned);
    (finding["exposure"].as_str().unwrap().to_owned(), kind, evidence.join("; "))
}

const NETRC: &str = "machine api.heroku.com\n  login me@example.com\n  password {token:opaque:1}\n";

#[cfg(unix)]
#[test]
fn the_users_own_netrc_holds_a_session() {
    let home = Folder::new();
    for name in [".netrc", "_netrc", "backup/.netrc"] {
        home.write(name, text(NETRC));
    }
    let session = Some("session".to_owned());
    for name in [".netrc", "_netrc"] {
        let (exposure, kind, evidence) = finding(&home, name, &home, &[]);
        assert_eq!((exposure.as_str(), &kind), ("local", &session), "{name}");
        assert!(evidence.contains("your own netrc, where `heroku login` puts sessions"), "{evidence}");
    }
    // A netrc anywhere else, or at home in CI, may have been written by anything.
    assert_eq!(finding(&home, "backup/.netrc", &home, &[]).1, None);
    assert_eq!(finding(&home, ".netrc", &Folder::new(), &[]).1, None);
    assert_eq!(finding(&home, ".netrc", &home, &["GITHUB_ACTIONS"]).1, None);
    assert_eq!(finding(&home, ".netrc", &home, &["CI"]).1, None);
    // Old tokens too, also where the home folder is a repository; but not another machine's password.
    home.write(".netrc", text(&NETRC.replace("opaque", "uuid")));
    home.git(&["init", "-q"]).git(&["add", ".netrc"]);
    let (exposure, kind, _) = finding(&home, ".netrc", &home, &[]);
    assert_eq!((exposure.as_str(), kind), ("committed", session));
    home.write(".netrc", text(&NETRC.replace("api.heroku.com", "example.com")));
    assert_eq!(finding(&home, ".netrc", &home, &[]).1, None);
}

#[test]
fn what_the_command_line_prints_tells_the_kind() {
    let folder = Folder::new();
    let block = "$ heroku authorizations:create -d ci\nClient:      <none>\nID:          {decoy:uuid:9}\nDescription: ci\nScope:       global\nToken:       TOKEN\n\
                 Updated at:  Wed Jul 01 2026 (now)\nExpires at:  Wed Dec 23 2026 10:00:00 GMT+0000 (in 30 days)\n";
    let output = "$ heroku auth:token\n ›   Warning: token will expire 12/23/2026\n \
                  ›   Use heroku authorizations:create to generate a long-term token\nTOKEN\n";
    for form in ["opaque", "prefixed-uuid", "uuid"] {
        for (template, expected, part) in [
            (block, Some("authorization"), "the text says that it ends at Wed Dec 23 2026 10:00:00 GMT+0000"),
            (output, Some("session"), "the text says that it ends 12/23/2026"),
            ("HEROKU_API_KEY=TOKEN\n", None, ""),
        ] {
            folder.write("notes.txt", text(&template.replace("TOKEN", &format!("{{token:{form}:1}}"))));
            let (_, kind, evidence) = finding(&folder, "notes.txt", &folder, &[]);
            assert_eq!(kind.as_deref(), expected, "{form}: {template}");
            assert!(evidence.contains(part), "{form}: {evidence}");
        }
    }
}
