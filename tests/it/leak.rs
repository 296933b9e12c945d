//! Plants tokens in every form and encoding wherever text comes in, and looks for them wherever text goes out.

use std::fs;
use std::path::Path;

use crate::support::folder::Folder;
use crate::support::template::render;
use crate::support::token::{Generator, token};
use crate::support::tool::{Output, Tool};
use crate::support::traces::Traces;

const SEED: u64 = 1;

const FORMS: [&str; 4] = ["opaque", "uuid", "prefixed-uuid", "legacy-hex"];

/// How a token `T` can be written: `support::template` renders it.
const ENCODINGS: [&str; 17] = [
    "T",
    "{base64:T}",
    "{base64url:T}",
    "{base64:user@example.com:T}",
    "{base64:{base64:T}}",
    "{base64url:{base64:_:T}}",
    "{percent:T}",
    "{percent-all:T}",
    "{percent-all:{base64:T}}",
    "{unicode:T}",
    "{hexescape:T}",
    "{json:{json:\"T\"}}",
    "{html:T}",
    "{upper:T}",
    "{base64:{utf-16le:T}}",
    "{base64:{\"heroku_token\":\"{unicode:T}\"}}",
    "{wrap:40:{base64:user@example.com:T}}",
];

/// How a whole file can be stored.
const STORED: [&str; 6] = ["utf-8", "utf-8-bom", "utf-16le", "utf-16be", "utf-16le-bom", "utf-16be-bom"];

/// Files with two tokens: `A` stands where one is looked for, `B` in what reports may quote beside it.
const FILES: [(&str, &str); 13] = [
    (".env", "# «B»\nHEROKU_API_KEY=«A» # was «B»\n"),
    ("names.env", "«B»_HEROKU_API_KEY=«A»\nHEROKU_API_KEY_«B»=«A»\n"),
    ("config.yml", "«B»:\n  heroku:\n    «B»_api_key: «A»\n    heroku_api_key: \"«A»\" #«B»\n"),
    ("app.json", "{\"«B»\": {\"heroku_«B»_token\": \"«A»\", \"heroku_api_key\": \"«A»\"}}"),
    (".git/config", "[remote \"«B»\"]\n\turl = https://«B»:«A»@git.heroku.com/«B».git\n"),
    (
        "deploy.sh",
        "curl -u «B»:«A» -H 'Authorization: Bearer «A»' https://api.heroku.com/apps/«B»/dynos?«B»\n",
    ),
    ("sub/.netrc", "machine api.heroku.com\n  login «B»\n  password «A» «B»\n"),
    ("client.rb", "client_«B» = PlatformAPI.connect_oauth('«A»') # «B»\n«B».heroku_token(\"«A»\", '«B»')\n"),
    (
        "main.tf",
        "provider \"heroku\" {\n  email = \"«B»\"\n  api_key = \"«A»\"\n}\nresource \"heroku_«B»\" \"«B»\" {}\n",
    ),
    (
        ".github/workflows/«N».yml",
        "jobs:\n  «B»:\n    steps:\n      - run: |\n          heroku auth:token --app «B» | deploy «A»\n          \
         HEROKU_API_KEY=«A» heroku login; heroku authorizations:create -d «B»\n          echo $(heroku auth:token) «B»\n          \
         curl https://x:$HEROKU_API_KEY@«B»/«B»?token=$(heroku auth:token)\n",
    ),
    ("README.md", "Run `HEROKU_API_KEY=«A» heroku apps:info «B»` or\n\n    export HEROKU_API_KEY=«A» «B»\n"),
    ("old.lock", "«A»=HEROKU_API_KEY\n«A»«B» HRKU-«A» «B»«A» heroku\n"),
    (
        "min.js",
        "var a=1;/*«B»*/heroku={ token:\"«A»\",«B»:\"«B»\"},b=\"heroku «B»\",c={HEROKU_API_KEY:\"«A»\"};d=\"«B»\"",
    ),
];

/// The modes of a scan: what changes the text that is written.
const MODES: [&[&str]; 8] = [
    &[],
    &["--explain"],
    &["--min-confidence", "low"],
    &["--min-confidence", "low", "--explain", "--color", "always", "--progress", "always"],
    &["--min-confidence", "high", "--explain", "--no-ignore"],
    &["--quiet", "--fail-on", "never"],
    &["--threads", "1", "--color", "always"],
    &["--exclude", "*.json", "--fail-on", "error", "--progress", "always"],
];

const REPORTS: [&str; 9] =
    ["text", "json", "jsonl", "sarif", "github", "markdown", "gitlab", "openmetrics", "html"];

