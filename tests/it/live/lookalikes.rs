//! What config vars hold that looks like a token and is none.

use super::{found, read};
use crate::support::asked::Asked;

/// Names and values of forty config vars.
const LOOKALIKES: [(&str, &str); 40] = [
    ("DATABASE_URL", "postgres://u:{decoy:hex:64:1}@ec2-1.compute.amazonaws.com:5432/d1"),
    ("HEROKU_POSTGRESQL_BLUE_URL", "postgres://u:{decoy:uuid:2}@db.example.com/app"),
    ("REDIS_URL", "rediss://:{decoy:hex:64:3}@ec2-2.compute.amazonaws.com:6380"),
    ("CLOUDAMQP_URL", "amqps://x:{decoy:base62:32:4}@moose.rmq.cloudamqp.com/x"),
    ("HEROKU_APP_ID", "{decoy:uuid:5}"),
    ("HEROKU_APP_NAME", "shop"),
    ("HEROKU_DYNO_ID", "{decoy:uuid:6}"),
    ("HEROKU_RELEASE_VERSION", "v42"),
    ("HEROKU_RELEASE_CREATED_AT", "2026-01-01T12:00:00Z"),
    ("HEROKU_SLUG_COMMIT", "{decoy:hex:40:7}"),
    ("HEROKU_SLUG_DESCRIPTION", "Deploy {decoy:hex:8:8}"),
    ("HEROKU_BUILD_COMMIT", "{decoy:hex:40:9}"),
    ("HEROKU_BUILD_ID", "{decoy:uuid:10}"),
    ("HEROKU_PIPELINE_ID", "{decoy:uuid:11}"),
    ("HEROKU_TEAM_ID", "{decoy:uuid:12}"),
    ("HEROKU_SPACE_ID", "{decoy:uuid:13}"),
    ("HEROKU_AUTHORIZATION_ID", "{decoy:uuid:14}"),
    ("HEROKU_OAUTH_ID", "{decoy:uuid:15}"),
    ("HEROKU_CLIENT_ID", "{decoy:uuid:16}"),
    ("HEROKU_TEST_RUN_ID", "{decoy:uuid:17}"),
    ("LOGPLEX_DRAIN", "d.{decoy:uuid:18}"),
    ("LOGPLEX_TOKEN", "t.{decoy:uuid:19}"),
    ("HEROKU_DRAIN_URL", "https://kolkrabbi.heroku.com/apps/{decoy:uuid:20}"),
    ("HEROKU_API_KEY", "changeme"),
    ("HEROKU_TOKEN", "HRKU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"),
    ("HEROKU_API_TOKEN", "${HEROKU_API_KEY}"),
    ("HEROKU_KEY", "00000000-0000-0000-0000-000000000000"),
    ("HEROKU_AUTH_TOKEN", "HRKU-AA**********abcd"),
    ("INFERENCE_KEY", "inf-{decoy:uuid:21}"),
    ("INFERENCE_URL", "https://us.inference.heroku.com"),
    ("AZURE_TENANT_ID", "{decoy:uuid:22}"),
    ("AUTH0_CLIENT_ID", "{decoy:base62:32:23}"),
    ("POSTMARK_API_TOKEN", "{decoy:uuid:24}"),
    ("SNYK_TOKEN", "{decoy:uuid:25}"),
    ("NPM_TOKEN", "{decoy:uuid:26}"),
    ("ROLLBAR_ACCESS_TOKEN", "{decoy:hex:32:27}"),
    ("NEW_RELIC_LICENSE_KEY", "{decoy:hex:40:28}"),
    ("SECRET_KEY_BASE", "{decoy:hex:128:29}"),
    ("SENTRY_DSN", "https://{decoy:hex:32:30}@o1.ingest.sentry.io/7"),
    ("REQUEST_IDS", "{decoy:uuid:31},{decoy:uuid:32}"),
];

#[test]
fn no_lookalike_is_taken_for_a_token() {
    let vars: Vec<String> =
        LOOKALIKES.iter().map(|(name, value)| format!("\"{name}\" = '{value}'\n")).collect();
    let account = "[[account]]\ntoken = [{ token = \"{token:opaque:caller}\", kind = \"api-key\" }]\n";
    let asked = Asked::new(&format!("{account}[[app]]\nname = \"shop\"\n[app.config]\n{}", vars.concat()));
    let scanned = read(&asked, &["--all"]);
    assert_eq!(found(&scanned), [], "{:?}", scanned.json);
    assert_eq!((scanned.output.status, &scanned.json["stats"]["config_vars"]), (0, &40.into()));
    // Nor is any of them sent as a password: the caller alone is.
    let bearer = format!("Bearer {}", asked.token("opaque:caller"));
    assert!(asked.standin.requests().iter().all(|it| it.header("authorization") == Some(&bearer)));
}
