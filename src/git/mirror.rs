//! Copies of other machines' repositories: made once, and brought up to date.
//!
//! What a copy comes from is not trusted: it gets no hooks and no configuration of its own, nothing is checked out, no other
//! protocol is spoken than what the URL says, and no redirect is followed. A credential is handed to git in its environment,
//! bound to one host, so that it stands neither in arguments nor on disk.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::fetch::NETWORK;
use super::{git, missing, said};
use crate::error::UsageError;
use crate::mask::mask_text;

/// Every reference of the other side, and none that it has no more.
const EVERYTHING: &str = "+refs/*:refs/*";

/// The longest that git may take for one copy.
const LONGEST: Duration = Duration::from_secs(4 * 3600);

/// A header for the requests to one host.
pub struct Header {
    /// Scheme, host and port, with `/` at the end.
    pub scope: String,
    /// The header.
    pub text: Zeroizing<String>,
}

/// Where a copy comes from.
pub struct Origin<'a> {
    /// Its URL, without credentials.
    pub url: &'a str,
    /// What proves who asks.
    pub header: Option<&'a Header>,
    /// PEM file of certificates that are trusted too.
    pub authority: Option<&'a Path>,
}

/// Why there is no copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// There is no such repository, or none that may be seen.
    Absent(String),
    /// Who asks may not see it.
    Refused(String),
    /// It is elsewhere now.
    Moved(String),
    /// Something that may be better the next time.
    Passing(String),
    /// Git cannot be run at all.
    Git(String),
}

impl Trouble {
    /// What happened, as a sentence without an end; masked.
    pub fn text(&self) -> &str {
        match self {
            Self::Absent(text)
            | Self::Refused(text)
            | Self::Moved(text)
            | Self::Passing(text)
            | Self::Git(text) => text,
        }
    }

    fn of(output: &Output) -> Self {
        let all = String::from_utf8_lossy(&output.stderr).to_ascii_lowercase();
        let text = mask_text(&said(&output.stderr));
        let has = |words: &[&str]| words.iter().any(|word| all.contains(word));
        if has(&["returned error: 301", "returned error: 302", "returned error: 307", "returned error: 308"])
        {
            Self::Moved(text)
        } else if has(&[
            "could not read username",
            "authentication failed",
            "returned error: 401",
            "returned error: 403",
        ]) {
            Self::Refused(text)
        } else if has(&[
            "not found",
            "does not exist",
            "not appear to be a git",
            "returned error: 404",
            "returned error: 410",
        ]) {
            Self::Absent(text)
        } else {
            Self::Passing(text)
        }
    }
}

impl Origin<'_> {
    /// Makes a copy in a folder that is not there yet.
    pub fn copy(&self, into: &Path) -> Result<(), Trouble> {
        let mut command = self.command();
        command.args(["clone", "--quiet", "--mirror", "--no-hardlinks", "--template="]);
        command.args(["--upload-pack=git-upload-pack", "--", self.url]).arg(into);
        run(&mut command).map(drop)
    }

    /// Brings a copy up to date.
    pub fn update(&self, copy: &Path) -> Result<(), Trouble> {
        let mut command = self.command();
        command.arg("-C").arg(copy);
        // What came once stays in a pack of its own, so that it is known what was searched.
        command.args(["-c", "fetch.unpackLimit=1", "-c", "transfer.unpackLimit=1"]);
        command.args(["fetch", "--quiet", "--prune", "--force", "--no-auto-gc", "--no-recurse-submodules"]);
        command.args(["--no-write-fetch-head", "--upload-pack=git-upload-pack", "--", self.url, EVERYTHING]);
        run(&mut command).map(drop)
    }

    /// Makes few packs of many small ones, as every fetch adds one. Large ones stay as they are.
    pub fn tidy(copy: &Path) -> Result<(), Trouble> {
        let mut command = super::command_at(copy);
        command.args(["repack", "--quiet", "-d", "--geometric=2"]);
        run(&mut command).map(drop)
    }

    /// The name of the main branch, as the other side says.
    pub fn branch(&self) -> Result<Option<String>, Trouble> {
        let mut command = self.command();
        command.args([
            "ls-remote",
            "--quiet",
            "--symref",
            "--upload-pack=git-upload-pack",
            "--",
            self.url,
            "HEAD",
        ]);
        let output = run(&mut command)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let name =
            text.lines().find_map(|line| line.strip_prefix("ref: refs/heads/")?.strip_suffix("\tHEAD"));
        Ok(name.map(str::to_owned))
    }

    /// Git, with what reaches the other side and nothing that it could choose.
    fn command(&self) -> Command {
        let mut command = git();
        for name in super::REPOSITORY.iter().filter(|name| !name.starts_with("GIT_CONFIG")) {
            command.env_remove(name);
        }
        command.args(["-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "http.followRedirects=false"]);
        // What sends nothing for a minute sends nothing more.
        command.args(["-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=60"]);
        command.args([
            "-c",
            "transfer.bundleURI=false",
            "-c",
            "fetch.bundleURI=",
            "-c",
            "fetch.writeCommitGraph=false",
        ]);
        command.args([
            "-c",
            "core.askPass=",
            "-c",
            "submodule.recurse=false",
            "-c",
            "fetch.recurseSubmodules=false",
        ]);
        for name in NETWORK {
            if let Some(value) = super::variable(name) {
                command.env(name, value);
            }
        }
        // Nobody is there to answer.
        command.env_remove("GIT_ASKPASS").env("SSH_ASKPASS_REQUIRE", "never");
        if super::variable("GIT_SSH_COMMAND").is_none() && super::variable("GIT_SSH").is_none() {
            command.env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oConnectTimeout=20");
        }
        command.env("GIT_ALLOW_PROTOCOL", protocol(self.url));
        if self.url.starts_with("http://") {
            // It is this machine; a proxy would see the credential.
            command.env("NO_PROXY", "*").env("no_proxy", "*");
        }
        if let Some(path) = self.authority {
            command.env("GIT_SSL_CAINFO", path);
        }
        if let Some(header) = self.header {
            command.env("GIT_CONFIG_COUNT", "1");
            command.env("GIT_CONFIG_KEY_0", format!("http.{}.extraHeader", header.scope));
            command.env("GIT_CONFIG_VALUE_0", header.text.as_str());
        }
        command
    }
}

/// The one protocol that a URL may be fetched by.
fn protocol(url: &str) -> &'static str {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        Some("https") => "https",
        Some("http") => "http",
        Some("file") => "file",
        // `ssh://`, and `git@host:path`.
        Some("ssh") | None => "ssh",
        Some(_) => "",
    }
}