/// The text of token 1 or 2 of a form in an encoding.
fn planted(form: &str, number: u8, encoding: &str) -> Vec<u8> {
    let template = encoding.replace('T', &format!("{{token:{form}:{number}}}"));
    render(SEED, "leak", &template, None).bytes
}

/// Every token that is ever planted.
fn tokens() -> Vec<String> {
    let of =
        |form: &str, number: &str| token(form, &mut Generator::new(SEED, &["leak", "token", form, number]));
    FORMS.iter().flat_map(|form| ["1", "2"].map(|number| of(form, number).unwrap())).collect()
}

fn traces() -> Traces {
    let tokens = tokens();
    Traces::new(tokens.iter().map(String::as_str))
}

/// (form, encoding) in every combination.
fn variants() -> impl Iterator<Item = (&'static str, &'static str)> {
    FORMS.iter().flat_map(|form| ENCODINGS.iter().map(move |encoding| (*form, *encoding)))
}

/// The variants whose text can be a part of a path, a variable or an argument, with their text.
fn texts() -> impl Iterator<Item = (usize, String)> {
    let text = |(form, encoding)| String::from_utf8(planted(form, 1, encoding)).ok();
    variants().filter_map(text).enumerate()
}

fn clean(traces: &Traces, what: &str, text: &[u8]) {
    if let Some(leak) = traces.find(text) {
        panic!("{what} leaks {leak}");
    }
}

fn clean_output(traces: &Traces, what: &str, output: &Output) {
    clean(traces, &format!("{what}: standard output"), output.stdout.as_bytes());
    clean(traces, &format!("{what}: standard error"), output.stderr.as_bytes());
}

/// Scans a folder in every mode, with every report, and looks at all that is written. Gives the findings of the mode
/// that shows most.
fn scan_in_every_mode(traces: &Traces, folder: &Path, paths: &[&str], stdin: &[u8]) -> usize {
    let out = Folder::new();
    let mut most = 0;
    for (mode, reported) in MODES.iter().enumerate().map(|(at, mode)| (mode, REPORTS[at % REPORTS.len()])) {
        let files = REPORTS.map(|format| format!("{format}={}", out.path(format).display()));
        let mut arguments = vec!["scan", "--report", reported];
        arguments.extend(files.iter().flat_map(|file| ["--report", file]));
        arguments.extend(mode.iter().chain(paths));
        let output = Tool::new(&arguments).cwd(folder).stdin(stdin).any_stderr().run();
        assert!([0, 1, 3].contains(&output.status), "{mode:?}: {}", output.stderr);
        clean_output(traces, &format!("{mode:?}"), &output);
        let left = fs::read_dir(out.root()).unwrap();
        let written: Vec<_> = left.map(|entry| entry.unwrap().path()).collect();
        assert_eq!(written.len(), REPORTS.len(), "{written:?}");
        for path in written {
            clean(traces, &format!("{mode:?}: {}", path.display()), &fs::read(&path).unwrap());
        }
        let report = fs::read(out.path("json")).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
        most = most.max(report["findings"].as_array().unwrap().len());
    }
    most
}

#[test]
fn the_traces_are_seen() {
    let traces = traces();
    for (form, encoding) in variants() {
        let text = [b"<x a=\"".to_vec(), planted(form, 2, encoding), b"\"/>".to_vec()].concat();
        // A reader of lines joins what was wrapped.
        let joined: Vec<u8> = text.iter().copied().filter(|&byte| byte != b'\n').collect();
        assert!(traces.find(&joined).is_some(), "{form} {encoding}");
        let quoted = serde_json::to_string(&String::from_utf8_lossy(&joined)).unwrap();
        assert!(traces.find(quoted.as_bytes()).is_some(), "{form} {encoding}");
    }
    let opaque = &tokens()[0];
    assert!(traces.find(opaque.get(20..36).unwrap().as_bytes()).is_some());
    assert!(traces.find(opaque.get(..22).unwrap().as_bytes()).is_none());
}

#[test]
fn what_files_hold_stays_in_them() {
    let folder = Folder::new();
    for (number, (form, encoding)) in variants().enumerate() {
        let other = FORMS[(number + 1) % FORMS.len()];
        let place = |form: &str, number| encoding.replace('T', &format!("{{token:{form}:{number}}}"));
        // A half of all: every encoding stands in every file, in two forms.
        for (at, (name, template)) in
            FILES.iter().enumerate().filter(|(at, _)| (number + at).is_multiple_of(2))
        {
            let text = template.replace("«A»", &place(form, 1)).replace("«B»", &place(other, 2));
            let name = format!("{number}/{}", name.replace("«N»", &number.to_string()));
            // What is stored otherwise is plain in its file.
            let plain = encoding == "T" || encoding.starts_with("{unicode");
            for stored in STORED.iter().take(if plain { STORED.len() } else { 1 }) {
                let name = if *stored == "utf-8" { name.clone() } else { format!("{at}-{stored}/{name}") };
                folder.write(&name, render(SEED, "leak", &text, Some(stored)).bytes);
            }
        }
    }
    let found = scan_in_every_mode(&traces(), folder.root(), &["."], b"");
    assert!(found > 1000, "{found}");
}

