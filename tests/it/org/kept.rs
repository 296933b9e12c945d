//! What lasts from run to run: what has not changed is not read again, and nothing is lost or doubled.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use hrkulint::mirrors::Mirrors;
use serde_json::Value;

use crate::standin::{Scenario, Standin};
use crate::support::asked::fingerprint;
use crate::support::forge::answer;
use crate::support::history::text;
use crate::support::organisation::Organisation;
use crate::support::token::Generator;

/// The paths of the requests for git itself.
fn git_requests(organisation: &Organisation) -> usize {
    organisation.forge.requests().iter().filter(|it| it.path().contains(".git/")).count()
}

/// The copies that are there.
fn copies(organisation: &Organisation) -> Vec<PathBuf> {
    let entries = fs::read_dir(organisation.home.path(".cache/hrkulint/mirrors")).unwrap();
    let mut all: Vec<PathBuf> = entries.map(|it| it.unwrap().path()).collect();
    all.retain(|it| it.extension().is_some_and(|it| it == "git"));
    all.sort();
    all
}

/// How many contents of files a run has searched that read one repository: all of its folders and commits are, too.
fn searched_blobs(organisation: &Organisation, name: &str, told: &str) -> u64 {
    let line = told.lines().find_map(|line| line.strip_prefix("Searched ")).unwrap();
    let objects: u64 = line.split(' ').next().unwrap().parse().unwrap();
    let arguments = ["cat-file", "--batch-all-objects", "--batch-check=%(objecttype)"];
    let kinds = crate::support::folder::git(&organisation.forge.folder(name), &arguments);
    objects - kinds.lines().filter(|kind| *kind != "blob").count() as u64
}

/// What a run that has seen nothing before finds.
fn fresh(organisation: &Organisation) -> String {
    let (inventory, cache) = (organisation.home.path("fresh.db"), organisation.home.path("fresh"));
    let inventory = ["--inventory", inventory.to_str().unwrap()];
    organisation.read(0, &[&["--cache", cache.to_str().unwrap()], &inventory[..]].concat());
    organisation.export(&inventory)
}

#[test]
fn what_has_not_changed_is_not_read_again() {
    is_not_read_again(Organisation::new(20));
}

pub(super) fn is_not_read_again(mut organisation: Organisation) {
    organisation.read(0, &[]);
    organisation.forge.forget();
    let output = organisation.read(0, &[]);
    assert!(output.stdout.starts_with("20 repositories: 0 read, 20 unchanged"), "{output:?}");
    assert_eq!(git_requests(&organisation), 0);
    // One that was pushed to, and one of which the forge says so in vain.
    organisation.push("acme/app-007", "late.env", "late", "2026-02-01");
    organisation.forge.change("acme/app-008", |it| it.pushed = "2026-02-01T00:00:00Z".to_owned());
    let output = organisation.read(0, &[]);
    assert!(output.stdout.starts_with("20 repositories: 1 read, 19 unchanged"), "{output:?}");
    assert_eq!(organisation.places(&[]), organisation.truth);
    assert_eq!(organisation.export(&[]), fresh(&organisation));
    // The content of one file is new, beside folders and commits, which are looked through for what leads to it.
    // A pack that comes over the wire may hold one more, of which the new one is made.
    let searched = searched_blobs(&organisation, "acme/app-007", &output.stdout);
    assert!((1..=2).contains(&searched), "{searched}");
    // What others propose is no push.
    let folder = organisation.forge.folder("acme/app-007");
    let tip = crate::support::folder::git(&folder, &["rev-parse", "main"]);
    crate::support::folder::git(&folder, &["update-ref", "refs/pull/9/head", tip.trim()]);
    assert!(organisation.read(0, &[]).stdout.contains(" 0 read, 20 unchanged"));
    assert!(organisation.read(0, &["--refetch"]).stdout.contains(" 1 read, 19 unchanged"));
}

