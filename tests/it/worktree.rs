//! Which files a scan reads, what it calls them, and who can see them.

use hrkulint::source::{self, Options, Target};

use crate::support::folder::{Folder, git};
use crate::support::sink::{visit, walk};

#[test]
fn a_folder_without_repository_hides_nothing() {
    let folder = Folder::new();
    folder.write(".gitignore", "*.log\nnode_modules\n").write("a.log", "x").write("node_modules/b.js", "x");
    folder.write(".hidden/c", "x").write(".ignore", "*").write("empty", "");
    let recorded = walk(folder.root());
    assert_eq!(recorded.names(), [".gitignore", ".hidden/c", ".ignore", "a.log", "node_modules/b.js"]);
    assert!(recorded.seen.iter().all(|seen| seen.because == "it lies in a folder that is no git repository"));
}

#[test]
fn ignored_files_are_left_out_unless_they_are_tracked_or_known() {
    let repository = Folder::repository();
    repository.write("old/.env", "x").write("kept.log", "x").git(&["add", "."]);
    repository
        .write(".gitignore", ".env*\n*.log\nlogs/\n!kept.txt\n")
        .write("kept.txt", "x")
        .write("new.log", "x");
    repository
        .write(".env.local", "x")
        .write("logs/deep/terraform.tfvars", "x")
        .write("logs/deep/a.txt", "x");
    repository.write("src/main.rs", "x");
    let recorded = walk(repository.root());
    assert_eq!(
        recorded.exposures(),
        [
            (".env.local", "local"),
            (".git/config", "local"),
            (".gitignore", "committed"),
            ("kept.log", "committed"),
            ("kept.txt", "committed"),
            ("logs/deep/terraform.tfvars", "local"),
            ("old/.env", "committed"),
            ("src/main.rs", "committed"),
        ]
    );
    let because = |name: &str| recorded.seen.iter().find(|seen| seen.name == name).unwrap().because;
    assert_eq!(because("old/.env"), "git tracks it");
    assert_eq!(because("src/main.rs"), "git does not ignore it");
    assert_eq!(because("logs/deep/terraform.tfvars"), "git ignores it");
}

#[test]
fn only_git_s_own_rules_hide() {
    let repository = Folder::repository();
    repository.write(".ignore", "a.txt\n").write(".rgignore", "a.txt\n").write("a.txt", "x");
    repository.write(".git/info/exclude", "b.txt\n").write("b.txt", "x").write("global", "a.txt\n");
    repository.git(&["config", "core.excludesFile", "global"]);
    assert_eq!(walk(repository.root()).names(), [".git/config", ".ignore", ".rgignore", "a.txt", "global"]);
}

#[test]
fn rules_nest() {
    let repository = Folder::repository();
    repository.write(".gitignore", "*.x\n/only-here\nd/\n").write("sub/.gitignore", "!b.x\nc.y\n");
    repository.write("a.x", "x").write("sub/b.x", "x").write("sub/c.y", "x").write("c.y", "x");
    repository
        .write("only-here", "x")
        .write("sub/only-here", "x")
        .write("sub/d/.gitignore", "!*")
        .write("d", "x");
    let expected = [".git/config", ".gitignore", "c.y", "d", "sub/.gitignore", "sub/b.x", "sub/only-here"];
    assert_eq!(walk(repository.root()).names(), expected);
    // The same from a subfolder, by names that start at the root.
    let recorded = visit(&[repository.path("sub")], &Options::default()).unwrap();
    assert_eq!(recorded.names(), ["sub/.gitignore", "sub/b.x", "sub/only-here"]);
}

#[test]
fn dependency_and_build_folders_are_left_out_where_git_ignores_them() {
    let repository = Folder::repository();
    repository.write("vendor/kept/.env", "x").write("vendor/kept/a.txt", "x").git(&["add", "."]);
    repository.write(".gitignore", "node_modules\n/vendor/\n").write("node_modules/a/.env", "x");
    repository.write("vendor/other/.env", "x").write("vendor/kept/b.env", "x").write("sub/target/.env", "x");
    let names = [".git/config", ".gitignore", "sub/target/.env", "vendor/kept/.env", "vendor/kept/a.txt"];
    assert_eq!(walk(repository.root()).names(), names);
}

