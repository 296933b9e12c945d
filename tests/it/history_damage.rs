//! Repositories that lack something, or whose files are damaged: what is there is searched, and the rest is named.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use gix_hash::ObjectId;
use hrkulint::odb::{Based, Fault, Node, Object, Store, Visitor};
use serde_json::Value;

use crate::history::{scan, scan_with, short};
use crate::support::folder::Folder;
use crate::support::history::History;
use crate::support::tool::Tool;

const LEAK: &str = "HEROKU_API_KEY={token:opaque:1}\n";

/// Two commits with a token each.
fn leaking() -> History {
    let history = History::new();
    history.write("a.env", LEAK).write("lib/x.rb", "x\n").commit("one");
    history.write("b.env", "HEROKU_API_KEY={token:opaque:2}\n").write("lib/x.rb", "y\n").commit("two");
    history
}

const A: &str = "a.env:1 one reachable tip 2/1/1";
const B: &str = "b.env:1 two reachable tip 1/1/1";

fn loose(history: &History, id: &str) -> PathBuf {
    let (two, rest) = id.split_at(2);
    history.root().join(".git/objects").join(two).join(rest)
}

/// The pack of a repository that has one, or its index.
fn pack(folder: &Path, ending: &str) -> PathBuf {
    let entries = fs::read_dir(folder.join("objects/pack")).unwrap().map(|entry| entry.unwrap().path());
    let path = entries.into_iter().find(|path| path.extension().is_some_and(|it| it == ending)).unwrap();
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    #[expect(clippy::permissions_set_readonly_false, reason = "a test's file in a temporary folder")]
    permissions.set_readonly(false);
    fs::set_permissions(&path, permissions).unwrap();
    path
}

fn remove(path: PathBuf) {
    fs::remove_file(path).unwrap();
}

#[test]
fn a_missing_blob() {
    let history = leaking();
    let id = history.id("HEAD:a.env");
    remove(loose(&history, &id));
    scan(&history).partial(&[B], &["a.env: ", short(&id), "is missing", "which commit", "git fsck"]);
    // What no reference leads to may have been dropped.
    history.git(&["checkout", "-q", "--orphan", "other"]);
    history.git(&["rm", "-q", "--cached", "a.env"]);
    history.git(&["commit", "-q", "-m", "three"]);
    history.git(&["branch", "-q", "-D", "main"]);
    scan(&history).whole(&["b.env:1 three reachable tip 1/1/1"]);
}

#[test]
fn a_missing_tree() {
    let history = leaking();
    let id = history.id("HEAD:lib");
    remove(loose(&history, &id));
    scan(&history).partial(&[A, B], &["lib: ", short(&id), "is missing"]);
    let history = leaking();
    let id = history.id("HEAD^{tree}");
    remove(loose(&history, &id));
    let seen = scan(&history);
    seen.partial(&["a.env:1 one reachable gone 1/1/1", "blob:ID:1 - dangling gone 0/1/0"], &[short(&id)]);
}

#[test]
fn a_missing_commit() {
    let history = leaking();
    let id = history.id("HEAD~1");
    remove(loose(&history, &id));
    let seen = scan(&history);
    seen.partial(&["a.env:1 two reachable tip 1/1/1", B], &[short(&id), "is missing"]);
    let history = leaking();
    let id = history.id("HEAD");
    remove(loose(&history, &id));
    let seen = scan(&history);
    assert_eq!(seen.status, 3, "{seen:?}");
    assert!(seen.notices.iter().any(|notice| notice.contains(short(&id))), "{seen:?}");
    assert_eq!(seen.found.len(), 2);
}

#[test]
fn damaged_loose_objects() {
    for name in ["HEAD:a.env", "HEAD:lib", "HEAD~1"] {
        let spoil: [fn(&mut Vec<u8>); 4] = [
            |bytes| bytes.truncate(bytes.len() / 2),
            |bytes| {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 0x40;
            },
            Vec::clear,
            |bytes| bytes.fill(b'x'),
        ];
        for (number, spoil) in spoil.into_iter().enumerate() {
            let history = leaking();
            let id = history.id(name);
            let path = loose(&history, &id);
            let mut bytes = fs::read(&path).unwrap();
            spoil(&mut bytes);
            remove(path.clone());
            fs::write(&path, bytes).unwrap();
            let seen = scan(&history);
            assert_eq!((seen.status, seen.notices.len()), (3, 1), "{name} {number} {seen:?}");
            assert!(seen.notices[0].contains(short(&id)), "{name} {number} {seen:?}");
            assert!(seen.found.contains(&B.to_owned()), "{name} {number} {seen:?}");
        }
    }
}

