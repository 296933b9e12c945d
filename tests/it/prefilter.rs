//! Detection with and without the prefilter is equal: whatever has a candidate has a needle.

use std::path::Path;

use base64::Engine as _;
use hrkulint::detect::detect;
use hrkulint::needle;
use hrkulint::text::{Encoding, Text};

use crate::support::token::{BASE64URL, Generator, token};

const BLOBS: u64 = 100_000;

const WORDS: &[&str] = &[
    "HEROKU_API_KEY",
    "heroku",
    "Heroku",
    "hErOkU",
    "api_key",
    "token",
    "password",
    "HEROKU_APP_ID",
    "provider",
    "machine api.heroku.com",
    "git.heroku.com",
    "PlatformAPI.connect_oauth",
    "connect_oauth",
    "heroku3.from_key",
    "auth:token",
    "authorizations:create",
    "platform-api",
    "Long-lived user authorization",
    "Authorization",
    "Bearer",
    "value",
    "name",
    "npm_token",
    "request_id",
    "config:set",
    "curl -u",
    "login",
    "id",
];
const JOINTS: &[&str] = &[
    " ", "=", ": ", "\n", "\": \"", " = '", "('", "@", "/", "://", ", ", "\\n", "%3D", "|", "  ", "{", "}",
    "\t", "&#61;",
];

fn piece(random: &mut Generator) -> String {
    match random.below(9) {
        0 | 1 => token("uuid", random).unwrap(),
        2 => token("opaque", random).unwrap(),
        3 => token("prefixed-uuid", random).unwrap(),
        4 => {
            let length = random.below(70) + 1;
            random.text(BASE64URL, length)
        }
        _ => WORDS[random.below(WORDS.len())].to_owned(),
    }
}

fn encode(text: &str, random: &mut Generator) -> Vec<u8> {
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes).into_bytes();
    let each = |write: fn(u8) -> String| text.bytes().map(write).collect::<String>().into_bytes();
    match random.below(14) {
        0 => base64(text.as_bytes()),
        1 => base64(&base64(text.as_bytes())),
        2 => each(|b| format!("%{b:02X}")),
        3 => {
            each(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02x}") })
        }
        4 => each(|b| format!("\\u{b:04x}")),
        5 => each(|b| format!("\\x{b:02X}")),
        6 => each(|b| format!("&#{b};")),
        7 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        8 => base64(&text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
        9 => text.replace('-', "\\u002d").into_bytes(),
        _ => text.as_bytes().to_vec(),
    }
}

fn blob(random: &mut Generator) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..=random.below(4) {
        let mut text = String::new();
        for _ in 0..=random.below(4) {
            text.push_str(&piece(random));
            text.push_str(JOINTS[random.below(JOINTS.len())]);
        }
        out.extend(encode(&text, random));
        out.extend(JOINTS[random.below(JOINTS.len())].as_bytes());
    }
    if random.below(12) == 0 {
        let text = String::from_utf8_lossy(&out).into_owned();
        out = text
            .encode_utf16()
            .flat_map(if random.below(2) == 0 { u16::to_le_bytes } else { u16::to_be_bytes })
            .collect();
    }
    out
}

/// Whether detection finds what the prefilter would drop.
fn lost(bytes: &[u8], path: &str) -> bool {
    let encoding = Encoding::sniff(bytes);
    if needle::any(bytes, encoding) || needle::context_in_path(path) {
        return false;
    }
    let text = Text::new(bytes, encoding);
    !detect(&text.bytes, encoding, path, false).is_empty()
}

#[test]
fn the_prefilter_loses_nothing_in_generated_blobs() {
    let mut dropped = 0;
    for seed in 0..BLOBS {
        let bytes = blob(&mut Generator::new(seed, &["prefilter"]));
        assert!(!lost(&bytes, "file.txt"), "seed {seed}: {}", String::from_utf8_lossy(&bytes));
        dropped += u64::from(!needle::any(&bytes, Encoding::sniff(&bytes)));
    }
    println!("{dropped} of {BLOBS} blobs have no needle");
    assert!(dropped > BLOBS / 20, "the generator must make blobs that the prefilter drops");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the folder may be chosen from outside")]
fn the_prefilter_loses_nothing_in_a_real_tree() {
    let tree = std::env::var_os("HRKULINT_TREE")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), Into::into);
    let mut files = 0_u64;
    let mut folders = vec![tree];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() && entry.metadata().unwrap().len() <= 8 << 20 {
                let bytes = std::fs::read(entry.path()).unwrap();
                assert!(!lost(&bytes, "file.txt"), "{}", entry.path().display());
                files += 1;
            }
        }
    }
    println!("{files} files");
    assert!(files > 0);
}
