//! Special files, names that are no text, and streams that fail.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

use hrkulint::blob::{Blob, Visibility};
use hrkulint::finding::{Notice, NoticeKind};
use hrkulint::source::{self, Options, Sink, Target};

use crate::support::folder::Folder;
use crate::support::sink::{visit, walk};
use crate::support::tool::Tool;

#[expect(clippy::disallowed_methods, reason = "the standard library cannot make a FIFO")]
fn fifo(folder: &Folder, name: &str) {
    assert!(Command::new("mkfifo").arg(folder.path(name)).status().unwrap().success());
}

#[test]
fn links_and_special_files_in_a_tree_are_passed_by() {
    let folder = Folder::new();
    folder.write("a.txt", "x");
    symlink("nowhere", folder.path("broken")).unwrap();
    symlink("loop", folder.path("loop")).unwrap();
    symlink(".", folder.path("again")).unwrap();
    symlink("a.txt", folder.path("twice")).unwrap();
    symlink("/", folder.path("root")).unwrap();
    fifo(&folder, "fifo");
    let _socket = UnixListener::bind(folder.path("socket")).unwrap();
    assert_eq!(walk(folder.root()).names(), ["a.txt"]);
    Tool::new(&["scan", "."]).cwd(folder.root()).status(0);
}

#[test]
fn a_named_link_is_followed() {
    let folder = Folder::new();
    folder.write("real/a.txt", "x").write("b.txt", "x");
    symlink("real", folder.path("folder")).unwrap();
    symlink("b.txt", folder.path("file")).unwrap();
    let recorded = visit(&[folder.path("folder"), folder.path("file")], &Options::default()).unwrap();
    assert_eq!(recorded.names(), ["b.txt", "real/a.txt"]);
}

#[test]
fn a_named_special_file_is_refused() {
    let folder = Folder::new();
    fifo(&folder, "fifo");
    symlink("nowhere", folder.path("broken")).unwrap();
    symlink("loop", folder.path("loop")).unwrap();
    let _socket = UnixListener::bind(folder.path("socket")).unwrap();
    for name in ["fifo", "socket", "/dev/null"] {
        let said = format!("error: `{name}` is neither a file nor a folder\nhint: `-` reads standard input");
        assert_eq!(Tool::new(&["scan", name]).cwd(folder.root()).stderr(said).status(2).stdout, "");
    }
    for name in ["broken", "loop"] {
        let said = format!("`{name}` is a link that leads nowhere: ");
        Tool::new(&["scan", name]).cwd(folder.root()).stderr(said).status(2);
    }
}

/// Reading this file's first byte is an error for everybody, also for root.
#[cfg(target_os = "linux")]
#[test]
fn an_unreadable_file_makes_the_scan_incomplete() {
    let folder = Folder::new();
    folder.write("a.txt", "x");
    let output = Tool::new(&["scan", "/proc/self/mem", "a.txt"]).cwd(folder.root()).status(3);
    assert!(output.stdout.contains("could not be read"), "{}", output.stdout);
    // A report that hides it in a document leaves a word on the screen.
    let said = "error: the scan is incomplete: `proc/";
    Tool::new(&["scan", "--report", "json", "/proc/self/mem", "a.txt"])
        .cwd(folder.root())
        .stderr(said)
        .status(3);
    let never = ["scan", "--fail-on", "never", "/proc/self/mem"];
    Tool::new(&never).status(3);
}

#[test]
fn files_and_folders_without_permission_make_the_scan_incomplete() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    folder.write("closed.txt", "x").write("locked/a.txt", "x").write("open.txt", "x");
    let permit =
        |name, mode| fs::set_permissions(folder.path(name), fs::Permissions::from_mode(mode)).unwrap();
    permit("closed.txt", 0);
    permit("locked", 0);
    let refused = fs::read(folder.path("closed.txt")).is_err();
    let recorded = visit(&[folder.root()], &Options::default()).unwrap();
    permit("locked", 0o700);
    // Root reads everything; the test before this one is for root, too.
    if refused {
        assert_eq!(recorded.names(), ["open.txt"]);
        let paths: Vec<_> = recorded.notices.iter().map(|notice| notice.path.as_deref().unwrap()).collect();
        assert_eq!(paths, ["closed.txt", "locked"]);
        assert!(recorded.notices.iter().all(|notice| notice.kind == NoticeKind::Unreadable));
    } else {
        assert_eq!(recorded.names(), ["closed.txt", "locked/a.txt", "open.txt"]);
    }
}