/// Runs git, for so long at most: the other side can send a byte now and then for ever.
fn run(command: &mut Command) -> Result<Output, Trouble> {
    let failed = |error: &io::Error| Trouble::Git(missing(error).message);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| failed(&error))?;
    let (stdout, stderr) = (drain(child.stdout.take()), drain(child.stderr.take()));
    let start = Instant::now();
    let mut wait = Duration::from_millis(1);
    let status = loop {
        match child.try_wait().map_err(|error| failed(&error))? {
            Some(status) => break status,
            None if start.elapsed() > LONGEST => {
                // What it has begun ends when nobody reads it any more.
                let _ = child.kill();
                let _ = child.wait();
                let hours = LONGEST.as_secs() / 3600;
                return Err(Trouble::Git(format!("it was not copied within {hours} hours")));
            }
            None => thread::sleep(wait),
        }
        wait = (wait * 2).min(Duration::from_millis(50));
    };
    let read = |reader: thread::JoinHandle<Vec<u8>>| reader.join().unwrap_or_default();
    let output = Output { status, stdout: read(stdout), stderr: read(stderr) };
    if output.status.success() { Ok(output) } else { Err(Trouble::of(&output)) }
}

/// Reads what a program prints, the first part of it.
fn drain(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.by_ref().take(super::SAID).read_to_end(&mut text);
            let _ = io::copy(&mut pipe, &mut io::sink());
        }
        text
    })
}

/// Makes a branch the main one, if it is there. A copy is made with the right one; later it may become another.
pub fn set_branch(copy: &Path, branch: &str) -> Result<(), UsageError> {
    let name = format!("refs/heads/{branch}");
    let run = |words: &[&str]| super::command_at(copy).args(words).output().map_err(|error| missing(&error));
    if run(&["show-ref", "--verify", "--quiet", "--", &name])?.status.success() {
        run(&["symbolic-ref", "HEAD", &name])?;
    }
    Ok(())
}

/// What every reference of a repository names, in git's order, and what HEAD does: two repositories that say the same hold
/// the same. One reference a line.
pub fn tips(folder: &Path) -> Result<String, UsageError> {
    let run =
        |words: &[&str]| super::command_at(folder).args(words).output().map_err(|error| missing(&error));
    let references = run(&["for-each-ref", "--format=%(objectname) %(refname)"])?;
    if !references.status.success() {
        let said = mask_text(&said(&references.stderr));
        return Err(UsageError::new(format!("git could not list references: {said}")));
    }
    let head = run(&["rev-parse", "--quiet", "--verify", "HEAD"])?;
    let mut text = String::from_utf8_lossy(&references.stdout).into_owned();
    text.push_str(String::from_utf8_lossy(&head.stdout).trim());
    text.push_str(" HEAD\n");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_fetched_by_its_own_protocol_alone() {
        for (url, expected) in [
            ("https://x/y", "https"),
            ("http://127.0.0.1/y", "http"),
            ("file:///y", "file"),
            ("ssh://git@x/y", "ssh"),
            ("git@x:y", "ssh"),
            ("ext://sh", ""),
            ("git://x/y", ""),
        ] {
            assert_eq!(protocol(url), expected, "{url}");
        }
    }
}