#[test]
fn no_ignore_shows_everything_but_git_and_what_the_user_excludes() {
    let repository = Folder::repository();
    repository.write(".gitignore", "*.log\nnode_modules\n").write("a.log", "x").write("node_modules/b", "x");
    repository.write("docs/c.md", "x").write("sub/docs/d.md", "x");
    let exclude = source::globs(&["/docs".to_owned(), "*.js".to_owned()]).unwrap();
    let options = Options { no_ignore: true, exclude, ..Options::default() };
    let recorded = visit(&[repository.root()], &options).unwrap();
    assert_eq!(recorded.names(), [".git/config", ".gitignore", "a.log", "node_modules/b", "sub/docs/d.md"]);
    assert_eq!(recorded.seen[2].exposure, "local");
}

#[test]
fn what_the_user_names_is_read_even_where_git_ignores_it() {
    let repository = Folder::repository();
    repository.write(".gitignore", "*.log\nbuild/\n").write("a.log", "x").write("build/b.log", "x");
    let named = |paths: &[&str]| {
        let paths: Vec<_> = paths.iter().map(|path| repository.path(path)).collect();
        let recorded = visit(&paths, &Options::default()).unwrap();
        recorded
            .exposures()
            .into_iter()
            .map(|(name, exposure)| format!("{name} {exposure}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(named(&["a.log"]), ["a.log local"]);
    assert_eq!(named(&["build"]), ["build/b.log local"]);
    let all = [".git/config local", ".gitignore committed", "a.log local", "build/b.log local"];
    assert_eq!(named(&["a.log", ".", "build", "./.gitignore", "build/b.log", "."]), all);
    assert_eq!(named(&[".git/config"]), [".git/config local"]);
}

#[test]
fn nested_repositories_submodules_and_linked_work_trees() {
    let library = Folder::repository();
    library.write("lib.txt", "x").git(&["add", "."]).git(&["commit", "-qm", "x"]);
    let repository = Folder::repository();
    repository.write("a", "x").write(".gitignore", "/clone\n/linked\n").git(&["add", "."]);
    repository.git(&["submodule", "--quiet", "add", library.root().to_str().unwrap(), "sub"]);
    repository.git(&["commit", "-qm", "x"]).git(&["worktree", "add", "-q", "linked"]);
    std::fs::create_dir(repository.path("clone")).unwrap();
    git(&repository.path("clone"), &["init", "-q"]);
    repository.write("clone/.gitignore", "*.log\n").write("clone/b", "x").write("clone/b.log", "x");
    let recorded = walk(repository.root());
    let mine = |name: &&str| !name.ends_with(".gitmodules") && !name.ends_with(".gitignore");
    assert_eq!(
        recorded.names().into_iter().filter(mine).collect::<Vec<_>>(),
        [
            ".git/config",
            ".git/modules/sub/config",
            "a",
            "clone/.git/config",
            "clone/b",
            "linked/a",
            "sub/lib.txt"
        ]
    );
    let because = |name: &str| recorded.seen.iter().find(|seen| seen.name == name).unwrap().because;
    assert_eq!(because("linked/a"), "git tracks it");
    assert_eq!(because("sub/lib.txt"), "git tracks it");
    assert_eq!(because("clone/b"), "git does not ignore it");
    // From the linked work tree, the configuration that it shares lies elsewhere.
    let linked = visit(&[repository.path("linked")], &Options::default()).unwrap();
    let config = repository.path(".git/config");
    assert!(linked.names().contains(&config.to_str().unwrap()), "{:?}", linked.names());
    assert!(linked.names().contains(&"a"));
}

#[test]
fn every_kind_of_index_is_read() {
    for (format, prepare) in [
        ("sha1", &["update-index", "--index-version", "2"][..]),
        ("sha1", &["update-index", "--index-version", "4"]),
        ("sha1", &["update-index", "--split-index"]),
        ("sha256", &["update-index", "--index-version", "2"]),
        ("sha256", &["update-index", "--index-version", "4"]),
    ] {
        let repository = Folder::new();
        repository.git(&["init", "-q", "--object-format", format]).write(".gitignore", "x*\n");
        repository.write("xa", "x").write("xdir/b", "x").git(&["add", "-f", "."]).git(prepare);
        repository.write("xdir/late", "x").git(&["add", "-f", "xdir/late"]).write("xdir/untracked", "x");
        let names = [".git/config", ".gitignore", "xa", "xdir/b", "xdir/late"];
        assert_eq!(walk(repository.root()).names(), names, "{format} {prepare:?}");
    }
}

#[test]
fn a_damaged_index_is_said_once_and_hides_no_more_than_the_rules() {
    let repository = Folder::repository();
    repository.write(".gitignore", "*.log\n").write("a.log", "x").write("b.log", "x").write("c", "x");
    repository.write(".git/index", "DIRC no index");
    let recorded = visit(&[repository.root()], &Options::default()).unwrap();
    assert_eq!(recorded.names(), [".git/config", ".gitignore", "c"]);
    let [notice] = &recorded.notices[..] else { panic!("one notice: {:?}", recorded.notices) };
    assert_eq!(notice.path.as_deref(), Some(".git/index"));
    assert!(
        notice.message.starts_with("git's list of tracked files could not be read"),
        "{}",
        notice.message
    );
}

#[test]
fn credential_files_at_home_are_local() {
    let home = Folder::new();
    home.write(".netrc", "x")
        .write(".docker/config.json", "x")
        .write("app/.env", "x")
        .write("notes.txt", "x");
    let options = Options { home: Some(home.root().to_path_buf()), ..Options::default() };
    let recorded = visit(&[home.root()], &options).unwrap();
    let expected = [
        (".docker/config.json", "local"),
        (".netrc", "local"),
        ("app/.env", "committed"),
        ("notes.txt", "committed"),
    ];
    assert_eq!(recorded.exposures(), expected);
}

#[test]
fn names_are_relative_to_what_was_named() {
    let folder = Folder::new();
    folder.write("a/b/c.txt", "x").write("a/d/e.txt", "x");
    let base = |paths: &[&str]| {
        let targets: Vec<_> = paths.iter().map(|path| Target::Path(path.into())).collect();
        let base = source::base(&targets, folder.root()).unwrap();
        base.strip_prefix(folder.root()).unwrap().to_str().unwrap().to_owned()
    };
    assert_eq!(base(&["a/b"]), "a/b");
    assert_eq!(base(&["a/b/c.txt"]), "a/b");
    assert_eq!(base(&["a/b", "a/d/e.txt"]), "a");
    assert_eq!(base(&["a/b/../../a/d"]), "a/d");
    git(folder.root(), &["init", "-q"]);
    assert_eq!(base(&["a/b", "a/d/e.txt"]), "");
    git(&folder.path("a/d"), &["init", "-q"]);
    assert_eq!(base(&["a/d"]), "a/d");
    assert_eq!(base(&["a/b", "a/d"]), "a");
}

#[test]
fn threads_make_no_difference() {
    let repository = Folder::repository();
    repository.write(".gitignore", "*.log\nmine/\n");
    for index in 0..300 {
        repository.write(&format!("d{}/e{}/f{index}.txt", index % 7, index % 3), index.to_string());
        repository
            .write(&format!("d{}/x{index}.log", index % 7), "x")
            .write(&format!("mine/{index}.env"), "x");
    }
    let with = |threads| visit(&[repository.root()], &Options { threads, ..Options::default() }).unwrap();
    let one = with(1);
    assert_eq!(one.names().len(), 602);
    assert_eq!(one, with(8));
}

#[test]
fn archives_are_counted() {
    let folder = Folder::new();
    folder.write("a.zip", "PK").write("b.tar.gz", "x").write("c.txt", "x");
    let recorded = visit(&[folder.root()], &Options::default()).unwrap();
    assert_eq!(recorded.names(), ["a.zip", "b.tar.gz", "c.txt"]);
    let message = "2 archives were not opened; only the stored bytes were searched";
    assert_eq!(recorded.notices.iter().map(|notice| notice.message.as_str()).collect::<Vec<_>>(), [message]);
}
