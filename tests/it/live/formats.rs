//! Config vars in the formats that others read.

use serde_json::Value;

use super::{WORLD, read, traces};
use crate::support::asked::Asked;
use crate::verify_faults::harmless;
use crate::{gitlab, openmetrics};

/// The reports of a run for GitHub, for people, for GitLab and for Prometheus; each is what its format wants.
fn reports(asked: &Asked, complete: bool) -> [String; 4] {
    let reports = ["github", "markdown", "gitlab", "openmetrics"].map(|format| asked.reported(format));
    let [github, _, vulnerabilities, metrics] = &reports;
    let annotation =
        |line: &str| ["::error ", "::warning ", "::notice "].iter().any(|it| line.starts_with(it));
    assert!(github.lines().all(annotation), "{github}");
    // A config var is in no file.
    assert!(!github.contains("file=") && !github.contains("line="), "{github}");
    let vulnerabilities: Value = serde_json::from_str(vulnerabilities).unwrap();
    gitlab::check_report(&vulnerabilities, complete);
    let found = vulnerabilities["vulnerabilities"].as_array().unwrap();
    assert!(found.iter().all(|it| it["location"].get("file").is_none()), "{found:?}");
    openmetrics::parse(metrics);
    reports
}

#[test]
fn formats_for_others_have_config_vars() {
    let asked = Asked::new(WORLD);
    let scanned = read(&asked, &["--all"]);
    let [github, markdown, gitlab, metrics] = reports(&asked, true);
    let findings = scanned.json["findings"].as_array().unwrap();
    for finding in findings {
        let path = finding["location"]["path"].as_str().unwrap();
        let place = format!("{path}:1:{}", finding["location"]["start"]["column"]);
        assert!(markdown.contains(&place) && gitlab.contains(&place), "{place}");
    }
    assert!(github.contains("heroku:shop/HEROKU_API_KEY:1:1"), "{github}");
    assert_eq!(gitlab.matches("\"raw_source_code_extract\"").count(), findings.len());
    // What no rule reports ends, too.
    let sound = scanned.json["sound"].as_array().unwrap();
    let place = |it: &&Value| it["location"]["path"] == "heroku:cellar/HEROKU_API_KEY";
    let fingerprint = sound.iter().find(place).unwrap()["token"]["fingerprint"].as_str().unwrap();
    let series = format!("hrkulint_token_expiry_timestamp_seconds{{fingerprint=\"{fingerprint}\"");
    assert!(metrics.contains(&series), "{metrics}");
    asked.check_clean("formats", &scanned.output, &traces(&asked));
}

#[test]
fn names_that_somebody_chose_steer_no_format() {
    for name in [
        "a\\u001b[31mb",
        "a\\u202eb",
        "x ::error::y",
        "%0A::error::x",
        "| a | <b> @team",
        "{token:opaque:fine}",
    ] {
        let named = |text: &str| text.replace("name = \"shop\"\n", &format!("name = \"{name}\"\n"));
        let asked = Asked::new(&named(WORLD).replace("shop-line", name));
        let scanned = read(&asked, &["--all"]);
        for report in reports(&asked, scanned.json["complete"] == true) {
            let commands = report.lines().filter(|line| !line.starts_with("::"));
            harmless(name, &commands.collect::<Vec<_>>().join("\n"));
        }
        let markdown = asked.reported("markdown");
        let cells = markdown.lines().filter(|line| line.starts_with("| "));
        assert!(
            (cells.clone().count() > 5 || scanned.json["complete"] == false)
                && cells.clone().all(|row| row.matches('|').count() == 8),
            "{markdown}"
        );
        asked.check_clean(name, &scanned.output, &traces(&asked));
    }
}
