//! Who can see a file: asked only where something was found.

use std::path::Path;

use super::session::Session;
use super::{git, known};
use crate::blob::Visibility;
use crate::environment::Exposure;

impl Session<'_> {
    /// Judges one file.
    pub(super) fn visibility(&self, path: &Path) -> Visibility {
        let committed = |because| Visibility {
            own_netrc: self.own_netrc(path),
            ..Visibility::new(Exposure::Committed, because)
        };
        let local = |because| Visibility {
            own_netrc: self.own_netrc(path),
            ..Visibility::new(Exposure::Local, because)
        };
        if git::inside_git_folder(path) {
            return local("it is git's own file, which is never pushed");
        }
        let folder = path.parent().unwrap_or(path);
        let repository = self.repository_of(folder);
        if repository.as_ref().is_some_and(|repository| self.tracked(repository, path)) {
            return committed("git tracks it");
        }
        if self.in_home(path) {
            return local("it is a credential file in your home folder");
        }
        match repository {
            None => committed("it lies in a folder that is no git repository"),
            Some(repository) if self.chain(&repository, folder).hides(path) => local("git ignores it"),
            Some(_) => committed("git does not ignore it"),
        }
    }

    /// The file that `heroku login` writes, in the home folder itself. A netrc elsewhere may have been written by anything.
    fn own_netrc(&self, path: &Path) -> bool {
        self.home.as_ref().is_some_and(|home| path == home.join(".netrc") || path == home.join("_netrc"))
    }

    /// A known credential file of the user's own: in the home folder itself or one of its dot folders.
    fn in_home(&self, path: &Path) -> bool {
        let Some(home) = &self.home else { return false };
        let Ok(below) = path.strip_prefix(home) else { return false };
        let top = below.components().next().map(|part| part.as_os_str().as_encoded_bytes());
        let own = below.components().count() == 1
            || top.is_some_and(|top| top.starts_with(b".") || top == b"AppData" || top == b"Library");
        own && known::credential(below)
    }
}
