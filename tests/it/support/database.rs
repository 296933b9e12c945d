//! A PostgreSQL of the test's own, that goes away with its value.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};

use super::folder::Folder;
use crate::standin::Tls;

/// Its password: no form of token.
pub(crate) const PASSWORD: &str = "a password of a test";
/// PostgreSQL does not run as root: this is `nobody`.
const NOBODY: u32 = 65534;

/// A running PostgreSQL.
pub(crate) struct Database {
    folder: Folder,
    programs: PathBuf,
    port: u16,
    server: Mutex<Child>,
    tls: Tls,
}

impl Database {
    /// Starts one, with nothing in it.
    pub(crate) fn start() -> Self {
        let folder = Folder::new();
        fs::set_permissions(folder.root(), fs::Permissions::from_mode(0o711)).unwrap();
        let (programs, home) = (programs(), folder.path("home"));
        fs::create_dir(&home).unwrap();
        fs::write(home.join("password"), PASSWORD).unwrap();
        let tls = Tls::new();
        let [certificate, key] = tls.own_pem();
        fs::write(home.join("server.crt"), certificate).unwrap();
        fs::write(home.join("server.key"), key).unwrap();
        fs::set_permissions(home.join("server.key"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(folder.path("ca.pem"), tls.ca_pem()).unwrap();
        if is_root(folder.root()) {
            for path in [home.clone(), home.join("password"), home.join("server.key")] {
                chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
            }
        }
        let made = command(&programs.join("initdb"), &home)
            .args(["-U", "hrkulint", "-A", "scram-sha-256", "--no-sync", "-E", "UTF8", "--locale", "C"])
            .args(["--pwfile", "password", "-D", "data"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Mutex::new(serve(&programs, &home, port));
        let this = Self { folder, programs, port, server, tls };
        drop(this.client());
        this
    }

    /// Its URL, with the password.
    pub(crate) fn url(&self) -> String {
        format!("postgres://hrkulint:{}@127.0.0.1:{}/postgres", PASSWORD.replace(' ', "%20"), self.port)
    }

    /// Its URL without the password.
    pub(crate) fn bare_url(&self) -> String {
        format!("postgres://hrkulint@127.0.0.1:{}/postgres", self.port)
    }

    /// A file with the authority of its certificate.
    pub(crate) fn authority(&self) -> PathBuf {
        debug_assert!(self.tls.ca_pem().contains("CERTIFICATE"));
        self.folder.path("ca.pem")
    }

    /// A connection of the test's own.
    pub(crate) fn client(&self) -> Client {
        let start = Instant::now();
        loop {
            match Client::connect(&self.url(), NoTls) {
                Ok(mut client) => {
                    client.batch_execute("SET search_path TO hrkulint").unwrap();
                    return client;
                }
                Err(error) => assert!(start.elapsed() < Duration::from_secs(60), "{error}"),
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Stops it in the middle of everything, and starts it again.
    pub(crate) fn restart(&self) {
        let home = self.folder.path("home");
        let mut server = self.server.lock().unwrap();
        stop(&self.programs, &home, &mut server);
        *server = serve(&self.programs, &home, self.port);
        drop(server);
        drop(self.client());
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        stop(&self.programs, &self.folder.path("home"), &mut self.server.lock().unwrap());
    }
}

/// Where PostgreSQL's programs are: `initdb` is not in `PATH` on Debian.
#[expect(clippy::disallowed_methods, reason = "programs are found where the tests find them")]
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut all: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<PathBuf> = debian.map(|it| it.path().join("bin")).collect();
    debian.sort();
    all.extend(debian.into_iter().rev());
    all.into_iter().find(|it| it.join("initdb").is_file()).expect("PostgreSQL is needed")
}

fn is_root(of: &Path) -> bool {
    of.metadata().unwrap().uid() == 0
}

#[expect(clippy::disallowed_methods, reason = "this is where the tests start PostgreSQL")]
fn command(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(home).env_clear().env("HOME", home).env("LC_ALL", "C").stdin(Stdio::null());
    if is_root(home.parent().unwrap()) {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

fn serve(programs: &Path, home: &Path, port: u16) -> Child {
    let settings = [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        "unix_socket_directories=".to_owned(),
        "fsync=off".to_owned(),
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", home.join("server.crt").display()),
        format!("ssl_key_file={}", home.join("server.key").display()),
    ];
    let mut command = command(&programs.join("postgres"), home);
    command.args(["-D", "data"]);
    for setting in &settings {
        command.args(["-c", setting]);
    }
    command.stdout(Stdio::null()).stderr(fs::File::create(home.join("log")).unwrap()).spawn().unwrap()
}

/// As a machine that is turned off ends it.
fn stop(programs: &Path, home: &Path, server: &mut Child) {
    let stopped = command(&programs.join("pg_ctl"), home)
        .args(["-D", "data", "-m", "immediate", "-w", "stop"])
        .stdout(Stdio::null())
        .status();
    if !stopped.is_ok_and(|it| it.success()) {
        let _ = server.kill();
    }
    let _ = server.wait();
}
