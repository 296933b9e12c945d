//! What the tests of whole histories share: one scan, and its report in lines that can be read.

use std::path::Path;

use serde_json::Value;

use crate::support::history::History;
use crate::support::tool::Tool;

/// What a scan of histories reported.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: i32,
    /// `PATH:LINE SUBJECT reachable|dangling tip|gone COMMITS/OBJECTS/PATHS`, behind the rule's id unless it is
    /// `committed-token` as an error. In paths `ID` is the object.
    pub(crate) found: Vec<String>,
    /// `PATH: MESSAGE`.
    pub(crate) notices: Vec<String>,
}

impl Seen {
    /// Asserts that all was read, and what was found.
    #[track_caller]
    pub(crate) fn whole(&self, expected: &[&str]) {
        assert_eq!(self.found, expected, "{:?}", self.notices);
        assert_eq!(self.notices, Vec::<String>::new());
        assert_eq!(self.status, i32::from(!expected.is_empty()));
    }

    /// Asserts that something is missing, what was found, and words that the one notice has.
    #[track_caller]
    pub(crate) fn partial(&self, expected: &[&str], words: &[&str]) {
        assert_eq!(self.found, expected, "{:?}", self.notices);
        assert_eq!((self.status, self.notices.len()), (3, 1), "{:?}", self.notices);
        for word in words {
            assert!(self.notices[0].contains(word), "no {word:?} in {:?}", self.notices);
        }
    }
}

/// Reads the history of a repository.
pub(crate) fn scan(history: &History) -> Seen {
    scan_with(history, history.root(), &[])
}

/// Reads the history of another repository, which a path leads to, with more arguments.
pub(crate) fn scan_with(history: &History, path: &Path, arguments: &[&str]) -> Seen {
    let path = path.to_str().unwrap();
    let arguments = [&["scan", "--history", "--report", "json"], arguments, &[path]].concat();
    let output = Tool::new(&arguments).any_stderr().run();
    let json: Value =
        serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    assert_eq!(json["exit_status"], output.status);
    assert_eq!(json["complete"], output.status != 3);
    let found = json["findings"].as_array().unwrap().iter().map(|it| fact(history, Path::new(path), it));
    let notices = json["notices"].as_array().unwrap().iter().map(|notice| {
        let path = notice["path"].as_str().unwrap_or("-");
        format!("{path}: {}", notice["message"].as_str().unwrap())
    });
    Seen { status: output.status, found: found.collect(), notices: notices.collect() }
}

/// An id as notices and places show it.
pub(crate) fn short(id: &str) -> &str {
    id.get(..12).unwrap()
}

/// A finding in one line. Commits are called by their subjects; the author's date is compared with what git says.
fn fact(history: &History, repository: &Path, finding: &Value) -> String {
    let (past, location) = (&finding["past"], &finding["location"]);
    let subject = past["commit"]["id"].as_str().map_or_else(
        || "-".to_owned(),
        |id| {
            let said = history.git_in(repository, &["log", "--no-walk", "--format=%aI %s", id]);
            let (date, subject) = said.split_once(' ').unwrap();
            assert_eq!(past["commit"]["authored"], date);
            subject.to_owned()
        },
    );
    let word = |name: &str, yes: &'static str, no: &'static str| {
        if past[name].as_bool().unwrap() { yes } else { no }
    };
    let (rule, level) = (finding["rule"].as_str().unwrap(), finding["level"].as_str().unwrap());
    let rule = if (rule, level) == ("committed-token", "error") {
        String::new()
    } else {
        format!("{rule} {level} ")
    };
    let path = location["path"].as_str().unwrap().replace(past["object"].as_str().unwrap(), "ID");
    let spread = &past["spread"];
    format!(
        "{rule}{path}:{} {subject} {} {} {}/{}/{}",
        location["start"]["line"],
        word("reachable", "reachable", "dangling"),
        word("in_tip", "tip", "gone"),
        spread["commits"],
        spread["objects"],
        spread["paths"],
    )
}
