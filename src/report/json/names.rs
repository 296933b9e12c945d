//! Enums of plain names.

use serde::Serialize;

use crate::{candidate, compare, environment, finding, guard, token, verdict};

/// Makes the wire's counterpart of an enum of plain names.
macro_rules! names {
    ($(#[$doc:meta])* $wire:ident of $inner:ty { $($(#[$each:meta])* $name:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Serialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[serde(rename_all = "kebab-case")]
        pub(super) enum $wire { $($(#[$each])* $name),* }

        impl From<$inner> for $wire {
            fn from(inner: $inner) -> Self {
                match inner { $(<$inner>::$name => Self::$name),* }
            }
        }
    };
}

names! {
    /// How bad a finding is.
    Level of finding::Level {
        /// Worth knowing.
        Note,
        /// Worth mending.
        Warning,
        /// Must be mended.
        Error,
    }
}
names! {
    /// What a token or command acts on.
    Environment of environment::Environment { Production, Staging, Ci, Development, Test, Documentation, Unknown }
}
names! {
    /// A stage of a Heroku pipeline.
    Stage of environment::Stage { Test, Development, Review, Staging, Production }
}
names! {
    /// Who can see a token.
    Exposure of environment::Exposure {
        /// Everyone who can read the repository or folder.
        Committed,
        /// Who can read this machine's files.
        Local,
        /// A process's environment or a config var.
        Runtime,
    }
}
names! {
    /// The shape of a token's text.
    Form of token::TokenForm {
        /// `HRKU-` and 60 characters.
        Opaque,
        /// `HRKU-` and a UUID.
        PrefixedUuid,
        /// A bare UUID.
        Uuid,
        /// 40 hexadecimal digits.
        LegacyHex,
        /// Cut short.
        Truncated,
    }
}
names! {
    /// How sure detection is.
    Confidence of candidate::Confidence { Low, Medium, High }
}
names! {
    /// An encoding.
    Decoder of candidate::Codec {
        Base64,
        /// `%2D`.
        Percent,
        /// `\u002d`, `\x2d`, `\"`.
        Escape,
        /// `&#45;`.
        Html,
        /// UTF-16 inside something else.
        #[serde(rename = "utf-16")]
        Utf16,
    }
}
names! {
    /// How a token came to be, which decides how it ends.
    Kind of verdict::CredentialKind {
        /// `heroku login`: ends at logout, after 8 hours with SSO, after weeks otherwise.
        Session,
        /// The dashboard's key: ends when the password changes.
        AccountApiKey,
        /// `heroku authorizations:create`: has the end that was chosen, or none.
        Authorization,
        /// What an OAuth client holds for a user.
        ClientToken,
        /// Not known.
        Unknown,
    }
}
names! {
    /// How a live token's kinds were decided.
    Basis of verdict::Basis {
        /// Heroku's lists name it.
        Listed,
        /// Heroku's lists name several that it may be.
        Ambiguous,
        /// Only this is left.
        Excluded,
        /// Only the scope is known.
        Scope,
        /// Heroku accepts it, and nothing else is known.
        Accepted,
    }
}
names! {
    /// How sure a classification is.
    Certainty of verdict::Certainty {
        /// It rests on what is not documented, or on text that anybody can choose.
        Low,
        /// It rests on parts of the token, or on a rule that has held so far.
        Medium,
        /// Heroku says so.
        High,
    }
}
names! {
    /// Why an account cannot act.
    Blocked of verdict::Blocked {
        /// Heroku has suspended it.
        Suspended,
        /// It has not paid.
        Delinquent,
    }
}
names! {
    /// Why a token was not asked about.
    NotChecked of verdict::NotChecked {
        /// Verification was not asked for.
        Offline,
        /// It may not be a token.
        LowConfidence,
        /// Tokens of this form are never sent.
        Form,
        /// The run's budget of questions is spent.
        Budget,
    }
}
names! {
    /// What a notice is about.
    NoticeKind of finding::NoticeKind {
        /// A file or folder could not be read.
        Unreadable,
        /// Something stopped in the middle.
        Unfinished,
        /// Left out on purpose; the scan is still complete.
        Skipped,
        /// Something that should let a finding stay, and does not; the scan is complete.
        Suppression,
        /// Something that Heroku was to be asked about and that is not verified; the scan is complete.
        Unverified,
    }
}
names! {
    /// Where it was said that a finding may stay.
    SuppressionKind of finding::SuppressionKind {
        /// In a comment beside it.
        Inline,
        /// In `hrkulint.toml`.
        Config,
        /// In the baseline: it was known before.
        Baseline,
    }
}
names! {
    /// What counts where it cannot be known whether a requirement is met.
    OnUnknown of guard::OnUnknown {
        /// Exit status 3.
        Incomplete,
        /// As if it were met.
        Pass,
        /// As if it were not met.
        Fail,
    }
}
names! {
    /// What of a finding is not as it was.
    Facet of compare::Facet {
        /// Whether its token lives, or whether that is known.
        State,
        /// What its token is, or may be.
        Kind,
        /// Whether its token's account can act.
        Blocked,
        /// Its token's end is within 30 or 7 days.
        Ending,
        /// The rule that reports it.
        Rule,
        /// How bad it is.
        Level,
        /// Whether somebody said that it may stay.
        Suppression,
    }
}
names! {
    /// Whether a requirement is met.
    Standing of guard::Standing { Met, NotMet, Unknown }
}