/// What was reported, without asking git about it: git may fail or wait where something is damaged.
#[derive(Debug)]
struct Raw {
    status: i32,
    /// `PATH:LINE`.
    places: Vec<String>,
    notices: Vec<String>,
}

fn raw(history: &History) -> Raw {
    let root = history.root().to_str().unwrap();
    let output = Tool::new(&["scan", "--history", "--report", "json", root]).any_stderr().run();
    let json: Value =
        serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let list = |name: &str| json[name].as_array().unwrap().clone();
    let place = |finding: &Value| {
        let location = &finding["location"];
        format!("{}:{}", location["path"].as_str().unwrap(), location["start"]["line"])
    };
    Raw {
        status: output.status,
        places: list("findings").iter().map(place).collect(),
        notices: list("notices").iter().map(Value::to_string).collect(),
    }
}

#[test]
fn an_object_that_is_damaged_once_and_whole_once() {
    let history = leaking();
    let id = history.id("HEAD:a.env");
    // Every object stands twice now.
    history.git(&["repack", "-q", "-a"]);
    let kept = loose(&history, &id);
    let whole = fs::read(&kept).unwrap();
    remove(kept.clone());
    fs::write(&kept, "x").unwrap();
    scan(&history).whole(&[A, B]);
    remove(kept.clone());
    fs::write(&kept, whole).unwrap();
    let path = pack(&history.root().join(".git"), "pack");
    let whole = fs::read(&path).unwrap();
    for at in (12..whole.len() - 20).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&path, bytes).unwrap();
        assert_eq!(raw(&history).places, ["a.env:1", "b.env:1"], "byte {at}");
    }
}

/// Whether what was found is complete, or the status tells that it is not.
#[track_caller]
fn honest(seen: &Raw, what: &str) {
    if seen.places != ["a.env:1", "b.env:1"] {
        assert_eq!(seen.status, 3, "{what}: {seen:?}");
    }
}

#[test]
fn every_byte_of_a_pack_may_be_wrong() {
    let history = leaking();
    history.git(&["repack", "-q", "-a", "-d"]);
    for ending in ["pack", "idx"] {
        let path = pack(&history.root().join(".git"), ending);
        let whole = fs::read(&path).unwrap();
        let step = if ending == "pack" { 5 } else { 23 };
        for at in (0..whole.len()).step_by(step) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            fs::write(&path, bytes).unwrap();
            honest(&raw(&history), &format!("{ending} {at} of {}", whole.len()));
        }
        for length in [0, 11, 12, 40, whole.len() / 2, whole.len() - 21, whole.len() - 1] {
            fs::write(&path, &whole[..length]).unwrap();
            let seen = raw(&history);
            assert_eq!(seen.status, 3, "{ending} cut at {length}: {seen:?}");
        }
        fs::write(&path, whole).unwrap();
    }
    scan(&history).whole(&[A, B]);
}

#[test]
fn an_index_of_another_pack_and_a_pack_that_is_gone() {
    let (history, other) = (leaking(), leaking());
    other.write("c.env", "HEROKU_API_KEY={token:opaque:3}\n").commit("three");
    for repository in [&history, &other] {
        repository.git(&["repack", "-q", "-a", "-d"]);
    }
    let index = pack(&history.root().join(".git"), "idx");
    let whole = fs::read(&index).unwrap();
    fs::copy(pack(&other.root().join(".git"), "idx"), &index).unwrap();
    assert_eq!(raw(&history).status, 3);
    fs::write(&index, whole).unwrap();
    remove(pack(&history.root().join(".git"), "pack"));
    assert_eq!(raw(&history).status, 3);
}

#[test]
fn shallow_clones() {
    let history = leaking();
    let folder = Folder::new();
    let url = format!("file://{}", history.root().display());
    history.git_in(folder.root(), &["clone", "-q", "--depth", "1", &url, "clone"]);
    let seen = scan_with(&history, &folder.path("clone"), &[]);
    seen.partial(
        &["a.env:1 two reachable tip 1/1/1", B],
        &["shallow clone", "git fetch --unshallow", "fetch-depth: 0"],
    );
}