#[cfg(unix)]
#[test]
fn names_are_masked() {
    let (folder, traces) = (Folder::repository(), traces());
    let body =
        String::from_utf8(planted("opaque", 2, "HEROKU_API_KEY=T\nHEROKU_API_KEY={base64:T}\n")).unwrap();
    let short = |text: &str| text.len() < 240;
    for (number, text) in texts().filter(|(_, text)| short(text)) {
        let text = text.trim_matches('/').replace("//", "/");
        folder
            .write(&format!("a{number}/{text}.env"), &body)
            .write(&format!("b{number}/x-{text}/{text}/.env"), &body);
        folder.write(&format!("c{number}/{text}"), &body).write(&format!("{text}={number}.zip"), "PK");
        folder.write(&format!("d{number}/{text}.gitignore/.gitignore"), format!("{text}[\n[{text}\n"));
        // A repository that is broken, so that its names are in notices.
        folder
            .write(&format!("e{number}/{text}/.git/index"), "DIRC no index")
            .write(&format!("e{number}/{text}/.git/HEAD"), "x");
        std::os::unix::fs::symlink(&text, folder.path(&format!("link{number}"))).unwrap();
    }
    let found = scan_in_every_mode(&traces, folder.root(), &["."], b"");
    assert!(found > 200, "{found}");
    // The scanned folder's own name, and those above it, are in what paths are relative to.
    for (number, text) in texts().filter(|(_, text)| short(text)) {
        let below = folder.path(&format!("b{number}/x-{}", text.trim_matches('/').replace("//", "/")));
        let output = Tool::new(&["scan", "--explain", "--report", REPORTS[number % REPORTS.len()], "."])
            .cwd(&below)
            .run();
        clean_output(&traces, &format!("in a folder called {text}"), &output);
    }
}

/// Where a token is passed by mistake: `S` is it. What the first word says happens in a folder with a file to scan.
const ARGUMENTS: [&str; 47] = [
    "scan S",
    "scan S/S.env",
    "scan file.env/S",
    "scan file.env S",
    "scan file.env S file.env",
    "scan --S",
    "scan --S=x",
    "scan --token=S",
    "scan -S",
    "scan -qS",
    "scan --quiet=S",
    "scan --fail-onS",
    "scan --fail-on S",
    "scan --min-confidence S",
    "scan --color=S",
    "scan --progress S",
    "scan --threads S",
    "scan --threads=1S",
    "scan --report S",
    "scan --report S=out",
    "scan --report json=missing/S",
    "scan --report json=S/missing",
    "scan --report json=file.env/S",
    "scan --report json=S --report text=S",
    "scan --report json=S.out file.env",
    "scan --report json=/dev/full --exclude S",
    "scan --exclude S",
    "scan --exclude S[",
    "scan --exclude [S",
    "scan --exclude {S",
    "scan --config S",
    "scan --config S/S.toml",
    "scan --config file.env/S",
    "scan --stdin-path S",
    "scan --environment S",
    "config S",
    "config --json S",
    "config --config S",
    "config S/S --config=S",
    "config --schema S",
    "config --S",
    "scan - --stdin-path S",
    "rules S",
    "rules committed-token S",
    "completions S",
    "help S",
    "S",
];

#[test]
fn arguments_are_masked() {
    let (folder, traces) = (Folder::new(), traces());
    folder.write("file.env", planted("opaque", 2, "HEROKU_API_KEY=T\n"));
    // A quarter of all: every encoding meets every place, in one form or another.
    for (at, arguments) in ARGUMENTS.iter().enumerate() {
        for (number, text) in texts().filter(|(number, _)| (number + at).is_multiple_of(4)) {
            let words: Vec<String> = arguments.split(' ').map(|word| word.replace('S', &text)).collect();
            let stdin = planted("uuid", 2, "HEROKU_API_KEY=T\n");
            let output = Tool::new(&words).cwd(folder.root()).stdin(stdin).any_stderr().run();
            assert!(output.status < 4, "{arguments}: {}", output.status);
            clean_output(&traces, &format!("{arguments} ({number})"), &output);
        }
    }
    // Reports that were written under such names are clean, and nothing else was left.
    for entry in fs::read_dir(folder.root()).unwrap().map(|entry| entry.unwrap()) {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(!name.starts_with(".hrkulint-"), "{name}");
        if name != "file.env" && entry.path().is_file() {
            clean(&traces, "a report", &fs::read(entry.path()).unwrap());
        }
    }
}

