//! A sink that remembers what a source read.

use std::path::Path;
use std::sync::Mutex;

use hrkulint::blob::{Blob, Visibility};
use hrkulint::error::UsageError;
use hrkulint::finding::Notice;
use hrkulint::source::{self, Options, Sink, Target};

/// One blob or window.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) exposure: &'static str,
    pub(crate) because: &'static str,
}

/// Remembers everything.
#[derive(Default)]
pub(crate) struct Recorder {
    seen: Mutex<Vec<Seen>>,
    notices: Mutex<Vec<Notice>>,
}

impl Sink for Recorder {
    fn blob(&self, blob: &Blob<'_>, visibility: &dyn Fn() -> Visibility) {
        let Visibility { exposure, because, .. } = visibility();
        let (name, bytes) = (blob.origin.name().to_owned(), blob.bytes.to_vec());
        self.seen.lock().unwrap().push(Seen { name, bytes, exposure: exposure.name(), because });
    }

    fn notice(&self, notice: Notice) {
        self.notices.lock().unwrap().push(notice);
    }

    fn finished(&self, _bytes: u64) {}
}

/// What a run gave, in the order of names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) seen: Vec<Seen>,
    pub(crate) notices: Vec<Notice>,
}

impl Recorded {
    /// The names that were read; each file has one blob here.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.seen.iter().map(|seen| seen.name.as_str()).collect()
    }

    /// A name and its exposure, for each file.
    pub(crate) fn exposures(&self) -> Vec<(&str, &str)> {
        self.seen.iter().map(|seen| (seen.name.as_str(), seen.exposure)).collect()
    }
}

/// Visits paths.
pub(crate) fn visit<P: AsRef<Path>>(paths: &[P], options: &Options) -> Result<Recorded, UsageError> {
    let targets: Vec<Target> = paths.iter().map(|path| Target::Path(path.as_ref().to_path_buf())).collect();
    let recorder = Recorder::default();
    source::visit(&targets, options, &recorder)?;
    let (mut seen, mut notices) =
        (recorder.seen.into_inner().unwrap(), recorder.notices.into_inner().unwrap());
    seen.sort();
    notices.sort();
    Ok(Recorded { seen, notices })
}

/// Visits one folder with default options, which has to leave nothing unread.
pub(crate) fn walk(path: &Path) -> Recorded {
    let recorded = visit(&[path], &Options::default()).unwrap();
    assert_eq!(recorded.notices, []);
    recorded
}
