//! What is broken, hostile or gone: the exit status and the words for it.

#[cfg(unix)]
mod unix;

use hrkulint::source::Options;

use crate::support::folder::Folder;
use crate::support::sink::visit;
use crate::support::token::{Generator, token};
use crate::support::tool::Tool;

#[test]
fn nothing_to_scan_is_clean() {
    let folder = Folder::new();
    Tool::new(&["scan", "."]).cwd(folder.root()).status(0);
    folder.write("empty.txt", "");
    Tool::new(&["scan", "empty.txt"]).cwd(folder.root()).status(0);
    Tool::new(&["scan", "-"]).cwd(folder.root()).status(0);
}

#[test]
fn a_missing_path_ends_the_run_before_anything_is_scanned() {
    let folder = Folder::new();
    folder.write("a.txt", "x");
    let output =
        Tool::new(&["scan", "a.txt", "b.txt"]).cwd(folder.root()).stderr("error: `b.txt` does not exist\n");
    assert_eq!(output.status(2).stdout, "");
    Tool::new(&["scan", "a.txt/b"]).cwd(folder.root()).stderr("`a.txt/b` ").status(2);
}

#[test]
fn overlapping_targets_are_read_once() {
    let folder = Folder::new();
    folder.write("a/b/c.txt", "x").write("a/d.txt", "x");
    let paths = ["a", "a/b", ".", "a/b/c.txt", "./a/../a/d.txt", "a/b/c.txt"].map(|path| folder.path(path));
    for threads in [1, 8] {
        let recorded = visit(&paths, &Options { threads, ..Options::default() }).unwrap();
        assert_eq!(recorded.names(), ["a/b/c.txt", "a/d.txt"]);
    }
}

/// People paste a token where a path or an option belongs. What is written then is kept in logs.
#[test]
fn a_token_in_the_arguments_is_masked() {
    for form in ["opaque", "prefixed-uuid", "uuid"] {
        let secret = token(form, &mut Generator::new(3, &["arguments", form])).unwrap();
        let tail = secret.get(10..).unwrap();
        let option = format!("--{secret}");
        let glob = format!("{secret}[");
        let stdin_path = format!("--stdin-path={secret}");
        for arguments in [
            vec!["scan", &secret],
            vec!["scan", &option],
            vec!["scan", &stdin_path],
            vec!["scan", "--config", &secret],
            vec!["scan", "--fail-on", &secret],
            vec!["scan", "--threads", &secret],
            vec!["scan", "--report", &secret],
            vec!["scan", "--exclude", &glob],
            vec!["rules", &secret],
            vec!["completions", &secret],
            vec![&secret],
        ] {
            let output = Tool::new(&arguments).any_stderr().status(2);
            let said = format!("{}{}", output.stdout, output.stderr);
            assert!(!said.contains(tail), "{}", said.replace(tail, "<HERE>"));
        }
    }
}