#[test]
fn pages_that_are_as_they_were_are_not_sent_again() {
    let mut organisation = Organisation::new(20);
    organisation.read(0, &[]);
    // Who does not say what he has gets nothing.
    organisation.forge.rule(|_, request| {
        let api = request.path().starts_with("/api/");
        (api && request.header("if-none-match").is_none()).then(|| answer(404, &[], &Value::Null))
    });
    let told = organisation.read(0, &[]).stdout;
    assert!(told.starts_with("20 repositories: 0 read, 20 unchanged"), "{told}");
    // What has changed is sent.
    organisation.push("acme/app-007", "late.env", "late", "2026-02-01");
    let told = organisation.read(0, &[]).stdout;
    assert!(told.starts_with("20 repositories: 1 read, 19 unchanged"), "{told}");
    assert_eq!(organisation.places(&[]), organisation.truth);
    // What is kept and is not whole counts for nothing.
    organisation.forge.rule(|_, _| None);
    let pages = organisation.home.path(".cache/hrkulint/mirrors/pages");
    let files: Vec<PathBuf> = fs::read_dir(pages).unwrap().map(|it| it.unwrap().path()).collect();
    assert_eq!(files.len(), 4);
    for file in &files {
        fs::write(file, "{").unwrap();
    }
    let told = organisation.read(0, &[]).stdout;
    assert!(told.starts_with("20 repositories: 0 read, 20 unchanged"), "{told}");
}

#[test]
fn what_was_searched_before_is_found_where_its_path_tells_now() {
    let organisation = Organisation::new(0);
    let bare = String::from_utf8(text("{token:uuid:bare}\n")).unwrap();
    let plain = "nothing here\n";
    organisation.commit("acme/app", "first", &[("notes/a", &bare), ("b.txt", plain)]);
    organisation.read(0, &[]);
    assert_eq!(tokens(&organisation, &[]), Vec::<String>::new());
    // Nothing but a folder is new.
    organisation.commit("acme/app", "second", &[(".heroku/accounts/a", &bare)]);
    organisation.forge.change("acme/app", |it| it.pushed = "2026-02-01T00:00:00Z".to_owned());
    let told = organisation.read(0, &[]).stdout;
    assert_eq!(tokens(&organisation, &[]).len(), 1, "{told}");
    assert_eq!(organisation.export(&[]), fresh(&organisation));
    assert_eq!(searched_blobs(&organisation, "acme/app", &told), 0, "{told}");
    // What is kept is not whole, or from another version: all is searched again.
    let cache = organisation.home.path(".cache/hrkulint/mirrors");
    let kept = fs::read_dir(cache).unwrap().map(|it| it.unwrap().path());
    for file in kept.filter(|it| it.extension().is_some_and(|it| it == "searched")) {
        fs::write(file, "hrkulint-searched-0\nend\n").unwrap();
    }
    let later = String::from_utf8(text("HEROKU_API_KEY={token:opaque:later}\n")).unwrap();
    organisation.commit("acme/app", "third", &[("c.env", &later)]);
    organisation.forge.change("acme/app", |it| it.pushed = "2026-03-01T00:00:00Z".to_owned());
    let told = organisation.read(0, &[]).stdout;
    assert_eq!(searched_blobs(&organisation, "acme/app", &told), 3, "{told}");
    assert_eq!(organisation.export(&[]), fresh(&organisation));
}

#[test]
fn what_is_deleted_and_rewritten_is_as_in_a_first_run() {
    let mut organisation = Organisation::new(10);
    organisation.read(0, &[]);
    let folder = organisation.forge.folder("acme/app-003");
    let git = |arguments: &[&str]| crate::support::folder::git(&folder, arguments);
    git(&["branch", "-D", "topic"]);
    git(&["update-ref", "refs/heads/other", "main~1"]);
    git(&["symbolic-ref", "HEAD", "refs/heads/other"]);
    organisation.forge.change("acme/app-003", |it| {
        it.branch = "other".to_owned();
        it.pushed = "2026-03-01T00:00:00Z".to_owned();
    });
    organisation.push("acme/app-005", "late.env", "late", "2026-02-01");
    organisation.read(0, &[]);
    let resolved: Value = serde_json::from_str(&organisation.export(&["--resolved"])).unwrap();
    let paths: Vec<&str> =
        resolved["resolved"].as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap()).collect();
    assert!(paths.contains(&"topic.env"), "{paths:?}");
    let new: Value = serde_json::from_str(&organisation.export(&["--new"])).unwrap();
    assert_eq!(new["tokens"].as_array().unwrap().len(), 1);
    assert_eq!(new["tokens"][0]["fingerprint"], fingerprint(organisation.tokens.last().unwrap()));
    assert_eq!(organisation.export(&[]), fresh(&organisation));
}

