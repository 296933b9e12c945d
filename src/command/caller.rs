//! The token of whoever reads the configuration of live apps: from a variable, the user's netrc, or Heroku's command line.

use super::asking::no_token;
use crate::cli::HerokuArgs;
use crate::error::UsageError;
use crate::heroku_cli;
use crate::mask::mask_text;
use crate::shape;
use crate::source::{self, Secret};
use crate::token::Token;

/// The variable that Heroku's command line reads.
const DEFAULT: &str = "HEROKU_API_KEY";
/// The machine whose password in a netrc is the token.
const MACHINE: &str = "api.heroku.com";

/// The caller's token as it was given, and where it comes from.
pub(super) struct Given {
    text: Secret,
    /// Where it comes from, for people: a variable, a file, a command.
    pub(super) origin: String,
}

impl Given {
    /// Finds the token; an error says how to give one.
    pub(super) fn find(args: &HerokuArgs) -> Result<Self, UsageError> {
        let (text, origin) = match &args.token_env {
            Some(name) => {
                no_token("--token-env", name)?;
                let text = set(name).ok_or_else(|| {
                    missing(format!("the variable `{}` of `--token-env` is not set", mask_text(name)))
                })?;
                (text, mask_text(name))
            }
            None if args.cli => (heroku_cli::token()?, "heroku auth:token".to_owned()),
            None => found()?,
        };
        let given = Self { text, origin };
        if form(&given.text).is_none() {
            return Err(missing(format!("`{}` gives no Heroku token", given.origin)));
        }
        Ok(given)
    }

    /// The token; each call makes another copy of it.
    pub(super) fn token(&self) -> Result<Token, UsageError> {
        let form =
            form(&self.text).ok_or_else(|| missing(format!("`{}` gives no Heroku token", self.origin)))?;
        Ok(Token::new(form, self.text.trim_ascii()))
    }
}

fn form(text: &[u8]) -> Option<crate::token::TokenForm> {
    shape::whole(text.trim_ascii()).filter(|form| form.current())
}

/// A variable that has a value.
fn set(name: &str) -> Option<Secret> {
    source::secret_variable(name).filter(|value| !value.trim_ascii().is_empty())
}

/// As Heroku's command line does: the usual variable, else the netrc.
fn found() -> Result<(Secret, String), UsageError> {
    if let Some(text) = set(DEFAULT) {
        return Ok((text, DEFAULT.to_owned()));
    }
    let netrc = source::netrc().and_then(|netrc| {
        let name = format!("~/{}", netrc.path.file_name()?.to_string_lossy());
        Some((password(&source::secret_file(&netrc.path).ok()?)?, name))
    });
    netrc.ok_or_else(|| missing(format!("neither `{DEFAULT}` nor your netrc has a token for Heroku")))
}

fn missing(what: String) -> UsageError {
    UsageError::new(what).hint(
        "name a variable that holds one with `--token-env NAME`, or let Heroku's command line give its own with `--cli`",
    )
}

/// The password of Heroku's API in a netrc.
fn password(netrc: &[u8]) -> Option<Secret> {
    let words = |word: &&[u8]| !word.is_empty();
    let mut words = netrc.split(u8::is_ascii_whitespace).filter(words);
    let mut here = false;
    while let Some(word) = words.next() {
        match word {
            b"machine" => here = words.next() == Some(MACHINE.as_bytes()),
            b"default" => here = false,
            b"password" => {
                let password = words.next()?;
                if here {
                    return Some(Secret::new(password.to_vec()));
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_of_netrcs() {
        let of = |netrc: &str| password(netrc.as_bytes()).map(|it| String::from_utf8(it.to_vec()).unwrap());
        let several = "machine git.heroku.com\n  login a\n  password x\nmachine api.heroku.com\n  login a\n  password y\n";
        assert_eq!(of(several).as_deref(), Some("y"));
        assert_eq!(of("machine api.heroku.com login a password y").as_deref(), Some("y"));
        for none in
            ["", "machine api.heroku.com login a", "machine api.heroku.com\ndefault password z", "password x"]
        {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
