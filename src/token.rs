//! One credential in plain text, and the only values that may be made from it.

use std::fmt;
use std::sync::LazyLock;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The shape of a token's text. It never tells the token's kind (Dev Center, articles/oauth: every OAuth access
/// token shares the format).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenForm {
    /// `HRKU-` and 60 characters of base64url: issued since 2025-04-23 (Dev Center changelog 3175).
    Opaque,
    /// `HRKU-` and a UUID: issued from spring 2024 until April 2025 and still valid.
    PrefixedUuid,
    /// A bare UUID: issued until spring 2024 and still valid until it is regenerated.
    Uuid,
    /// Forty hexadecimal digits, before 2013. Low confidence; never sent anywhere.
    LegacyHex,
    /// A prefixed token that was cut short. Low confidence; never sent anywhere.
    Truncated,
}

impl TokenForm {
    /// The name used in rule files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Opaque => "opaque",
            Self::PrefixedUuid => "prefixed-uuid",
            Self::Uuid => "uuid",
            Self::LegacyHex => "legacy-hex",
            Self::Truncated => "truncated",
        }
    }

    /// Whether Heroku is ever asked about tokens of this form.
    pub fn current(self) -> bool {
        matches!(self, Self::Opaque | Self::PrefixedUuid | Self::Uuid)
    }

    /// What a person would call it.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Opaque => "Heroku token (HRKU-, 65 characters)",
            Self::PrefixedUuid => "Heroku token (HRKU- and a UUID)",
            Self::Uuid => "Heroku token (bare UUID)",
            Self::LegacyHex => "Heroku API key of before 2013 (40 hexadecimal digits)",
            Self::Truncated => "Heroku token, cut short",
        }
    }
}

/// The plain text of one credential. It cannot be printed, serialised, compared or cloned by accident, and its
/// memory is wiped when it is dropped.
pub struct Token {
    form: TokenForm,
    plaintext: Zeroizing<Box<[u8]>>,
}

impl Token {
    /// Takes the decoded text of a token.
    pub fn new(form: TokenForm, plaintext: &[u8]) -> Self {
        Self { form, plaintext: Zeroizing::new(plaintext.into()) }
    }

    /// The shape of its text.
    pub fn form(&self) -> TokenForm {
        self.form
    }

    /// The plain text as Heroku issued it, whatever the case that it was found in. Calls are limited by `clippy.toml` to
    /// the functions that need it.
    pub(crate) fn expose(&self) -> Zeroizing<Vec<u8>> {
        let mut issued = Zeroizing::new(self.plaintext.to_vec());
        match self.form {
            // A UUID's case carries nothing; the token that Heroku issued is lower case.
            TokenForm::Uuid | TokenForm::LegacyHex => issued.make_ascii_lowercase(),
            TokenForm::PrefixedUuid => {
                let prefix = issued.len().min(4);
                issued.make_ascii_lowercase();
                issued[..prefix].make_ascii_uppercase();
            }
            TokenForm::Opaque | TokenForm::Truncated => {}
        }
        issued
    }

    /// The public name of this token: the same in every repository and encoding.
    #[expect(clippy::disallowed_methods, reason = "one of the three functions that may see plain text")]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.expose())
    }

    /// The form that reports show: a prefix and a length, never the tail.
    pub fn redacted(&self) -> Redacted {
        Redacted::of(&self.plaintext)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}, ***)", self.form.name())
    }
}

/// HMAC-SHA-256 with a fixed public key, cut to 128 bits, of the decoded token. Every form carries at least 122
/// random bits, so it is safe to publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

/// What reports and baselines call the key of their fingerprints, so that those of different keys are not compared.
pub const FINGERPRINT_KEY: &str = "public";

/// The public key that separates these hashes from every other use of the same text.
const FINGERPRINT_DOMAIN: &[u8] = b"hrkulint/fingerprint/1";

impl Fingerprint {
    /// Hashes bytes as they are. [`Token::fingerprint`] normalises a token first.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        // Taking in the key is half of the work.
        static KEYED: LazyLock<Hmac<Sha256>> = LazyLock::new(|| {
            let Ok(keyed) = Hmac::new_from_slice(FINGERPRINT_DOMAIN) else {
                unreachable!("HMAC takes a key of any length")
            };
            keyed
        });
        let mut mac = KEYED.clone();
        mac.update(bytes);
        let mut short = [0; 16];
        short.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        Self(short)
    }

    /// Reads the 32 hexadecimal digits that [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 32 {
            return None;
        }
        let mut out = [0; 16];
        for (byte, pair) in out.iter_mut().zip(bytes.chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(out))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A token as reports show it, such as `HRKU-AA…(65)` or `8d2f…(36)`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Redacted(String);

impl Redacted {
    /// Keeps what tells nothing: the fixed prefix, or the first four characters.
    pub(crate) fn of(plaintext: &[u8]) -> Self {
        let kept = if plaintext.starts_with(b"HRKU-AA") {
            7
        } else if plaintext.starts_with(b"HRKU-") {
            5
        } else {
            4.min(plaintext.len() / 4)
        };
        Self(format!("{}…({})", String::from_utf8_lossy(&plaintext[..kept]), plaintext.len()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
