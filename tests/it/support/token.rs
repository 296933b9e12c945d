//! Generated credentials: well-formed, random in their free part, and the same for the same seed.

/// A small deterministic generator (`SplitMix64`), so that a failure can be repeated from its seed.
pub(crate) struct Generator(u64);

impl Generator {
    /// A stream that depends on a seed and on words that say what it is for.
    pub(crate) fn new(seed: u64, words: &[&str]) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for word in words {
            // The separator keeps ("ab", "c") and ("a", "bc") apart.
            for byte in word.bytes().chain([0xff]) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
        Self(hash)
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    /// Characters drawn from an alphabet.
    pub(crate) fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }

    /// A random UUID of version 4, lower case.
    pub(crate) fn uuid(&mut self) -> String {
        let variant = char::from(b"89ab"[self.below(4)]);
        let mut hex = |length| self.text(HEX, length);
        format!("{}-{}-4{}-{variant}{}-{}", hex(8), hex(4), hex(3), hex(3), hex(12))
    }
}

pub(crate) const HEX: &[u8] = b"0123456789abcdef";
pub(crate) const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(crate) const BASE64URL: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

/// A token of a form, by the form's name; `None` for a form that is not generated.
pub(crate) fn token(form: &str, random: &mut Generator) -> Option<String> {
    Some(match form {
        "uuid" => random.uuid(),
        "prefixed-uuid" => format!("HRKU-{}", random.uuid()),
        "opaque" => format!("HRKU-AA{}", random.text(BASE64URL, 58)),
        "legacy-hex" => random.text(HEX, 40),
        _ => return None,
    })
}

/// Text that is no token: an id, a hash, a secret of another service.
pub(crate) fn decoy(kind: &str, length: usize, random: &mut Generator) -> Option<String> {
    Some(match kind {
        "uuid" => random.uuid(),
        "hex" => random.text(HEX, length),
        "base64url" => random.text(BASE64URL, length),
        "base62" => random.text(BASE62, length),
        _ => return None,
    })
}

#[test]
fn shapes() {
    let make = |form| token(form, &mut Generator::new(1, &["case", form])).unwrap();
    assert_eq!(make("opaque").len(), 65);
    assert_eq!(make("prefixed-uuid").len(), 41);
    assert_eq!(make("legacy-hex").len(), 40);
    let uuid = make("uuid");
    assert_eq!(uuid.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    assert_eq!(uuid.as_bytes()[14], b'4');
    assert_eq!(uuid, make("uuid"));
    assert_ne!(uuid, token("uuid", &mut Generator::new(2, &["case", "uuid"])).unwrap());
}
