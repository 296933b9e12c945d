//! The same input gives the same bytes, whatever the number of threads.

use std::fs;

use crate::support::case::everything;
use crate::support::folder::Folder;
use crate::support::tool::Tool;

const FORMATS: [&str; 7] = ["text", "json", "jsonl", "sarif", "github", "markdown", "gitlab"];

/// A report without the time of its scan, which one format has to tell.
fn timeless(report: &str) -> String {
    let time = |line: &&str| ["\"start_time\":", "\"end_time\":"].iter().any(|it| line.contains(it));
    report.lines().filter(|line| !time(line)).collect::<Vec<_>>().join("\n")
}

#[test]
fn runs_and_threads_make_no_difference() {
    let (folder, _files) = everything();
    let scan = |threads: &str| {
        let out = Folder::new();
        let reports = FORMATS.map(|format| format!("{format}={}", out.path(format).display()));
        let mut arguments = vec!["scan", "--threads", threads, "--explain", "--min-confidence", "low"];
        arguments.extend(reports.iter().flat_map(|report| ["--report", report]));
        Tool::new(&arguments).cwd(folder.root()).status(1);
        FORMATS.map(|format| timeless(&fs::read_to_string(out.path(format)).unwrap()))
    };
    let one = scan("1");
    for (threads, reports) in [("8", scan("8")), ("8", scan("8")), ("1", scan("1"))] {
        for ((format, one), other) in FORMATS.iter().zip(&one).zip(&reports) {
            assert!(one.len() > 10_000, "{format} has {} bytes", one.len());
            let different = one.lines().zip(other.lines()).find(|(one, other)| one != other);
            assert_eq!(different, None, "{format}, {threads} threads");
            assert_eq!(one.len(), other.len(), "{format}, {threads} threads");
        }
    }
}
