//! Config vars and pipelines as Heroku's CLI makes them.

use serde_json::Value;

use super::machine::Machine;

/// Apps of somebody who has not set anything yet.
const SCENARIO: &str = r#"
[[account]]
email = "dev@example.com"
token = [
  { token = "{token:opaque:1}", kind = "session" },
  { token = "{token:opaque:2}", kind = "authorization", expires-in = 86400, scope = ["write-protected"] },
  { token = "{token:uuid:3}", kind = "api-key" },
]

[[app]]
name = "shop"
[[app]]
name = "shop-staging"
[[app]]
name = "blog"
"#;

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("none")
}

#[test]
#[ignore = "needs Node"]
fn what_the_cli_sets_is_found_with_the_stage_that_it_sets() {
    let machine = Machine::new(SCENARIO).logged_in("opaque:1");
    let (soon, key) = (machine.token("opaque:2"), machine.token("uuid:3"));
    machine.out("heroku pipelines:create shop-line -a shop -s production");
    machine.out("heroku pipelines:add shop-line -a shop-staging -s staging");
    machine.out(&format!("heroku config:set HEROKU_API_KEY={soon} WEB_CONCURRENCY=2 -a shop"));
    machine
        .out(&format!("heroku config:set REMOTE=https://heroku:{key}@git.heroku.com/x.git -a shop-staging"));
    machine.out("heroku config:set RAILS_ENV=production -a blog");
    machine.out(&format!("heroku ci:config:set HEROKU_API_KEY={key} --pipeline shop-line"));
    // The token to read by comes from the CLI itself.
    let command = "hrkulint heroku --all --cli --no-cache --request-rate 0 --fail-on never --report json --ca-file \"$NODE_EXTRA_CA_CERTS\"";
    let report: Value = serde_json::from_str(&machine.out(command)).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let found: Vec<(&str, &str, &str)> = findings
        .iter()
        .chain(report["sound"].as_array().unwrap())
        .filter(|it| it["rule"] != "shared-token")
        .map(|it| (text(&it["location"]["path"]), text(&it["environment"]), text(&it["token"]["kind"])))
        .collect();
    let expected = [
        ("heroku:shop-staging/REMOTE", "staging", "account-api-key"),
        ("heroku:shop/HEROKU_API_KEY", "production", "authorization"),
        ("heroku:shop-line/test/HEROKU_API_KEY", "test", "account-api-key"),
    ];
    assert_eq!(found, expected, "{report:#}");
    let shop = findings.iter().find(|it| it["location"]["path"] == "heroku:shop/HEROKU_API_KEY").unwrap();
    let since = &shop["config_var"]["since"];
    assert_eq!((&since["release"], &since["set"]), (&1.into(), &true.into()));
    // The step that names the config var does what it says.
    let steps: Vec<&str> = shop["fixes"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    let step = steps.iter().find(|it| it.contains("heroku config:set")).unwrap();
    let command = step.split('`').nth(1).unwrap().replace("<VALUE>", "other");
    machine.out(&command);
    assert_eq!(machine.out("heroku config:get HEROKU_API_KEY -a shop").trim(), "other");
    machine.assert_only_the_api_was_asked();
}