#[test]
fn partial_clones_fetch_nothing() {
    for (filter, left) in [("blob:none", 0), ("tree:0", 0)] {
        let history = leaking();
        history.git(&["config", "uploadpack.allowFilter", "true"]);
        let folder = Folder::new();
        let url = format!("file://{}", history.root().display());
        let filter = format!("--filter={filter}");
        history.git_in(folder.root(), &["clone", "-q", "--bare", &filter, &url, "clone"]);
        for gone in [false, true] {
            if gone {
                fs::remove_dir_all(history.root().join(".git/objects")).unwrap();
            }
            let before = listing(&folder.path("clone"));
            let seen = scan_with(&history, &folder.path("clone"), &[]);
            assert_eq!((seen.status, seen.found.len()), (3, left), "{filter} {seen:?}");
            assert!(seen.notices.iter().all(|it| it.contains("partial clone")), "{filter} {seen:?}");
            assert!(seen.notices.iter().any(|it| it.contains("is missing")), "{filter} {seen:?}");
            assert_eq!(listing(&folder.path("clone")), before);
        }
    }
}

/// Every file below a folder: name, time of its last change, content.
pub(crate) fn listing(folder: &Path) -> Vec<(PathBuf, std::time::SystemTime, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let (path, metadata) = (entry.path(), entry.metadata().unwrap());
        let modified = metadata.modified().unwrap();
        if metadata.is_dir() {
            files.extend(listing(&path));
            files.push((path, modified, Vec::new()));
        } else {
            let content = if metadata.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
            files.push((path, modified, content));
        }
    }
    files.sort();
    files
}

#[test]
fn what_is_no_object_is_left_alone() {
    let history = leaking();
    let objects = history.root().join(".git/objects");
    for name in
        ["garbage", "a1/tmp_obj_x", "a1/short", "pack/tmp_pack_x", "pack/pack-x.pack", "pack/README", "zz/y"]
    {
        let path = objects.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    scan(&history).whole(&[A, B]);
}

/// Fails over one blob.
struct Failing(ObjectId);

impl Visitor for Failing {
    type Local = (usize, Vec<(Object, Fault)>);
    type State = ();

    fn visit(&self, local: &mut Self::Local, node: &Node<'_>, _: Option<Based<'_, ()>>) {
        let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
        hasher.update(format!("blob {}\0", node.bytes.len()).as_bytes());
        hasher.update(node.bytes);
        assert_ne!(hasher.try_finalize().unwrap(), self.0, "the fault of this test");
        local.0 += 1;
    }

    fn stream(&self, _: &mut Self::Local, _: Object, _: &mut dyn Read) -> io::Result<()> {
        Ok(())
    }

    fn failed(&self, local: &mut Self::Local, object: Object, fault: Fault) {
        local.1.push((object, fault));
    }
}

#[test]
fn a_fault_over_one_object_costs_no_other() {
    for packed in [false, true] {
        let history = leaking();
        if packed {
            history.git(&["repack", "-q", "-a", "-d"]);
        }
        let id = ObjectId::from_hex(history.id("HEAD:a.env").as_bytes()).unwrap();
        let (store, broken) = Store::open(&history.root().join(".git/objects"), false);
        assert_eq!((broken.len(), store.len()), (0, 10));
        let seen = store.walk(None, &Failing(id));
        assert_eq!(seen.iter().map(|local| local.0).sum::<usize>(), 9, "packed: {packed}");
        let failed: Vec<_> = seen.into_iter().flat_map(|local| local.1).collect();
        assert_eq!(failed, [(store.lookup(&id).unwrap(), Fault::Unfinished)]);
    }
}

#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_methods, reason = "the standard library makes no FIFOs")]
fn fifo(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_waits_for_a_fifo() {
    for (names, words) in [
        (&[&*format!("ab/{}", "ab".repeat(19))][..], ["abababababab", "is corrupt"]),
        (&["pack/pack-x.idx", "pack/pack-x.pack"], ["objects/pack/pack-x.pack", "no regular file"]),
        (&["info/alternates"], ["objects/info/alternates", "no regular file"]),
    ] {
        let history = leaking();
        for name in names {
            fifo(&history.root().join(".git/objects").join(name));
        }
        let seen = raw(&history);
        assert_eq!((seen.status, seen.places.len(), seen.notices.len()), (3, 2, 1), "{seen:?}");
        assert!(words.iter().all(|word| seen.notices[0].contains(word)), "{seen:?}");
    }
}
