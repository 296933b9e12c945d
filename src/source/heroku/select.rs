//! Which apps are read, and in which stage of which pipeline each of them is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use super::answer::{self, App, Coupling, Pipeline};
use super::{Miss, Place, Reading, Stop};
use crate::api::{self, Reply};
use crate::environment::Stage;
use crate::finding::{NoticeKind, Selection};
use crate::verdict::Obstacle;

/// The stages for which pipelines have config vars of their own: Heroku makes the apps, and gives them these.
const GIVEN: [Stage; 2] = [Stage::Review, Stage::Test];

/// What is known of pipelines.
#[derive(Default)]
struct Pipelines {
    named: BTreeMap<String, Pipeline>,
    couplings: Vec<Coupling>,
}

impl Reading<'_> {
    /// Everything with config vars that is selected, each once, in the order of names.
    pub(super) fn places(&self, selection: &Selection) -> Vec<Place> {
        let mut apps = self.listed(selection);
        if self.stopped().is_some() {
            return self.unlisted();
        }
        let pipelines = Pipelines {
            named: self.pipelines(),
            couplings: self.list("/pipeline-couplings", "the apps of pipelines", answer::couplings),
        };
        let chosen = self.chosen(selection, &pipelines);
        apps.extend(self.coupled(&apps, &chosen, &pipelines));
        if self.stopped().is_some() {
            return self.unlisted();
        }
        let apps: BTreeMap<String, App> = apps.into_iter().map(|app| (app.id.clone(), app)).collect();
        let mut given = chosen;
        if selection.all {
            given.extend(pipelines.named.keys().cloned());
        } else if !selection.teams.is_empty() {
            let of_team = |it: &&Coupling| apps.contains_key(&it.app);
            given.extend(pipelines.couplings.iter().filter(of_team).map(|it| it.pipeline.clone()));
        }
        let stages = given.iter().filter_map(|id| pipelines.named.get(id)).flat_map(|pipeline| {
            let alone = pipelines.named.values().filter(|it| it.name == pipeline.name).count() == 1;
            let pipeline = Some(pipeline.clone());
            GIVEN.map(|stage| Place { app: None, pipeline: pipeline.clone(), stage: Some(stage), alone })
        });
        let mut places: Vec<Place> =
            apps.into_values().map(|app| pipelines.place(app)).chain(stages).collect();
        places.sort_by_cached_key(Place::name);
        places
    }

    /// Nothing is read where it is not known what there is.
    fn unlisted(&self) -> Vec<Place> {
        if let Some(stop) = self.stopped() {
            self.tell(NoticeKind::Unfinished, None, format!("the apps could not be listed, since {stop}"));
        }
        Vec::new()
    }

    /// The apps that are named, and those of teams, or all.
    fn listed(&self, selection: &Selection) -> Vec<App> {
        let mut apps = Vec::new();
        if selection.all {
            match self.try_list("/apps", "the list of apps", answer::apps) {
                Ok(all) => apps.extend(all),
                Err(Miss::Scope) => drop(self.stop(Stop::Scope)),
                Err(_) => {}
            }
        }
        for team in &selection.teams {
            let what = format!("the list of apps of the team `{team}`");
            apps.extend(self.list(&format!("/teams/{team}/apps"), &what, answer::apps));
        }
        apps.extend(selection.apps.iter().filter_map(|name| self.app(name)));
        apps
    }

    /// One app, by its name or id.
    fn app(&self, name: &str) -> Option<App> {
        let found = self
            .get(&format!("/apps/{name}"), None)
            .and_then(|reply| answer::app(&reply).ok_or(Miss::Unread(Obstacle::Unexpected(reply.status))));
        found.map_err(|miss| self.missed(&format!("heroku:{name}"), "the app", &miss)).ok()
    }

    fn pipelines(&self) -> BTreeMap<String, Pipeline> {
        let all = self.list("/pipelines", "the list of pipelines", answer::pipelines);
        all.into_iter().map(|pipeline| (pipeline.id.clone(), pipeline)).collect()
    }

    /// The ids of the pipelines that are named.
    fn chosen(&self, selection: &Selection, pipelines: &Pipelines) -> BTreeSet<String> {
        let mut ids = BTreeSet::new();
        for name in &selection.pipelines {
            let matching: Vec<&Pipeline> = pipelines.named.values().filter(|it| it.name == *name).collect();
            if matching.is_empty() && self.stopped().is_none() {
                let message = "the pipeline could not be read: the token sees none of this name".to_owned();
                self.tell(NoticeKind::Unreadable, Some(&format!("heroku:{name}")), message);
            }
            ids.extend(matching.into_iter().map(|it| it.id.clone()));
        }
        ids
    }

    /// The apps of pipelines, but for those that are known.
    fn coupled(&self, known: &[App], chosen: &BTreeSet<String>, pipelines: &Pipelines) -> Vec<App> {
        let known: BTreeSet<&str> = known.iter().map(|app| app.id.as_str()).collect();
        let ids: BTreeSet<&str> = pipelines
            .couplings
            .iter()
            .filter(|it| chosen.contains(&it.pipeline) && !known.contains(it.app.as_str()))
            .map(|it| it.app.as_str())
            .collect();
        ids.into_iter().filter_map(|id| self.app(id)).collect()
    }

    /// A list, as far as it can be read; what is missing is told.
    fn list<T>(&self, path: &str, what: &str, read: fn(&Reply) -> Option<Vec<T>>) -> Vec<T> {
        self.try_list(path, what, read).unwrap_or_else(|miss| {
            self.missed("heroku:", what, &miss);
            Vec::new()
        })
    }

    /// The same; an error says why not even its first part was read, and is told unless the scope is the reason.
    fn try_list<T>(
        &self,
        path: &str,
        what: &str,
        read: fn(&Reply) -> Option<Vec<T>>,
    ) -> Result<Vec<T>, Miss> {
        let (mut all, mut missed) = (Vec::new(), None);
        let whole = api::parts(
            |range| self.get(path, Some(range)),
            |_, reply| {
                let part = reply
                    .and_then(|reply| read(&reply).ok_or(Miss::Unread(Obstacle::Unexpected(reply.status))));
                match part {
                    Ok(part) => all.extend(part),
                    Err(miss) => missed = Some(miss),
                }
                missed.is_none()
            },
        );
        self.cut.fetch_or(missed.is_some() || !whole, Ordering::Relaxed);
        match missed {
            Some(Miss::Scope) if all.is_empty() => return Err(Miss::Scope),
            Some(miss) => self.missed("heroku:", what, &miss),
            None if !whole => self.unreadable("heroku:", what, &Obstacle::Incomplete),
            None => {}
        }
        Ok(all)
    }

    /// Says that something was not read. Where the whole run ends, that is said once.
    fn missed(&self, name: &str, what: &str, miss: &Miss) {
        match miss {
            Miss::Stopped => {}
            Miss::Unread(obstacle) => self.unreadable(name, what, obstacle),
            Miss::Scope => {
                let message = format!("{what} could not be read: the token's scope does not allow it");
                self.tell(NoticeKind::Unreadable, Some(name), message);
            }
        }
    }
}

impl Pipelines {
    /// An app with the stage that it is in; the gravest, should there be several.
    fn place(&self, app: App) -> Place {
        let coupling = self.couplings.iter().filter(|it| it.app == app.id).max_by_key(|it| it.stage);
        let pipeline = coupling.and_then(|it| self.named.get(&it.pipeline)).cloned();
        Place { app: Some(app), pipeline, stage: coupling.and_then(|it| it.stage), alone: true }
    }
}
