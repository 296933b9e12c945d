//! A GitHub App in place of somebody's token: it proves that it has its key, and asks for tokens that end.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer};

use crate::support::organisation::{CREDENTIAL, Organisation};
use crate::support::tool::Output;

/// A key that was made for this test, and is used nowhere else.
fn key() -> Vec<u8> {
    STANDARD.decode(include_str!("app.key.base64").replace('\n', "")).unwrap()
}

/// The same as people get it.
fn pem() -> String {
    let dashes = "-".repeat(5);
    let line = |what: &str| format!("{dashes}{what} RSA PRIVATE KEY{dashes}\n");
    line("BEGIN") + include_str!("app.key.base64") + &line("END")
}

/// What a verifier needs of it: the key itself, behind what says that it is RSA.
fn public() -> Vec<u8> {
    let key = PrivateKeyDer::Pkcs1(PrivatePkcs1KeyDer::from(key()));
    let key = any_supported_type(&key).unwrap();
    key.public_key().unwrap().as_ref()[24..].to_vec()
}

/// A run in which no token is given, but an app.
fn read(organisation: &Organisation, pem: &str) -> Output {
    let file = organisation.home.path("app.pem");
    std::fs::write(&file, pem).unwrap();
    let tool = organisation.prepared(&[]).env("GH_ENTERPRISE_TOKEN", "").env("GITHUB_APP_ID", "4711");
    tool.env("GITHUB_APP_PRIVATE_KEY_FILE", file).run()
}

/// How many tokens the forge gave.
fn given(organisation: &Organisation) -> usize {
    organisation.forge.requests().iter().filter(|it| it.path().ends_with("/access_tokens")).count()
}

#[test]
fn an_app_reads_what_it_may_see() {
    let organisation = Organisation::new(12);
    organisation.forge.install(public(), 3600);
    let output = read(&organisation, &pem());
    assert_eq!((output.status, given(&organisation)), (0, 1), "{output:?}");
    assert_eq!(organisation.places(&[]), organisation.truth);
    organisation.check_clean(&[&output]);
    assert!(!format!("{output:?}").contains(CREDENTIAL));
}

#[test]
fn a_token_that_ends_is_renewed() {
    let organisation = Organisation::new(6);
    organisation.forge.install(public(), 300);
    let output = read(&organisation, &pem());
    assert_eq!(output.status, 0, "{output:?}");
    assert!(given(&organisation) > 6, "{}", given(&organisation));
    assert_eq!(organisation.places(&[]), organisation.truth);
}

#[test]
fn what_is_wrong_with_an_app_is_said() {
    let organisation = Organisation::new(2);
    // It is not installed.
    let output = read(&organisation, &pem());
    assert_eq!(output.status, 3, "{output:?}");
    assert!(output.stderr.contains("GitHub App: it is not installed for `acme`"), "{output:?}");
    // The forge knows another key.
    let mut other = public();
    other[40] ^= 1;
    organisation.forge.install(other, 3600);
    let output = read(&organisation, &pem());
    assert_eq!(output.status, 3, "{output:?}");
    assert!(output.stderr.contains("does not accept the key for this app"), "{output:?}");
    // It is no key.
    let output = read(&organisation, "nothing\n");
    assert_eq!(output.status, 2, "{output:?}");
    assert!(output.stderr.contains("is not an RSA key in PEM form"), "{output:?}");
    let tool = organisation.prepared(&[]).env("GH_ENTERPRISE_TOKEN", "").env("GITHUB_APP_ID", "4711");
    let output = tool.run();
    assert!(output.stderr.contains("no key of the app is"), "{output:?}");
}