#[test]
fn standard_input_is_masked() {
    let traces = traces();
    let folder = Folder::new();
    let mut all = Vec::new();
    for (number, (form, encoding)) in variants().enumerate() {
        let line = [b"HEROKU_API_KEY=".to_vec(), planted(form, 1, encoding), b"\n".to_vec()].concat();
        if number.is_multiple_of(5) {
            let name = format!("{}.env", String::from_utf8_lossy(&planted(form, 2, encoding)));
            let arguments =
                ["scan", "-", "--explain", "--stdin-path", &name, "--report", REPORTS[number % 4]];
            clean_output(&traces, encoding, &Tool::new(&arguments).stdin(line.clone()).run());
        }
        all.extend(line);
    }
    assert!(scan_in_every_mode(&traces, folder.root(), &["-", "--stdin-path", ".env"], &all) > 30);
    scan_in_every_mode(&traces, folder.root(), &["-"], &all);
}

#[test]
fn the_environment_is_not_shown() {
    let traces = traces();
    let folder = Folder::new();
    folder.write("file.env", planted("opaque", 2, "HEROKU_API_KEY=T\n"));
    for (number, text) in texts() {
        let name = text.replace(['=', '\n'], "_");
        let scan = ["scan", "--explain", "--report", REPORTS[number % 4], "."];
        let env = [&scan[..4], &["--env", "--min-confidence", "low", "-"]].concat();
        for arguments in [&scan[..], &env, &["scan", "missing"], &["scan", "--report", "json=missing/x"]] {
            let mut tool = Tool::new(arguments).cwd(folder.root()).env(&name, "x").any_stderr();
            for variable in [
                "HEROKU_API_KEY",
                "HOME",
                "TMPDIR",
                "COLUMNS",
                "TERM",
                "CLICOLOR",
                "NO_COLOR",
                "RUST_BACKTRACE",
                "GIT_DIR",
                "XDG_CONFIG_HOME",
                "GITHUB_ACTIONS",
                "GITHUB_JOB",
                "GITHUB_REF_NAME",
                "ENVIRONMENT",
            ] {
                tool = tool.env(variable, &text);
            }
            clean_output(&traces, &format!("{arguments:?} {text}"), &tool.run());
        }
    }
}

/// Configurations that are wrong, each in another way. `S` is a token.
const CONFIGURATIONS: [&str; 23] = [
    "S = 1",
    "'S' = 1",
    "\"S\" = 1",
    "S",
    "[S]",
    "['S'.'S']",
    "exclude = 'S'",
    "exclude = ['S[']",
    "exclude = [S]",
    "fail-on = 'S'",
    "fail-on = S",
    "min-confidence = ['S']",
    "verify = 'S'\n'S' = 1",
    "exclude = ['S', 'S'] # S\nfail-on = 'never'",
    "[[environment]]\npaths = ['*', 'S']\nenvironment = 'ci'\nreason = 'S, S'",
    "[[environment]]\npaths = ['S[']\nenvironment = 'ci'",
    "[[environment]]\npaths = ['*']\nenvironment = 'S'",
    "[[environment]]\npaths = ['*']\nenvironment = 'ci'\nS = 1",
    "[[environment]]\npaths = ['*']\nenvironment = 'ci'\n[[environment]]\n'S' = 'S'",
    "[[level]]\nlevel = 'note'\nrules = ['S']",
    "[[level]]\nlevel = 'note'\npaths = ['S']",
    "[[level]]\nlevel = 'note'\nenvironments = ['S', 'ci']",
    "[[level]]\nlevel = 'note'\nS.token = 'S'",
];

#[test]
fn configuration_is_masked() {
    let (folder, traces) = (Folder::new(), traces());
    folder.write("file.env", planted("opaque", 2, "HEROKU_API_KEY=T\n"));
    for (at, template) in CONFIGURATIONS.iter().enumerate() {
        for (number, text) in texts().filter(|(number, _)| (number + at).is_multiple_of(4)) {
            folder.write("hrkulint.toml", template.replace('S', &text));
            let output =
                Tool::new(&["scan", "--report", REPORTS[number % 4]]).cwd(folder.root()).any_stderr().run();
            assert!([0, 1, 2].contains(&output.status));
            clean_output(&traces, &format!("{template} {text}"), &output);
            for arguments in [&["config"][..], &["config", "--json"]] {
                let output = Tool::new(arguments).cwd(folder.root()).any_stderr().run();
                clean_output(&traces, &format!("{arguments:?} {template} {text}"), &output);
            }
        }
    }
}
