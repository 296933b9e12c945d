//! `scripts/action-install.sh` and `scripts/action-scan.sh`, with stand-ins for what they run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::{Ran, copy_action, installed, root};
use crate::support::folder::Folder;

/// A machine with stand-ins for some programs.
struct Machine {
    folder: Folder,
}

impl Machine {
    fn new() -> Self {
        let folder = Folder::new();
        for name in ["bin", "temp", "served"] {
            fs::create_dir(folder.path(name)).unwrap();
        }
        copy_action(&folder.path("action"));
        Self { folder }
    }

    /// A program that is a script.
    fn program(&self, name: &str, script: &str) -> &Self {
        let path = self.folder.path(&format!("bin/{name}"));
        fs::write(&path, format!("#!/bin/bash\n{script}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// A `curl` that has what is served: only from the address of releases.
    fn curl(&self) -> &Self {
        let script = r#"echo "curl $*" >> "$CALLS"
while [ $# -gt 1 ]; do if [ "$1" = --output ]; then out=$2; fi; shift; done
case "$1" in
  https://github.com/hrkulint/hrkulint/releases/download/v*) cp "$SERVED/${1##*/}" "$out" 2> /dev/null || exit 22 ;;
  *) exit 3 ;;
esac"#;
        self.program("curl", script)
    }

    /// A `cargo` that builds something.
    fn cargo(&self) -> &Self {
        let script = r#"echo "cargo $*" >> "$CALLS"
while [ $# -gt 1 ]; do if [ "$1" = --root ]; then out=$2; fi; shift; done
mkdir -p "$out/bin" && printf '#!/bin/bash\necho built\n' > "$out/bin/hrkulint" && chmod +x "$out/bin/hrkulint""#;
        self.program("cargo", script)
    }

    /// A release, with its checksum.
    fn release(&self, target: &str) -> &Self {
        let name = format!("hrkulint-{target}");
        let script = format!(
            "cd served && mkdir {name} && printf '#!/bin/bash\\necho released\\n' > {name}/hrkulint && chmod +x {name}/hrkulint && tar -czf {name}.tar.gz {name} && sha256sum {name}.tar.gz > {name}.tar.gz.sha256"
        );
        Ran::of(bash().args(["-c", &script]).current_dir(self.folder.root())).ended(0);
        self
    }

    /// Runs the script. Returns how it ended, and the path of the program that it gives.
    fn install(&self, version: &str) -> (Ran, String) {
        let output = self.folder.path("output");
        fs::write(&output, "").unwrap();
        fs::write(self.folder.path("calls"), "").unwrap();
        let path = format!("{}:/usr/bin:/bin", self.folder.path("bin").display());
        let ran = Ran::of(
            bash()
                .arg(self.folder.path("action/scripts/action-install.sh"))
                .env_clear()
                .env("PATH", path)
                .env("HRKULINT_VERSION", version)
                .env("RUNNER_TEMP", self.folder.path("temp"))
                .env("GITHUB_OUTPUT", &output)
                .env("SERVED", self.folder.path("served"))
                .env("CALLS", self.folder.path("calls")),
        );
        let text = fs::read_to_string(output).unwrap();
        (ran, text.trim().trim_start_matches("binary=").to_owned())
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.folder.path("calls")).unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "the scripts are for bash")]
fn bash() -> Command {
    Command::new("bash")
}

/// The machine that tests run on, as the script calls it.
fn target() -> &'static str {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "x86_64-unknown-linux-gnu",
        ("linux", "aarch64") => "aarch64-unknown-linux-gnu",
        ("macos", "x86_64") => "x86_64-apple-darwin",
        ("macos", "aarch64") => "aarch64-apple-darwin",
        other => panic!("no release for {other:?}"),
    }
}

#[test]
#[ignore = "needs bash, tar and sha256sum"]
fn a_release_is_used_whose_checksum_is_right() {
    let machine = Machine::new();
    machine.curl().cargo().release(target());
    let (ran, binary) = machine.install("");
    assert!(ran.ended(0).contains("released"));
    assert!(binary.starts_with(machine.folder.root().to_str().unwrap()), "{binary}");
    let version = env!("CARGO_PKG_VERSION");
    let calls = machine.calls();
    assert!(calls.contains(&format!("/download/v{version}/hrkulint-{}.tar.gz.sha256", target())), "{calls}");
    assert!(calls.contains("--proto =https") && !calls.contains("cargo"), "{calls}");
    // A second step of the job has it already.
    assert_eq!(machine.install(&format!("v{version}")).1, binary);
    assert_eq!(machine.calls(), "");
    assert!(machine.install("9.8.7").0.ended(0).contains("released"), "another version has its own folder");
    assert!(machine.calls().contains("/download/v9.8.7/"));
}

#[test]
#[ignore = "needs bash, tar and sha256sum"]
fn a_wrong_checksum_ends_it() {
    let machine = Machine::new();
    machine.curl().cargo().release(target());
    let archive = format!("served/hrkulint-{}.tar.gz", target());
    machine.folder.write(&archive, "something else");
    let (ran, binary) = machine.install("");
    let said = ran.ended(2);
    assert!(said.contains("::error title=hrkulint::the checksum of "), "{said}");
    assert_eq!((binary.as_str(), machine.calls().contains("cargo")), ("", false));
    // An empty one is no checksum.
    machine.folder.write(&format!("{archive}.sha256"), "");
    machine.install("").0.ended(2);
}

#[test]
#[ignore = "needs bash, tar and sha256sum"]
fn where_there_is_no_release_it_is_built() {
    let machine = Machine::new();
    machine.curl().cargo();
    let (ran, binary) = machine.install("");
    assert!(ran.ended(0).contains("built"));
    assert!(binary.ends_with("/bin/hrkulint"), "{binary}");
    let calls = machine.calls();
    assert!(calls.contains("cargo install --quiet --locked --path"), "{calls}");
    let said = machine.install("9.9.9").0.ended(2);
    assert!(said.contains("there is no release of version 9.9.9"), "the source is another version: {said}");
}

#[test]
#[ignore = "needs bash"]
fn versions_are_versions() {
    let machine = Machine::new();
    machine.curl().program("hrkulint", "echo on the path");
    let (ran, binary) = machine.install("installed");
    assert!(ran.ended(0).contains("on the path"));
    assert_eq!(binary, machine.folder.path("bin/hrkulint").to_str().unwrap());
    for version in
        ["../../x", "1.2", "1.2.3/../../../other", "1.2.3;id", "$(id)", "1.2.3\nx=y", "latest", "-h"]
    {
        let said = machine.install(version).0.ended(2);
        assert!(said.contains("neither a version"), "{version}: {said}");
        assert_eq!(machine.calls(), "", "{version}");
    }
    fs::remove_file(machine.folder.path("bin/hrkulint")).unwrap();
    machine.install("installed").0.ended(2);
}

/// The arguments that the scan gets for some inputs, one a line.
fn arguments(inputs: &[(&str, &str)]) -> String {
    let machine = Machine::new();
    machine.program("hrkulint", r#"printf '%s\n' "$@""#);
    let mut command = bash();
    command.arg(root().join("scripts/action-scan.sh")).env_clear().env("PATH", "/usr/bin:/bin");
    command.env("HRKULINT_BINARY", machine.folder.path("bin/hrkulint")).env("RUNNER_TEMP", "/t");
    command.current_dir(machine.folder.root()).envs(inputs.iter().copied());
    Ran::of(&mut command).ended(0)
}

#[test]
#[ignore = "needs bash"]
fn inputs_are_arguments_and_nothing_else() {
    let usual = "ci\ngithub\n--mode=auto\n--fetch\n--sarif-file=/t/hrkulint.sarif\n--\n.\n";
    assert_eq!(arguments(&[]), usual);
    let all = [
        ("HRKULINT_MODE", "files"),
        ("HRKULINT_FETCH", "false"),
        ("HRKULINT_VERIFY", "all"),
        ("HRKULINT_FAIL_ON", "error"),
        ("HRKULINT_CONFIG", "a b.toml"),
        ("HRKULINT_BASELINE", "--x"),
        ("HRKULINT_SARIF_FILE", "o.sarif"),
        ("HRKULINT_API_KEY_ENV", "A B\nC"),
        ("HRKULINT_ARGS", "--explain  --exclude *\n$(id) `id` ; \"a b\" \\"),
        ("HRKULINT_PATHS", "a b\n\n-c\n*\n$(id)"),
    ];
    let expected = "ci\ngithub\n--mode=files\n--verify=all\n--fail-on=error\n--config=a b.toml\n--baseline=--x\n\
        --sarif-file=o.sarif\n--api-key-env=A\n--api-key-env=B\n--api-key-env=C\n\
        --explain\n--exclude\n*\n$(id)\n`id`\n;\n\"a\nb\"\n\\\n--\na b\n-c\n*\n$(id)\n";
    assert_eq!(arguments(&all), expected);
}

#[test]
#[ignore = "needs bash"]
fn every_input_is_an_option_of_the_program() {
    let folder = installed();
    for (name, value) in [("HRKULINT_FETCH", "yes"), ("HRKULINT_VERIFY", "yes")] {
        let mut command = bash();
        command.arg(root().join("scripts/action-scan.sh")).env(name, value);
        let said = Ran::of(command.env("HRKULINT_BINARY", folder.path("hrkulint"))).ended(2);
        assert!(said.contains("::error title=hrkulint::the input "), "{said}");
    }
    let mut command = bash();
    command.arg(root().join("scripts/action-scan.sh")).env("HRKULINT_BINARY", folder.path("hrkulint"));
    command.env("HRKULINT_VERIFY", "true").env("HRKULINT_FAIL_ON", "note").env("HRKULINT_CONFIG", "c");
    command.env("HRKULINT_BASELINE", "b").env("HRKULINT_API_KEY_ENV", "K").env_remove("GITHUB_EVENT_NAME");
    let said = Ran::of(&mut command).ended(2);
    assert!(said.contains("the variable `GITHUB_EVENT_NAME` is not set"), "{said}");
}