#[test]
fn an_interrupted_run_is_continued() {
    let organisation = Organisation::new(12);
    organisation.forge.forget();
    organisation.read(0, &["--inventory", organisation.home.path("whole.db").to_str().unwrap()]);
    let whole = organisation.export(&["--inventory", organisation.home.path("whole.db").to_str().unwrap()]);
    let total = organisation.forge.requests().len();
    let mut random = Generator::new(20, &["interrupt"]);
    for number in 0..20 {
        let moment = random.below(total);
        let inventory = organisation.home.path(&format!("at{number}.db"));
        let cache = organisation.home.path(&format!("at{number}"));
        let places =
            ["--inventory", inventory.to_str().unwrap(), "--cache", cache.to_str().unwrap(), "--jobs", "3"];
        organisation.forge.forget();
        let tool = organisation.prepared(&places);
        tool.killed_when(|| organisation.forge.requests().len() > moment);
        let output = organisation.read(0, &places);
        assert_eq!(organisation.export(&places[..2]), whole, "killed after {moment} requests: {output:?}");
        let parts = fs::read_dir(&cache).unwrap().map(|it| it.unwrap().file_name());
        let parts: Vec<_> = parts.filter(|it| it.to_string_lossy().starts_with("part-")).collect();
        assert!(parts.is_empty(), "{parts:?}");
        // What was done before was not done again.
        assert!(organisation.read(0, &places).stdout.contains(" 0 read, 12 unchanged"));
    }
    organisation.check_clean(&[]);
}

#[test]
fn two_runs_do_not_share_copies() {
    let organisation = Organisation::new(2);
    let cache = organisation.home.path("cache");
    let held = Mirrors::open(&cache, None).unwrap();
    let arguments = ["--cache", cache.to_str().unwrap()];
    let output = organisation.read(2, &arguments);
    assert!(output.stderr.contains("another run uses"), "{output:?}");
    drop(held);
    organisation.read(0, &arguments);
}

