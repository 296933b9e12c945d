//! Runs the program as a user would, with nothing of the machine's environment.

use std::ffi::OsStr;
use std::io::{Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// No test of the program takes this long; what hangs is killed.
const PATIENCE: Duration = Duration::from_secs(120);

/// One run of the program. Standard error has to be empty unless the test says otherwise.
pub(crate) struct Tool {
    command: Command,
    stdin: Vec<u8>,
    stderr: Expected,
    home: TempDir,
}

enum Expected {
    Nothing,
    Parts(Vec<String>),
    Anything,
}

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Tool {
    /// The program with arguments, an empty home folder and no other variables than `PATH`.
    #[expect(clippy::disallowed_methods, reason = "this is where the tests start the program")]
    pub(crate) fn new<S: AsRef<OsStr>>(arguments: &[S]) -> Self {
        Self::of(Command::new(env!("CARGO_BIN_EXE_hrkulint")), arguments)
    }

    /// The same, watched by `strace` with arguments of its own.
    #[cfg(target_os = "linux")]
    #[expect(clippy::disallowed_methods, reason = "this is where the tests start the program")]
    pub(crate) fn traced<S: AsRef<OsStr>>(strace: &[&str], arguments: &[S]) -> Self {
        let mut command = Command::new("strace");
        command.args(strace).arg("--").arg(env!("CARGO_BIN_EXE_hrkulint"));
        Self::of(command, arguments)
    }

    #[expect(clippy::disallowed_methods, reason = "programs are found where the tests find them")]
    fn of<S: AsRef<OsStr>>(mut command: Command, arguments: &[S]) -> Self {
        let home = tempfile::tempdir().unwrap();
        command.args(arguments).env_clear().env("HOME", home.path()).current_dir(home.path());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        Self { command, stdin: Vec::new(), stderr: Expected::Nothing, home }
    }

    /// Runs in a folder.
    pub(crate) fn cwd(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Sets a variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Gives standard input.
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Standard error has to hold this.
    pub(crate) fn stderr(mut self, part: impl Into<String>) -> Self {
        match &mut self.stderr {
            Expected::Parts(parts) => parts.push(part.into()),
            other => *other = Expected::Parts(vec![part.into()]),
        }
        self
    }

    /// Standard error may hold anything.
    pub(crate) fn any_stderr(mut self) -> Self {
        self.stderr = Expected::Anything;
        self
    }

    /// Runs, unless a moment comes at which it is killed; says whether it was.
    pub(crate) fn killed_when(mut self, mut moment: impl FnMut() -> bool) -> bool {
        self.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = self.command.spawn().unwrap();
        let start = Instant::now();
        while child.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < PATIENCE, "the program hangs");
            if moment() {
                child.kill().unwrap();
                return child.wait().unwrap().code().is_none();
            }
            thread::sleep(Duration::from_micros(300));
        }
        false
    }

    /// Starts it, and lets it run.
    pub(crate) fn start(mut self) -> Running {
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        let stdout = collect(child.stdout.take().unwrap());
        let stderr = collect(child.stderr.take().unwrap());
        Running { child, stdout: Some(stdout), stderr: Some(stderr), _home: self.home }
    }

    /// Runs and checks the exit status.
    pub(crate) fn status(self, expected: i32) -> Output {
        let stderr_of = |output: &Output| format!("stdout: {}\nstderr: {}", output.stdout, output.stderr);
        let output = self.run();
        assert_eq!(output.status, expected, "{}", stderr_of(&output));
        output
    }

    /// Runs.
    pub(crate) fn run(mut self) -> Output {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        let stdin = std::mem::take(&mut self.stdin);
        let mut pipe = child.stdin.take().unwrap();
        // The program may end without reading its input.
        let writer = thread::spawn(move || drop(pipe.write_all(&stdin)));
        let stdout = collect(child.stdout.take().unwrap());
        let stderr = collect(child.stderr.take().unwrap());
        let status = wait(&mut child);
        writer.join().unwrap();
        let output = Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() };
        match &self.stderr {
            Expected::Nothing => assert_eq!(output.stderr, "", "unexpected standard error: {output:?}"),
            Expected::Parts(parts) => {
                for part in parts {
                    assert!(output.stderr.contains(part), "no {part:?} in {:?}", output.stderr);
                }
            }
            Expected::Anything => {}
        }
        drop(self.home);
        output
    }
}

/// A run that goes on.
pub(crate) struct Running {
    child: Child,
    stdout: Option<thread::JoinHandle<String>>,
    stderr: Option<thread::JoinHandle<String>>,
    _home: TempDir,
}

impl Running {
    /// Sends it a signal, such as `STOP`.
    #[cfg(unix)]
    #[expect(clippy::disallowed_methods, reason = "this is how tests send signals")]
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("sh").args(["-c", "kill -\"$0\" \"$1\"", name, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self) -> Output {
        let status = wait(&mut self.child);
        let text = |pipe: Option<thread::JoinHandle<String>>| pipe.unwrap().join().unwrap();
        Output { status, stdout: text(self.stdout.take()), stderr: text(self.stderr.take()) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended, or the test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for a program's end, and gives its exit status.
pub(crate) fn wait(child: &mut Child) -> i32 {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().expect("the program was killed by a signal");
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("the program hangs");
        }
        thread::sleep(Duration::from_millis(3));
    }
}

/// Reads everything that a program writes.
pub(crate) fn collect(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
