//! Serves a scenario until it is killed: `cargo run --example standin -- SCENARIO.toml`.

#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::panic, reason = "an aid for tests by hand")]

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::Parser;
use serde_json::json;

#[path = "mod.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod standin;
#[path = "../it/support"]
mod support {
    pub(crate) mod template;
    pub(crate) mod token;
}

use self::standin::{Proxy, Request, Scenario, Standin, Tls};

/// Stands in for Heroku's API.
#[derive(Parser)]
struct Arguments {
    /// What it knows; `tests/standin/scenario.rs` says how to write it.
    scenario: PathBuf,
    /// Serve https, and write the authority's certificate to `ca.pem` in this folder.
    #[arg(long, value_name = "DIR")]
    tls: Option<PathBuf>,
    /// Also serve a proxy that leads every host here, for `HTTPS_PROXY`.
    #[arg(long, requires = "tls")]
    proxy: bool,
    /// Write each request to this file, as one line of JSON.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Write the tokens to this file, as variables.
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// Other numbers give other tokens.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() {
    let arguments = Arguments::parse();
    let template = std::fs::read_to_string(&arguments.scenario).unwrap();
    let scenario = Scenario::new(arguments.seed, "standin", &template);
    if let Some(path) = &arguments.tokens {
        let mut file = private(path);
        for (name, token) in scenario.tokens() {
            let name = name.to_ascii_uppercase().replace([':', '-'], "_");
            writeln!(file, "TOKEN_{name}={token}").unwrap();
        }
    }
    let record = arguments.record.as_deref().map(|path| Mutex::new(private(path)));
    let watch = move |request: &Request| {
        if let Some(file) = &record {
            writeln!(file.lock().unwrap(), "{}", line(request)).unwrap();
        }
    };
    let tls = arguments.tls.is_some().then(Tls::new);
    let standin = Standin::serve(scenario, tls, Box::new(watch));
    println!("{}", standin.url());
    if let Some(folder) = &arguments.tls {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("ca.pem"), standin.ca_pem()).unwrap();
    }
    let proxy = arguments.proxy.then(|| Proxy::start(standin.address()));
    if let Some(proxy) = &proxy {
        println!("{}", proxy.url());
    }
    loop {
        std::thread::park();
    }
}

/// A new file that only its owner reads.
fn private(path: &Path) -> File {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).unwrap()
}

/// A request as JSON.
fn line(request: &Request) -> serde_json::Value {
    json!({
        "method": request.method, "target": request.target, "headers": request.headers,
        "body": String::from_utf8_lossy(&request.body), "at_ms": request.at.as_millis(),
        "account": request.account, "in_flight": request.in_flight, "connection": request.connection,
    })
}