#[test]
fn copies_are_private_in_a_folder_that_is_not() {
    let organisation = Organisation::new(2);
    let cache = organisation.home.path("open");
    fs::create_dir(&cache).unwrap();
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o755)).unwrap();
    let arguments = ["--cache", cache.to_str().unwrap(), "--refetch"];
    let modes = || {
        let entries = fs::read_dir(&cache).unwrap().map(|it| it.unwrap().path()).filter(|it| it.is_dir());
        let modes: Vec<u32> = entries.map(|it| it.metadata().unwrap().permissions().mode() & 0o777).collect();
        assert_eq!(modes, [0o700; 3], "two copies, and pages");
    };
    organisation.read(0, &arguments);
    modes();
    // So are those of a version that left them open.
    for entry in fs::read_dir(&cache).unwrap().map(|it| it.unwrap().path()) {
        if entry.extension().is_some_and(|it| it == "git") {
            fs::set_permissions(entry, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    organisation.read(0, &arguments);
    modes();
}

#[test]
fn what_is_kept_is_private() {
    let organisation = Organisation::new(2);
    organisation.read(0, &[]);
    let mode = |name: &str| organisation.home.path(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(".local/share/hrkulint/inventory.db"), 0o600);
    assert_eq!(mode(".local/share/hrkulint"), 0o700);
    assert_eq!(mode(".cache/hrkulint/mirrors"), 0o700);
    // A copy has no hooks, and nothing of its origin's configuration.
    for copy in copies(&organisation) {
        assert!(!copy.join("hooks").exists());
        let config = fs::read_to_string(copy.join("config")).unwrap();
        assert!(!config.contains("extraHeader") && !config.contains("Authorization"), "{config}");
    }
}

#[test]
fn copies_are_dropped_where_there_is_no_room() {
    let mut organisation = Organisation::new(6);
    organisation.read(0, &["--cache-size", "1K"]);
    assert_eq!(copies(&organisation), Vec::<PathBuf>::new());
    organisation.push("acme/app-001", "late.env", "late", "2026-02-01");
    let output = organisation.read(0, &["--cache-size", "100M"]);
    assert!(output.stdout.contains(" 1 read, 5 unchanged"), "{output:?}");
    assert_eq!(copies(&organisation).len(), 1);
    assert_eq!(organisation.places(&[]), organisation.truth);
}

#[test]
fn what_is_not_listed_any_more_is_left_out_until_it_is_again() {
    let organisation = Organisation::new(6);
    organisation.read(0, &[]);
    let whole = organisation.export(&[]);
    let name = "acme/app-000";
    let hosted = organisation.forge.unlist(name);
    let output = organisation.read(0, &[]);
    assert!(output.stdout.contains("1 not listed any more"), "{output:?}");
    assert!(organisation.places(&[]).iter().all(|it| !it.0.ends_with(name)));
    organisation.forge.list(hosted);
    organisation.read(0, &[]);
    assert_eq!(organisation.export(&[]), whole);
    // A filter leaves out without taking away.
    organisation.read(0, &["--include", "app-001"]);
    assert_eq!(organisation.export(&[]), whole);
}

#[test]
fn filters_choose_repositories() {
    let organisation = Organisation::new(0);
    for name in ["plain", "old", "copied", "open", "large", "idle"] {
        organisation.commit(&format!("acme/{name}"), "first", &[("a.txt", "nothing\n")]);
    }
    organisation.forge.change("acme/old", |it| it.archived = true);
    organisation.forge.change("acme/copied", |it| it.fork = true);
    organisation.forge.change("acme/open", |it| it.visibility = "public");
    organisation.forge.change("acme/large", |it| it.size = 1 << 20);
    organisation.forge.change("acme/idle", |it| it.pushed = "2020-01-01T00:00:00Z".to_owned());
    for kind in ["github", "gitlab"] {
        for (arguments, count) in [
            (&[][..], 6),
            (&["--no-archived"], 5),
            (&["--no-forks"], 5),
            (&["--visibility", "public"], 1),
            (&["--visibility", "public", "--visibility", "private"], 6),
            (&["--max-size", "10M"], 5),
            (&["--pushed-since", "2025-01-01"], 5),
            (&["--pushed-since", "1d"], 0),
            (&["--include", "o*"], 2),
            (&["--include", "acme/p*", "--include", "idle"], 2),
            (&["--exclude", "o*", "--no-forks"], 3),
        ] {
            let source = organisation.forge.source(kind, "acme");
            let output = organisation.tool(&[&["org", &source], arguments].concat()).run();
            let noun = if count == 1 { "repository" } else { "repositories" };
            let start = format!("{count} {noun}: ");
            assert!(output.stdout.starts_with(&start), "{kind} {arguments:?}: {output:?}");
        }
    }
}

#[test]
fn wikis_are_read_where_they_are_asked_for() {
    let mut organisation = Organisation::new(0);
    let token = organisation.token("opaque");
    organisation.commit("acme/app", "first", &[("a.txt", "nothing\n")]);
    organisation.commit("acme/plain", "first", &[("a.txt", "nothing\n")]);
    organisation.commit("acme/app.wiki", "first", &[("Deploy.md", &format!("HEROKU_API_KEY={token}\n"))]);
    organisation.forge.unlist("acme/app.wiki");
    organisation.read(0, &[]);
    assert!(organisation.places(&[]).is_empty());
    organisation.read(0, &["--wikis"]);
    let places = organisation.places(&[]);
    assert_eq!(places.len(), 1);
    assert!(places.iter().all(|it| it.0.ends_with("/acme/app.wiki") && it.1 == "Deploy.md"), "{places:?}");
}

#[test]
fn lists_and_folders_are_read() {
    let mut organisation = Organisation::new(8);
    organisation.read(0, &[]);
    let whole = organisation.places(&[]);
    // The stand-in's own folder, and a list of its URLs and of one path.
    let root = organisation.forge.folder("acme").parent().unwrap().to_path_buf();
    let (dir, list) = (organisation.home.path("dir.db"), organisation.home.path("list.db"));
    let (dir, list) = (dir.to_str().unwrap(), list.to_str().unwrap());
    let output = organisation.tool(&["org", &format!("dir:{}", root.display()), "--inventory", dir]).run();
    assert_eq!(output.status, 0, "{output:?}");
    let short = |places: std::collections::BTreeSet<crate::support::organisation::Place>| {
        let name = |name: &str| name.rsplit('/').next().unwrap().trim_end_matches(".git").to_owned();
        let short = places.into_iter().map(|it| (name(&it.0), it.1, it.2, it.3, it.4, it.5));
        short.collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(short(organisation.places(&["--inventory", dir])), short(whole.clone()));
    let mut lines = String::from("# ours\n\n");
    for number in 1..8 {
        lines.extend([format!("{}/acme/app-00{number}.git\n", organisation.forge.url())]);
    }
    lines.push_str("acme/app-000.git\nnowhere\n");
    fs::write(root.join("list.txt"), lines).unwrap();
    organisation.forge.rule(|_, request| {
        // Nobody says whose credential a list needs, so that what it names is open to all.
        request.header("authorization").map(|_| answer(500, &[], &Value::Null))
    });
    organisation.forge.open();
    let source = format!("list:{}", root.join("list.txt").display());
    let output = organisation.tool(&["org", &source, "--inventory", list]).run();
    assert_eq!(output.status, 3, "{output:?}");
    assert!(output.stderr.contains("line 11 of"), "{output:?}");
    assert_eq!(short(organisation.places(&["--inventory", list])), short(whole));
    organisation.tokens.clear();
}

#[test]
fn what_repositories_let_stay_is_kept_and_marked() {
    let mut organisation = Organisation::new(0);
    let tokens: Vec<String> = (0..4).map(|_| organisation.token("opaque")).collect();
    let line = |at: usize| format!("HEROKU_API_KEY={}\n", tokens[at]);
    let inline = format!("# hrkulint:allow token it is only a test\n{}", line(0));
    let config = "[[allow]]\npaths = [\"config.env\"]\nrules = [\"token\"]\nreason = \"we know\"\n";
    let baseline =
        format!("# hrkulint baseline 1\n# key = public\ntoken {} baseline.env\n", fingerprint(&tokens[2]));
    let files = [
        ("inline.env", inline.as_str()),
        ("config.env", &line(1)),
        ("baseline.env", &line(2)),
        ("plain.env", &line(3)),
        ("hrkulint.toml", config),
        (".hrkulint-baseline", &baseline),
    ];
    organisation.commit("acme/app", "first", &files);
    organisation.read(0, &[]);
    let json: Value = serde_json::from_str(&organisation.export(&[])).unwrap();
    let mut claims = Vec::new();
    for place in json["tokens"].as_array().unwrap().iter().map(|it| &it["sightings"][0]) {
        let of = place["claims"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap().to_owned());
        claims.push((place["path"].as_str().unwrap().to_owned(), of.collect::<Vec<_>>()));
    }
    claims.sort();
    let expected = [
        ("baseline.env", vec!["baseline"]),
        ("config.env", vec!["config"]),
        ("inline.env", vec!["inline"]),
        ("plain.env", vec![]),
    ];
    let expected =
        expected.map(|(path, kinds)| (path.to_owned(), kinds.iter().map(|it| (*it).to_owned()).collect()));
    assert_eq!(claims, expected);
}

/// What Heroku knows: `b` may be dead.
pub(super) fn scenario(b: &str) -> Scenario {
    scenario_at("", b)
}

/// The same at a time: `now = 2026-11-24T10:00:00Z`, and an end of the line.
pub(super) fn scenario_at(now: &str, b: &str) -> Scenario {
    let template = format!(
        "{now}[[account]]\nemail = \"jane@example.com\"\n\
         [[account.token]]\ntoken = \"{{token:opaque:a}}\"\nkind = \"authorization\"\nexpires-in = 907200\n\
         [[account.token]]\ntoken = \"{{token:opaque:b}}\"\nkind = \"{b}\"\n\
         [[account.token]]\ntoken = \"{{token:opaque:c}}\"\nkind = \"session\"\n"
    );
    Scenario::new(1, "history", &template)
}

/// Repositories with the tokens of the scenario: `a` in two of them, in production.
pub(super) fn asked() -> Organisation {
    let organisation = Organisation::new(0);
    let line =
        |name: &str| String::from_utf8(text(&format!("HEROKU_API_KEY={{token:opaque:{name}}}\n"))).unwrap();
    let production = "deploy/.env.production";
    organisation.commit("acme/one", "first", &[(production, &line("a")), ("b.env", &line("b"))]);
    organisation.commit("acme/two", "first", &[(production, &line("a"))]);
    organisation.commit("acme/three", "first", &[("c.env", &line("c"))]);
    organisation
}

/// How a run asks a stand-in for Heroku.
pub(super) fn asking(url: &str) -> Vec<&str> {
    vec!["--verify", "--request-rate", "0", "--no-cache", "--api-url", url]
}

/// Reads the organisation, and asks a stand-in for Heroku.
pub(super) fn ask(organisation: &Organisation, standin: &Standin, more: &[&str]) -> String {
    let url = standin.url();
    organisation.read(0, &[&asking(&url), more].concat()).stdout
}

/// The fingerprints in an answer.
pub(super) fn tokens(organisation: &Organisation, more: &[&str]) -> Vec<String> {
    let json: Value = serde_json::from_str(&organisation.export(more)).unwrap();
    let tokens = json["tokens"].as_array().unwrap().iter();
    tokens.map(|it| it["fingerprint"].as_str().unwrap().to_owned()).collect()
}

/// What reports call the scenario's tokens.
pub(super) fn named(names: &[&str]) -> Vec<String> {
    let known = scenario("dead");
    let mut all: Vec<String> =
        names.iter().map(|name| fingerprint(&known.tokens()[&format!("opaque:{name}")])).collect();
    all.sort();
    all
}

#[test]
fn each_token_is_asked_about_once_and_again_in_the_next_run() {
    is_asked_once_in_each_run(&asked());
}

pub(super) fn is_asked_once_in_each_run(organisation: &Organisation) {
    let standin = Standin::start(scenario("authorization"));
    let told = ask(organisation, &standin, &["--cache-size", "1K"]);
    assert!(told.contains("3 tokens at 4 places, 3 live"), "{told}");
    let accounts = standin.requests().iter().filter(|it| it.path() == "/account").count();
    assert_eq!(accounts, 3, "each token once");
    assert_eq!(tokens(organisation, &["--resolved"]), named(&[]));
    // Nothing was pushed, no copy is left, and one was revoked.
    let later = Standin::start(scenario("dead"));
    let told = ask(organisation, &later, &[]);
    assert!(told.contains(" 0 read, 3 unchanged") && told.contains("2 live, 1 dead"), "{told}");
    assert_eq!(tokens(organisation, &["--resolved"]), named(&["b"]));
    // Who does not answer changes nothing.
    let down = Standin::start(Scenario::new(1, "history", "[[fault]]\nstatus = 503\n"));
    let told = ask(organisation, &down, &[]);
    assert!(told.contains("2 live, 1 dead"), "{told}");
}

#[test]
fn questions_are_answered() {
    are_answered(&asked());
}

pub(super) fn are_answered(organisation: &Organisation) {
    ask(organisation, &Standin::start(scenario("authorization")), &[]);
    for (question, names) in [
        (&["--live"][..], &["a", "b", "c"][..]),
        (&["--new"], &["a", "b", "c"]),
        (&["--in-production", "--ends-within", "30d"], &["a"]),
        (&["--ends-within", "5d"], &[]),
        (&["--shared"], &["a"]),
        (&["--kind", "session"], &["c"]),
        (&["--environment", "production"], &["a"]),
        (&["--owner", "jane@example.com"], &["a", "b", "c"]),
        (&["--owner", "@example.com", "--repository", "acme/three"], &["c"]),
        (&["--owner", "john@example.com"], &[]),
        (&["--resolved"], &[]),
    ] {
        assert_eq!(tokens(organisation, question), named(names), "{question:?}");
    }
    let text = organisation.tool(&["inventory", "--in-production"]).run().stdout;
    for words in ["live: an authorization, ends on", "in 10 days, of j…@example.com", "production, in HEAD"]
    {
        assert!(text.contains(words), "no {words:?} in {text}");
    }
    let csv = organisation.tool(&["inventory", "--report", "csv"]).run().stdout;
    assert_eq!(csv.lines().count(), 5, "{csv}");
    let sarif = organisation.tool(&["inventory", "--report", "sarif"]).run().stdout;
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    let runs = sarif["runs"].as_array().unwrap();
    let ids = runs.iter().map(|it| it["automationDetails"]["id"].as_str().unwrap());
    let ids: std::collections::BTreeSet<&str> = ids.collect();
    assert_eq!((runs.len(), ids.len()), (3, 3));
    assert!(runs.iter().all(|it| !it["results"].as_array().unwrap().is_empty()));
    assert_eq!(organisation.tool(&["inventory", "--live", "--exit-code"]).run().status, 1);
    assert_eq!(organisation.tool(&["inventory", "--kind", "client-token", "--exit-code"]).run().status, 0);
    let missing = ["inventory", "--inventory", "/nonexistent/inventory.db"];
    assert_eq!(organisation.tool(&missing).run().status, 2);
}
