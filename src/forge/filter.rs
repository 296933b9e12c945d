//! Which repositories are wanted.

use globset::GlobSet;

use super::{Repository, Visibility};

/// What a repository has to be. What its forge does not tell keeps none out.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whether gists of users count.
    pub gists: bool,
    /// Whether archived ones are left out.
    pub no_archived: bool,
    /// Whether forks are left out.
    pub no_forks: bool,
    /// Those that may be seen by these; empty: by anybody.
    pub visibility: Vec<Visibility>,
    /// One of these has to match, if there is any.
    pub include: Option<GlobSet>,
    /// None of these may match.
    pub exclude: Option<GlobSet>,
    /// Something was pushed at this time or later, in seconds since 1970.
    pub pushed_since: Option<i64>,
    /// It has so many KiB at most.
    pub most: Option<u64>,
}

impl Filter {
    /// Whether a repository is wanted. Globs are matched with its name without the host, and with its last part.
    pub fn wants(&self, repository: &Repository) -> bool {
        let facts = &repository.facts;
        let path = repository.name.split_once('/').map_or(repository.name.as_str(), |(_, path)| path);
        let last = path.rsplit('/').next().unwrap_or(path);
        let matches = |globs: &GlobSet| globs.is_match(path) || globs.is_match(last);
        let left_out =
            (self.no_archived && facts.archived == Some(true)) || (self.no_forks && facts.fork == Some(true));
        !left_out
            && (self.visibility.is_empty() || facts.visibility.is_none_or(|it| self.visibility.contains(&it)))
            && self.include.as_ref().is_none_or(matches)
            && !self.exclude.as_ref().is_some_and(matches)
            && self.pushed_since.is_none_or(|since| facts.pushed.is_none_or(|pushed| pushed >= since))
            && self.most.is_none_or(|most| facts.size.is_none_or(|size| size <= most))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Facts, Place};
    use super::*;
    use globset::{Glob, GlobSetBuilder};

    fn globs(glob: &str) -> Option<GlobSet> {
        GlobSetBuilder::new().add(Glob::new(glob).unwrap()).build().ok()
    }

    #[test]
    fn filters() {
        let facts = Facts {
            archived: Some(true),
            fork: Some(true),
            visibility: Some(Visibility::Private),
            pushed: Some(100),
            size: Some(50),
            ..Facts::default()
        };
        let repository = |facts: &Facts| Repository {
            name: "github.com/acme/shop-web".to_owned(),
            place: Place::Remote(String::new()),
            facts: facts.clone(),
        };
        let filters = [
            (Filter { no_archived: true, ..Filter::default() }, false),
            (Filter { no_forks: true, ..Filter::default() }, false),
            (
                Filter { visibility: vec![Visibility::Public, Visibility::Internal], ..Filter::default() },
                false,
            ),
            (Filter { visibility: vec![Visibility::Private], ..Filter::default() }, true),
            (Filter { pushed_since: Some(101), ..Filter::default() }, false),
            (Filter { pushed_since: Some(100), ..Filter::default() }, true),
            (Filter { most: Some(49), ..Filter::default() }, false),
            (Filter { most: Some(50), ..Filter::default() }, true),
            (Filter::default(), true),
        ];
        for (filter, wanted) in &filters {
            assert_eq!(filter.wants(&repository(&facts)), *wanted, "{filter:?}");
            // A list of paths tells nothing of what it names.
            assert!(filter.wants(&repository(&Facts::default())), "{filter:?}");
        }
        for (glob, matches) in [("shop-*", true), ("acme/*", true), ("other/*", false), ("web", false)] {
            let include = Filter { include: globs(glob), ..Filter::default() };
            let exclude = Filter { exclude: globs(glob), ..Filter::default() };
            assert_eq!(include.wants(&repository(&facts)), matches, "{glob}");
            assert_eq!(exclude.wants(&repository(&facts)), !matches, "{glob}");
        }
    }
}
