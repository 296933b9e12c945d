//! Texts of the right shape that nobody ever issued: examples, masks, patterns.

use std::sync::LazyLock;

use crate::token::{Fingerprint, Token};

/// Fingerprints of the examples in public documentation and of other scanners' test vectors, sorted.
const DOCUMENTED: &[&str] = &[
    "0b95b662e9d31178de907bc675656a52",
    "1095d7d8ed84c9bea5830c226bb24617",
    "1f07e8aff360bd86f88acf4403226593",
    "237809d301d1dcce426ef9215c8f7d07",
    "23b01c2b9a5aef225ab456a7cc4cd29b",
    "24b4f5a9223789ff4e26f11379c564af",
    "3c97d1aa15c72d61f6aa24d0c31dce1f",
    "4106d0c77d8debef00e7cc21aef06652",
    "545cc865bd8dc5d4cb8e9066b7b8ed66",
    "551f6395026e06dbf9d18320dec00fbd",
    "57757770ecf787b1f16fd73e9e5d4942",
    "67a5376186999e50dbe8ba11b382da9d",
    "836242a7c95617574ef5b7732b648dc7",
    "96b12698f8288968dd1ad308ec8bf9c7",
    "9be0546caa4d231a42863c79aa93c1d1",
    "a925b29f1ae045a3e1b2de475aa22cc0",
    "af7416171d2fe82ace0fbe2d6a873ad3",
    "b0372cea610cc2dec3a0f882bc1f0cc0",
    "c1f5b79a22bb1fc2449147bd59874d5d",
    "c33054f5a9b4e8202b3d523dfa837248",
    "c58e6f01e914b1e34824b993d971a478",
    "cbd3a6eff9fd1310ae90ec5af9bf9466",
    "d44b6f25a9a31724766e0bac3008584f",
    "ded2640878bd613affd9dc4acd31bd89",
    "fece423da2053daa6bcb308c54acc904",
];

/// Words that a person writes into a token's place. A random text holds none of them.
const WORDS: &[&str] = &[
    "example",
    "placeholder",
    "changeme",
    "replace",
    "redacted",
    "xxxxxx",
    "your-",
    "your_",
    "yourtoken",
    "sample",
];

/// Why a token is a placeholder, if it is one. `body`: what is left of its text without a fixed prefix.
pub fn reason(body: &[u8], token: &Token) -> Option<&'static str> {
    let symbols: Vec<u8> = body.iter().filter(|&&b| b != b'-').map(u8::to_ascii_lowercase).collect();
    if distinct(&symbols) <= symbols.len().min(60) / 5 {
        return Some("the same few characters again and again");
    }
    if patterned(&symbols) * 2 >= symbols.len() {
        return Some("counts up or down, or repeats itself");
    }
    // Nearly all texts lack some letter of each word.
    let spelt = |word: &&&str| word.bytes().all(|b| b == b'-' || symbols.contains(&b));
    let mut words = WORDS.iter().filter(spelt).peekable();
    if words.peek().is_some() {
        let lower = String::from_utf8_lossy(body).to_ascii_lowercase();
        if words.any(|word| lower.contains(word)) {
            return Some("spells a word");
        }
    }
    is_documented(token.fingerprint()).then_some("an example from public documentation")
}

fn is_documented(fingerprint: Fingerprint) -> bool {
    static PARSED: LazyLock<Vec<Fingerprint>> =
        LazyLock::new(|| DOCUMENTED.iter().copied().filter_map(Fingerprint::parse).collect());
    PARSED.binary_search(&fingerprint).is_ok()
}

fn distinct(symbols: &[u8]) -> usize {
    let mut seen = [false; 256];
    symbols.iter().filter(|&&b| !std::mem::replace(&mut seen[usize::from(b)], true)).count()
}

/// How many symbols stand in a run of at least four that keeps one step of 0, +1 or -1, next to each other or every
/// other one. A random text has hardly any.
fn patterned(symbols: &[u8]) -> usize {
    let mut marked = vec![false; symbols.len()];
    for (stride, first) in [(1, 0), (2, 0), (2, 1)] {
        let (mut start, mut kept) = (first, None);
        for at in (first..symbols.len()).step_by(stride) {
            let step = symbols.get(at + stride).and_then(|next| follows(symbols[at], *next));
            if step.is_some() && step == kept {
                continue;
            }
            // The symbol at which the step changes belongs to both runs.
            if kept.is_some() && at - start >= 3 * stride {
                (start..=at).step_by(stride).for_each(|at| marked[at] = true);
            }
            (start, kept) = (at, step);
        }
    }
    marked.iter().filter(|&&m| m).count()
}

fn follows(a: u8, b: u8) -> Option<i16> {
    match (a, b) {
        (b'9', b'0' | b'a') => Some(1),
        (b'0' | b'a', b'9') => Some(-1),
        _ => {
            let step = i16::from(b) - i16::from(a);
            (-1..=1).contains(&step).then_some(step)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::TokenForm;

    fn is_placeholder(text: &str) -> bool {
        reason(text.as_bytes(), &Token::new(TokenForm::Uuid, b"")).is_some()
    }

    #[test]
    fn knows_documented_examples() {
        assert!(DOCUMENTED.is_sorted());
        assert!(DOCUMENTED.iter().all(|text| Fingerprint::parse(text).is_some_and(is_documented)));
        // RFC 4122's name space for URLs, which stands in every bundle that makes UUIDs from names.
        let uuid = "6ba7b811-9dad-11d1-80b4-00c04fd430c8";
        assert!(reason(uuid.as_bytes(), &Token::new(TokenForm::Uuid, uuid.as_bytes())).is_some());
    }

    #[test]
    fn knows_patterns() {
        for text in [
            "00000000-0000-0000-0000-000000000000",
            "01234567-89ab-cdef-0123-456789abcdef",
            "12345678-ABCD-1234-ABCD-123456789012",
            "12345678-1234-1234-1234-123456789abc",
            "e3281111-1111-1111-1111-111111111111",
            "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            "deadbeef-dead-beef-dead-beefdeadbeef",
            "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
            "AAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "AA_your_heroku_api_key_goes_here_1234567890_1234567890_12345",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn leaves_random_texts_alone() {
        // A linear congruential generator: enough to see that random texts are no patterns.
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as usize
        };
        for _ in 0..20_000 {
            let uuid: String = (0..32).map(|_| char::from(b"0123456789abcdef"[next() % 16])).collect();
            assert!(!is_placeholder(&uuid), "{uuid}");
            let body: String = (0..60)
                .map(|_| {
                    char::from(
                        b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"[next() % 64],
                    )
                })
                .collect();
            assert!(!is_placeholder(&body), "{body}");
        }
    }
}
