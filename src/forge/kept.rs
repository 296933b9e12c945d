//! Pages that arrived before, in a folder that is the user's alone. Who asks with the tag of such a page is told that nothing
//! has changed, and that costs nothing of GitHub's limit (docs.github.com, "Use conditional requests").

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderValue;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::Page;
use crate::output;
use crate::token::Fingerprint;

/// What nobody has asked for in this time is not kept longer.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A folder of pages.
pub(super) struct Kept {
    folder: PathBuf,
}

/// A page as it is kept.
#[derive(Serialize, Deserialize)]
struct File {
    /// Its whole address: names of files are made of it.
    url: String,
    /// How the forge knows it again.
    tag: String,
    next: Option<String>,
    json: Value,
}

impl Kept {
    /// Takes a folder, and removes what is old. `None`: nothing can be kept there, which costs requests alone.
    pub(super) fn open(folder: &Path) -> Option<Self> {
        output::private_folder(folder).ok()?;
        for entry in fs::read_dir(folder).ok()?.flatten() {
            let changed = entry.metadata().and_then(|it| it.modified()).ok();
            let age = changed.and_then(|at| at.elapsed().ok());
            if age.is_some_and(|age| age > LONGEST) {
                // Another run may have removed it.
                let _ = fs::remove_file(entry.path());
            }
        }
        Some(Self { folder: folder.to_path_buf() })
    }

    fn file(&self, url: &Url) -> PathBuf {
        self.folder.join(format!("{}.json", Fingerprint::of(url.as_str().as_bytes())))
    }

    /// A page with its tag, if it is kept.
    pub(super) fn page(&self, url: &Url) -> Option<(HeaderValue, Page)> {
        let file: File = serde_json::from_slice(&fs::read(self.file(url)).ok()?).ok()?;
        let tag = HeaderValue::from_str(&file.tag).ok()?;
        let next = file.next.map(|next| Url::parse(&next)).transpose().ok()?;
        (file.url == url.as_str()).then_some((tag, Page { json: file.json, next }))
    }

    /// Keeps a page.
    pub(super) fn keep(&self, url: &Url, tag: &str, page: &Page) {
        let (tag, json) = (tag.to_owned(), page.json.clone());
        let next = page.next.as_ref().map(Url::to_string);
        let text = serde_json::to_vec(&File { url: url.to_string(), tag, next, json });
        // What is not kept is asked for again.
        let _ = text.map(|text| output::shared(&self.file(url), &text));
    }
}
