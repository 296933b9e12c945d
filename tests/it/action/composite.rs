//! The composite steps, run by `act` as a job of a workflow.

use std::fs;

use super::{Ran, copy_action, installed, tool};
use crate::standin::{Scenario, Standin};
use crate::support::folder::Folder;
use crate::support::history::History;

const KEY: &str = "HEROKU_API_KEY={token:opaque:1}\n";

/// Uses the action, and prints its outputs whatever happens.
const WORKFLOW: &str = r#"on: [push, pull_request, workflow_dispatch]
jobs:
  scan:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - id: hrkulint
        uses: ./.hrkulint
        with:
          version: installed
          fetch: "false"
          sarif-file: ${{ github.workspace }}/out.sarif
          api-key-env: ${{ secrets.SHOP_KEY && 'SHOP_KEY' }}
          args: --color never --no-cache --request-rate 0 ${{ vars.MORE }}
        env:
          SHOP_KEY: ${{ secrets.SHOP_KEY }}
      - if: always()
        run: |
          printf 'OUT %s=%s\n' findings "$FINDINGS" errors "$ERRORS" exit-code "$CODE" sarif "$SARIF" summary "$SUMMARY"
          if test -s "$SARIF"; then echo "SARIF is there"; fi
          sleep 1
          test -s "$SARIF"
        env:
          FINDINGS: ${{ steps.hrkulint.outputs.findings }}
          ERRORS: ${{ steps.hrkulint.outputs.errors }}
          CODE: ${{ steps.hrkulint.outputs.exit-code }}
          SARIF: ${{ steps.hrkulint.outputs.sarif }}
          SUMMARY: ${{ steps.hrkulint.outputs.summary }}
"#;

/// A repository that uses the action.
fn repository() -> History {
    let it = History::new();
    copy_action(&it.folder.path(".hrkulint"));
    it.folder.write(".github/workflows/test.yml", WORKFLOW);
    it.commit("base");
    it
}

/// Runs the workflow for an event.
fn act(it: &History, event: &str, payload: &str) -> Ran {
    act_with(it, event, payload, &[])
}

/// The same with more arguments of `act`.
fn act_with(it: &History, event: &str, payload: &str, more: &[&str]) -> Ran {
    let (home, bin) = (Folder::new(), installed());
    home.write("event.json", payload);
    let mut command = tool("act");
    let path = format!("{}:/usr/bin:/bin:/usr/local/bin", bin.root().display());
    command
        .args([event, "-P", "ubuntu-latest=-self-hosted", "--pull=false", "-e"])
        .arg(home.path("event.json"));
    command.args(more);
    command.current_dir(it.root()).env_clear().env("PATH", path).env("HOME", home.root());
    Ran::of(&mut command)
}

fn push(it: &History, before: &str) -> String {
    let (before, after) = (it.id(before), it.id("HEAD"));
    format!(
        r#"{{"ref": "refs/heads/main", "before": "{before}", "after": "{after}", "repository": {{"default_branch": "main"}}}}"#
    )
}

#[test]
#[ignore = "needs Python, for act, bash and Node"]
fn a_dirty_push_fails_the_job_and_a_clean_one_passes() {
    let it = repository();
    it.write("a.env", KEY).commit("dirty");
    let dirty = act(&it, "push", &push(&it, "HEAD~1"));
    let said = &dirty.said;
    assert_ne!(dirty.status, 0, "{said}");
    for part in ["OUT findings=1", "OUT errors=1", "OUT exit-code=1", "SARIF is there", "Job failed"] {
        assert!(said.contains(part), "no {part:?}: {said}");
    }
    assert!(said.contains("a.env"), "{said}");
    it.write("b.txt", "b\n").commit("clean");
    let clean = act(&it, "push", &push(&it, "HEAD~1"));
    assert_eq!(clean.status, 0, "{}", clean.said);
    for part in ["OUT findings=0", "OUT errors=0", "OUT exit-code=0", "SARIF is there", "Job succeeded"] {
        assert!(clean.said.contains(part), "no {part:?}: {}", clean.said);
    }
}

#[test]
#[ignore = "needs Python, for act, bash and Node"]
fn a_pull_request_and_a_schedule_fail_for_what_they_see() {
    let it = repository();
    it.write("a.env", KEY).commit("add");
    it.git(&["rm", "-q", "a.env"]);
    it.commit("remove");
    let (base, head) = (it.id("HEAD~2"), it.id("HEAD"));
    let request = |base: &str| {
        format!(
            r#"{{"pull_request": {{"number": 1, "title": "::error::$(id)", "base": {{"sha": "{base}", "ref": "main"}}, "head": {{"sha": "{head}", "ref": "a;$(id)"}}}}}}"#
        )
    };
    let dirty = act(&it, "pull_request", &request(&base));
    assert_ne!(dirty.status, 0, "{}", dirty.said);
    assert!(
        dirty.said.contains("OUT findings=1") && dirty.said.contains("OUT exit-code=1"),
        "{}",
        dirty.said
    );
    let clean = act(&it, "pull_request", &request(&head));
    assert_eq!(clean.status, 0, "{}", clean.said);
    let whole = act(&it, "workflow_dispatch", "{}");
    assert_ne!(whole.status, 0, "{}", whole.said);
    assert!(whole.said.contains("OUT findings=1"), "{}", whole.said);
    // An event that is none of GitHub's.
    let wrong = act(&it, "push", "{}");
    assert_ne!(wrong.status, 0, "{}", wrong.said);
    assert!(wrong.said.contains("OUT exit-code=2"), "{}", wrong.said);
    assert!(fs::read_dir(it.root()).unwrap().all(|entry| entry.unwrap().file_name() != "out.sarif"));
}

#[test]
#[ignore = "needs Python, for act, bash and Node"]
fn a_deploy_key_that_ends_soon_fails_a_clean_job() {
    let template = |left: u32| {
        format!(
            "[[account]]\nemail = \"dev@example.com\"\n[[account.token]]\ntoken = \"{{token:opaque:1}}\"\nkind = \"authorization\"\nexpires-in = {left}\n"
        )
    };
    for (days, status, counts) in [(10, 1, "OUT exit-code=1"), (90, 0, "OUT exit-code=0")] {
        let scenario = Scenario::new(1, "act", &template(days * 86_400));
        let standin = Standin::start(scenario.clone());
        let key = &scenario.tokens()["opaque:1"];
        let more = ["-s", &format!("SHOP_KEY={key}"), "--var", &format!("MORE=--api-url {}", standin.url())];
        let ran = act_with(&repository(), "workflow_dispatch", "{}", &more);
        assert_eq!((ran.status, ran.said.contains(counts)), (status, true), "{}", ran.said);
        assert!(!ran.said.contains(key.as_str()), "the key is shown");
        assert_eq!(ran.said.contains("deploy key `SHOP_KEY`"), status == 1, "{}", ran.said);
    }
}