#[test]
fn names_that_are_no_text_are_told_apart_and_cannot_steer_a_terminal() {
    let folder = Folder::new();
    for name in [&b"a\xff"[..], b"a\xfe", b"\x1b[31mred", "\u{202e}txt".as_bytes(), b"new\nline"] {
        fs::write(folder.root().join(OsStr::from_bytes(name)), "x").unwrap();
    }
    let names = ["\u{1b}[31mred", "a\\xfe", "a\\xff", "new\nline", "\u{202e}txt"];
    assert_eq!(walk(folder.root()).names(), names);
    let missing = OsStr::from_bytes(b"\x1b[31mno\xff");
    let output = Tool::new(&[OsStr::new("scan"), missing]).cwd(folder.root());
    let said = output.stderr("`\\u{1b}[31mno\\xff` does not exist").status(2).stderr;
    assert!(!said.contains('\x1b'), "{said:?}");
}

/// Removes what comes next as soon as the first file was seen.
struct Remover<'a> {
    folder: &'a Folder,
    notices: std::sync::Mutex<Vec<Notice>>,
}

impl Sink for Remover<'_> {
    fn blob(&self, _blob: &Blob<'_>, _visibility: &dyn Fn() -> Visibility) {
        for index in 0..50 {
            // The second thread to come here finds them gone.
            let _ = fs::remove_dir_all(self.folder.path(&format!("d{index}")));
        }
    }

    fn notice(&self, notice: Notice) {
        self.notices.lock().unwrap().push(notice);
    }

    fn finished(&self, _bytes: u64) {}
}

#[test]
fn folders_that_vanish_make_the_scan_incomplete() {
    for threads in [1, 4] {
        let folder = Folder::new();
        for index in 0..50 {
            folder.write(&format!("d{index}/e/f.txt"), "x");
        }
        let remover = Remover { folder: &folder, notices: std::sync::Mutex::default() };
        let options = Options { threads, ..Options::default() };
        source::visit(&[Target::Path(folder.root().to_path_buf())], &options, &remover).unwrap();
        let notices = remover.notices.into_inner().unwrap();
        assert!(!notices.is_empty());
        for notice in notices {
            assert_eq!(notice.kind, NoticeKind::Unreadable);
            assert_eq!(notice.message, "vanished before it could be read");
            assert!(notice.path.unwrap().starts_with('d'));
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_is_an_incomplete_run() {
    let folder = Folder::new();
    folder.write("a.txt", "x").write("b.txt", "x");
    let scan = |report: &str| Tool::new(&["scan", "--report", report]).cwd(folder.root());
    scan("json=/dev/full")
        .stderr("error: the json report could not be written to `/dev/full`: No space")
        .status(3);
    scan("json=missing/x").stderr("error: there is no folder `missing` for a report").status(2);
    scan("json=.").stderr("could not be written to `.`: ").status(3);
    // What can be written still is.
    let arguments = ["scan", "--report", "json=/dev/full", "--report", "jsonl=ok", "--report", "text"];
    let output = Tool::new(&arguments).cwd(folder.root()).stderr("/dev/full").status(3);
    assert_ne!(output.stdout, "");
    assert!(folder.path("ok").is_file());
}

#[test]
fn a_report_may_go_to_a_device() {
    let folder = Folder::new();
    folder.write("a.txt", "x");
    let scan = |report: &str| Tool::new(&["scan", "--report", report]).cwd(folder.root()).status(0).stdout;
    assert_eq!(scan("json=/dev/stdout"), scan("json"));
    assert_eq!(scan("json=/dev/null"), "");
    assert!(
        fs::metadata("/dev/null").unwrap().file_type().is_symlink()
            || !fs::metadata("/dev/null").unwrap().is_file()
    );
}

#[expect(clippy::disallowed_methods, reason = "the standard streams are the test's own")]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = Folder::new();
    folder.write("a.txt", "x");
    for (arguments, status) in [(vec!["scan", "--report", "json"], 0), (vec!["rules"], 0), (vec!["man"], 0)] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = Command::new(env!("CARGO_BIN_EXE_hrkulint"))
            .args(&arguments)
            .current_dir(folder.root())
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
    let full = Command::new(env!("CARGO_BIN_EXE_hrkulint"))
        .args(["rules"])
        .stdout(fs::File::options().write(true).open("/dev/full").unwrap())
        .output()
        .unwrap();
    assert_eq!(full.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&full.stderr).contains("standard output cannot be written"));
}
