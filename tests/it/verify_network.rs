//! Where questions go, and where they never go: proxies, certificates, redirects, other hosts.

use std::fs;

use crate::standin::{Proxy, Scenario, Standin, Tls};
use crate::support::asked::{Asked, Scanned};
#[cfg(target_os = "linux")]
use crate::support::tool::Tool;

const ONE: &str = "[[account]]\ntoken = [{ token = \"{token:opaque:1}\", kind = \"api-key\" }]\n";

/// A stand-in over TLS, and a proxy that leads every name to it.
struct Proxied {
    asked: Asked,
    proxy: Proxy,
    authority: String,
}

impl Proxied {
    fn new(template: &str, names: Option<&[&str]>) -> Self {
        let scenario = Scenario::new(1, "asked", template);
        let tls = names.map_or_else(Tls::new, Tls::of);
        let standin = Standin::serve(scenario.clone(), Some(tls), Box::new(|_| {}));
        let proxy = Proxy::start(standin.address());
        let asked = Asked::with(standin, scenario);
        asked.write_all();
        let authority = asked.home().join("ca.pem");
        fs::write(&authority, asked.standin.ca_pem()).unwrap();
        let authority = authority.to_str().unwrap().to_owned();
        Self { asked, proxy, authority }
    }

    /// Asks Heroku by its name, with variables of which `PROXY` is the proxy's address.
    fn scan(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Scanned {
        let arguments = self.asked.arguments(&[&["--no-cache"], arguments].concat());
        let mut tool = self.asked.tool(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        for (name, value) in variables {
            tool = tool.env(name, value.replace("PROXY", &self.proxy.url()));
        }
        self.asked.finish(tool)
    }

    /// Nobody got to know the token, nor said anything of it.
    fn unsent(&self, scanned: &Scanned) {
        assert_eq!(scanned.state(self.asked.token("opaque:1")), "undetermined", "{:?}", scanned.json);
        let obstacle = scanned.obstacle(self.asked.token("opaque:1"));
        assert!(["network", "certificate", "proxy"].contains(&obstacle.as_str()), "{obstacle}");
        assert_eq!(self.asked.standin.requests().len(), 0);
        assert_eq!(self.proxy.plain().len(), 0);
        assert_eq!(scanned.output.status, 1);
    }
}

#[test]
fn heroku_is_asked_by_its_name_through_the_proxy_of_the_system() {
    let proxied = Proxied::new(ONE, None);
    let elsewhere = Proxy::start(proxied.asked.standin.address());
    let elsewhere_url = elsewhere.url();
    let mut requests = 0;
    for variables in [
        &[("HTTPS_PROXY", "PROXY")][..],
        &[("https_proxy", "PROXY")],
        &[("ALL_PROXY", "PROXY")],
        &[("HTTPS_PROXY", "PROXY"), ("NO_PROXY", "example.com,git.heroku.com")],
        &[("HTTPS_PROXY", "PROXY"), ("HTTP_PROXY", &elsewhere_url), ("ALL_PROXY", &elsewhere_url)],
        &[
            ("HTTPS_PROXY", "PROXY"),
            ("HEROKU_HOST", "https://127.0.0.1:1"),
            ("HEROKU_API_URL", "http://127.0.0.1:1"),
        ],
    ] {
        let scanned = proxied.scan(&["--ca-file", &proxied.authority], variables);
        requests += 3;
        assert_eq!(scanned.kinds(proxied.asked.token("opaque:1")), ["account-api-key"], "{variables:?}");
        assert_eq!(proxied.asked.standin.requests().len(), requests, "{variables:?}");
    }
    for request in proxied.asked.standin.requests() {
        assert_eq!(request.header("host"), Some("api.heroku.com"));
        assert_eq!(request.header("proxy-authorization"), None);
    }
    assert!(proxied.proxy.tunnels().iter().all(|it| it == "api.heroku.com:443"));
    assert_eq!((proxied.proxy.plain().len(), elsewhere.plain().len(), elsewhere.tunnels().len()), (0, 0, 0));
}

#[test]
fn the_password_of_a_proxy_stays_with_it() {
    let proxied = Proxied::new(ONE, None);
    let url = proxied.proxy.url().replace("http://", "http://somebody:hunter2@");
    for authority in [Some(proxied.authority.as_str()), None] {
        let arguments = authority.map_or(vec![], |it| vec!["--ca-file", it]);
        let scanned = proxied.scan(&arguments, &[("HTTPS_PROXY", &url)]);
        for text in [&scanned.output.stdout, &scanned.output.stderr, &scanned.json.to_string()] {
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
    assert_eq!(proxied.asked.standin.requests().len(), 3);
    assert!(proxied.asked.standin.requests().iter().all(|it| it.header("proxy-authorization").is_none()));
}

/// As in minimal images: what Mozilla trusts is trusted then, and what the user says.
#[cfg(target_os = "linux")]
#[test]
fn a_machine_without_certificates_can_ask() {
    let proxied = Proxied::new(ONE, None);
    let none =
        [("HTTPS_PROXY", "PROXY"), ("SSL_CERT_FILE", "/nonexistent"), ("SSL_CERT_DIR", "/nonexistent")];
    let scanned = proxied.scan(&["--ca-file", &proxied.authority], &none);
    assert_eq!(scanned.state(proxied.asked.token("opaque:1")), "live");
    let proxied = Proxied::new(ONE, None);
    let scanned = proxied.scan(&[], &none);
    proxied.unsent(&scanned);
    assert_eq!(scanned.obstacle(proxied.asked.token("opaque:1")), "certificate");
}

#[test]
fn nobody_else_than_heroku_gets_a_token() {
    let through = [("HTTPS_PROXY", "PROXY")];
    // An authority that the system does not trust.
    let proxied = Proxied::new(ONE, None);
    let scanned = proxied.scan(&[], &through);
    assert_eq!(proxied.proxy.tunnels()[0], "api.heroku.com:443");
    proxied.unsent(&scanned);
    assert_eq!(scanned.obstacle(proxied.asked.token("opaque:1")), "certificate");
    // Another authority than the one that is trusted.
    let proxied = Proxied::new(ONE, None);
    fs::write(&proxied.authority, Tls::new().ca_pem()).unwrap();
    proxied.unsent(&proxied.scan(&["--ca-file", &proxied.authority], &through));
    // A certificate for others.
    for names in
        [&["example.com"][..], &["heroku.com"], &["xapi.heroku.com", "127.0.0.1"], &["*.example.com"]]
    {
        let proxied = Proxied::new(ONE, Some(names));
        proxied.unsent(&proxied.scan(&["--ca-file", &proxied.authority], &through));
    }
    // The same by an address.
    let proxied = Proxied::new(ONE, Some(&["api.heroku.com"]));
    let url = proxied.asked.standin.url();
    proxied.unsent(&proxied.scan(&["--ca-file", &proxied.authority, "--api-url", &url], &[]));
    let proxied = Proxied::new(ONE, None);
    let url = proxied.asked.standin.url();
    proxied.unsent(&proxied.scan(&["--api-url", &url], &[]));
    // Plain HTTP where TLS is spoken, and the other way round.
    let url = url.replace("https", "http");
    proxied.unsent(&proxied.scan(&["--api-url", &url], &[]));
    let plain = Asked::new(ONE);
    let url = plain.standin.url().replace("http", "https");
    let scanned = plain.write_all().scan(&["--api-url", &url]);
    assert_eq!(scanned.state(plain.token("opaque:1")), "undetermined");
    assert_eq!(plain.standin.requests().len(), 0);
}

#[test]
fn a_stand_in_is_asked_without_a_proxy() {
    for encrypted in [false, true] {
        let scenario = Scenario::new(1, "asked", ONE);
        let standin =
            if encrypted { Standin::start_tls(scenario.clone()) } else { Standin::start(scenario.clone()) };
        let asked = Asked::with(standin, scenario);
        asked.write_all();
        let proxy = Proxy::start(asked.standin.address());
        let authority = asked.home().join("ca.pem");
        fs::write(
            &authority,
            if encrypted { asked.standin.ca_pem().to_owned() } else { Tls::new().ca_pem().to_owned() },
        )
        .unwrap();
        let mut tool = asked.prepared(&["--ca-file", authority.to_str().unwrap()]);
        for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            tool = tool.env(name, proxy.url());
        }
        let scanned = asked.finish(tool);
        assert_eq!(scanned.kinds(asked.token("opaque:1")), ["account-api-key"]);
        assert_eq!((asked.standin.requests().len(), proxy.tunnels().len(), proxy.plain().len()), (3, 0, 0));
    }
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = Standin::start(Scenario::new(1, "asked", ONE));
    for path in ["/account", "/oauth/authorizations"] {
        for status in [301, 302, 303, 307, 308] {
            for target in [
                format!("{}/account", elsewhere.url()),
                "//127.0.0.1:9/account".to_owned(),
                "/users/~".to_owned(),
            ] {
                let fault = format!(
                    "[[fault]]\nexact-path = \"{path}\"\nstatus = {status}\nredirect = \"{target}\"\n"
                );
                let asked = Asked::new(&format!("{ONE}{fault}"));
                let scanned = asked.write_all().scan(&["--no-cache"]);
                let expected = if path == "/account" { "undetermined" } else { "live" };
                assert_eq!(scanned.state(asked.token("opaque:1")), expected, "{fault}");
                assert_eq!(asked.count("opaque:1", "/users/~"), 0, "{fault}");
                assert_eq!(asked.count("opaque:1", path), 1, "an answer like any other: {fault}");
            }
        }
    }
    assert_eq!(elsewhere.requests().len(), 0);
    let proxied =
        Proxied::new(&format!("{ONE}[[fault]]\nredirect = \"https://elsewhere.example/account\"\n"), None);
    proxied.scan(&["--ca-file", &proxied.authority], &[("HTTPS_PROXY", "PROXY")]);
    assert_eq!(proxied.proxy.tunnels(), ["api.heroku.com:443"]);
}

#[test]
fn certificates_come_from_a_file_of_certificates() {
    let asked = Asked::new(ONE);
    asked.write_all().write("empty.pem", "").write("text.pem", "no certificate\n").write("folder/x", "");
    asked.write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    for file in ["empty.pem", "text.pem", "broken.pem", "folder", "missing.pem", "/dev/null"] {
        let url = asked.standin.url();
        let output = asked.tool(&["scan", "--verify", "--api-url", &url, "--ca-file", file]).status(2);
        assert!(
            output.stderr.contains("certificate") || output.stderr.contains("HTTPS"),
            "{file}: {}",
            output.stderr
        );
    }
    assert_eq!(asked.standin.requests().len(), 0);
}

/// What a run does with the network, by `strace`; nothing can be connected to.
#[cfg(target_os = "linux")]
fn traced(asked: &Asked, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let log = asked.home().join("trace.log");
    let strace = [
        "-f",
        "-qq",
        "-e",
        "trace=network,execve",
        "-e",
        "inject=connect:error=ENETUNREACH",
        "-o",
        log.to_str().unwrap(),
    ];
    let mut tool = Tool::traced(&strace, arguments).cwd(asked.folder.root()).any_stderr();
    for (name, value) in variables {
        tool = tool.env(name, value);
    }
    let output = tool.run();
    let text = fs::read_to_string(&log).unwrap_or_else(|_| panic!("strace is needed: {output:?}"));
    assert!(output.status < 3, "{output:?}");
    text
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs strace"]
fn without_being_told_to_ask_no_socket_is_opened() {
    let asked = Asked::new(ONE);
    asked.write_all();
    let token = asked.token("opaque:1").to_owned();
    let variables = [("HEROKU_API_KEY", token.as_str()), ("HTTPS_PROXY", "http://127.0.0.1:9")];
    let url = asked.standin.url();
    for arguments in [
        &["scan", "."][..],
        &["scan", "--env", "--min-confidence", "low", "--explain", "."],
        &["scan", "--api-url", &url, "--report", "sarif", "."],
        &["baseline"],
        &["rules"],
        &["config"],
    ] {
        let trace = traced(&asked, arguments, &variables);
        assert!(!trace.contains("AF_INET") && !trace.contains("connect("), "{arguments:?}: {trace}");
        let programs = trace.lines().filter(|line| line.contains("execve(")).count();
        assert_eq!(programs, 1, "no other program is run: {trace}");
    }
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs strace"]
fn a_proxy_is_used_for_what_it_is_for() {
    let asked = Asked::new(ONE);
    asked.write_all();
    let scan = ["scan", "--verify", "--request-rate", "0", "--no-cache", "."];
    let proxy = "http://127.0.0.1:9";
    let reached = |variables: &[(&str, &str)]| {
        let trace = traced(&asked, &scan, variables);
        assert!(trace.contains("connect("), "it asks: {trace}");
        assert_eq!(trace.matches("execve(").count(), 1, "no other program is run: {trace}");
        trace.contains("htons(9)")
    };
    assert!(reached(&[("HTTPS_PROXY", proxy)]));
    assert!(reached(&[("HTTPS_PROXY", proxy), ("NO_PROXY", "git.heroku.com")]));
    assert!(!reached(&[("HTTP_PROXY", proxy), ("http_proxy", proxy)]));
    for none in ["api.heroku.com", "heroku.com", ".heroku.com", "*", "example.com, api.heroku.com"] {
        assert!(!reached(&[("HTTPS_PROXY", proxy), ("NO_PROXY", none)]), "{none}");
    }
    assert!(!reached(&[("HEROKU_HOST", proxy), ("HEROKU_API_URL", proxy)]));
}
