//! Apps, their config vars and releases, pipelines and what is in them; and the changes that Heroku's CLI makes to set a
//! scene.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::api::{error, missing, reply};
use super::http::{Answer, Request};
use super::list;
use super::scenario::{App, Pipeline, Release};
use super::time::rfc3339;
use super::world::World;

/// What the paths start with that are answered here.
pub(crate) const PATHS: [&str; 4] = ["/apps", "/teams/", "/pipelines", "/pipeline-couplings"];

/// The right answer; `None`: it is asked for something else.
pub(crate) fn route(world: &mut World, request: &Request, account: usize, path: &[&str]) -> Option<Answer> {
    Some(match (request.method.as_str(), path) {
        ("GET", ["apps"]) => apps(world, request, account, None),
        ("GET", ["teams", team, "apps"]) => apps(world, request, account, Some(team)),
        (_, ["apps", app, rest @ ..]) => {
            let others = || world.scenario.app.iter().any(|it| it.id == *app || it.name == *app);
            match find(world, account, app) {
                Some(at) if !world.scenario.app[at].forbidden => return of_app(world, request, at, rest),
                None if !others() => missing("app"),
                Some(_) | None => {
                    let message = format!("You do not have access to the app {app}.");
                    error(403, "forbidden", &message)
                }
            }
        }
        ("GET", ["pipelines"]) => pipelines(world, request, account),
        ("POST", ["pipelines"]) => {
            let name = body(request)["name"].as_str().unwrap_or_default().to_owned();
            let id = world.uuid();
            world.scenario.pipeline.push(Pipeline { name, account, id, ..Pipeline::default() });
            reply(201, &pipeline_json(world.scenario.pipeline.last().unwrap()))
        }
        (method, ["pipelines", id, rest @ ..]) => {
            let seen = |it: &Pipeline| it.account == account && (it.id == *id || it.name == *id);
            let Some(at) = world.scenario.pipeline.iter().position(seen) else {
                return Some(missing("pipeline"));
            };
            let pipeline = &mut world.scenario.pipeline[at];
            match (method, rest) {
                ("GET", []) => reply(200, &pipeline_json(pipeline)),
                (method, ["stage", stage @ ("review" | "test"), "config-vars"]) => {
                    let vars = if *stage == "test" { &mut pipeline.test } else { &mut pipeline.review };
                    if method == "PATCH" {
                        change(vars, &body(request));
                    }
                    reply(200, &json!(vars))
                }
                _ => return None,
            }
        }
        ("GET", ["pipeline-couplings"]) => couplings(world, request, account),
        ("POST", ["pipeline-couplings"]) => couple(world, request, account),
        _ => return None,
    })
}

fn of_app(world: &mut World, request: &Request, at: usize, rest: &[&str]) -> Option<Answer> {
    Some(match (request.method.as_str(), rest) {
        ("GET", []) => reply(200, &app_json(world, &world.scenario.app[at])),
        ("GET", ["config-vars"]) => reply(200, &json!(world.scenario.app[at].config)),
        ("PATCH", ["config-vars"]) => {
            let created_at = rfc3339(world.clock.now());
            let app = &mut world.scenario.app[at];
            let description = change(&mut app.config, &body(request));
            app.release.push(Release { description, created_at });
            reply(200, &json!(app.config))
        }
        ("GET", ["releases"]) => releases(&world.scenario.app[at], request),
        _ => return None,
    })
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap_or_default()
}

/// Changes config vars, and says how a release is described that does.
fn change(vars: &mut BTreeMap<String, String>, asked: &Value) -> String {
    let (mut set, mut removed) = (Vec::new(), Vec::new());
    for (name, value) in asked.as_object().into_iter().flatten() {
        if let Some(text) = value.as_str() {
            vars.insert(name.clone(), text.to_owned());
            set.push(name.as_str());
        } else {
            vars.remove(name);
            removed.push(name.as_str());
        }
    }
    let (verb, names) = if set.is_empty() { ("Remove", removed) } else { ("Set", set) };
    format!("{verb} {} config vars", names.join(", "))
}

fn find(world: &World, account: usize, app: &str) -> Option<usize> {
    world.scenario.app.iter().position(|it| it.account == account && (it.id == app || it.name == app))
}

fn app_json(world: &World, app: &App) -> Value {
    let owner = &world.scenario.account[app.account];
    json!({
        "archived_at": null, "created_at": "2020-01-01T12:00:00Z", "generation": {"id": owner.id, "name": "cedar"},
        "git_url": format!("https://git.heroku.com/{}.git", app.name), "id": app.id, "maintenance": false,
        "name": app.name, "owner": {"email": owner.email, "id": owner.id}, "region": {"name": "us"},
        "team": app.team.as_ref().map(|name| json!({"id": owner.id, "name": name})),
        "updated_at": "2026-01-01T12:00:00Z", "web_url": null,
    })
}

fn apps(world: &mut World, request: &Request, account: usize, team: Option<&str>) -> Answer {
    let wanted = |it: &&App| it.account == account && (team.is_none() || it.team.as_deref() == team);
    let mut all: Vec<&App> = world.scenario.app.iter().filter(wanted).collect();
    if team.is_some() && all.is_empty() {
        return missing("team");
    }
    all.sort_by(|a, b| a.id.cmp(&b.id));
    let all = all.into_iter().map(|it| app_json(world, it)).collect();
    list::page(world, request, all)
}

fn pipeline_json(pipeline: &Pipeline) -> Value {
    json!({"created_at": "2020-01-01T12:00:00Z", "generation": {"name": "cedar"}, "id": pipeline.id,
        "name": pipeline.name, "owner": null, "updated_at": "2026-01-01T12:00:00Z"})
}

fn pipelines(world: &mut World, request: &Request, account: usize) -> Answer {
    // The CLI finds one by its name.
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let named = query.strip_prefix("eq[name]=").or_else(|| query.strip_prefix("eq%5Bname%5D="));
    let wanted =
        |it: &&Pipeline| it.account == account && named.is_none_or(|name| it.name == name || it.id == name);
    let mut all: Vec<&Pipeline> = world.scenario.pipeline.iter().filter(wanted).collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    let all = all.into_iter().map(pipeline_json).collect();
    list::page(world, request, all)
}

/// An app has one coupling at most; it is called as the app is.
fn coupling_json(world: &World, app: &App) -> Option<Value> {
    let pipeline = app.pipeline.as_ref()?;
    let pipeline = world.scenario.pipeline.iter().find(|it| it.name == *pipeline)?;
    Some(json!({"app": {"id": app.id}, "created_at": "2020-01-01T12:00:00Z", "id": app.id,
        "pipeline": {"id": pipeline.id}, "stage": app.stage, "updated_at": "2026-01-01T12:00:00Z"}))
}

fn couplings(world: &mut World, request: &Request, account: usize) -> Answer {
    let mut all: Vec<&App> = world.scenario.app.iter().filter(|it| it.account == account).collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    let all = all.into_iter().filter_map(|it| coupling_json(world, it)).collect();
    list::page(world, request, all)
}

fn couple(world: &mut World, request: &Request, account: usize) -> Answer {
    let asked = body(request);
    let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
    let Some(at) = find(world, account, &text("app")) else { return missing("app") };
    let id = text("pipeline");
    let Some(pipeline) = world.scenario.pipeline.iter().find(|it| it.id == id).map(|it| it.name.clone())
    else {
        return missing("pipeline");
    };
    let app = &mut world.scenario.app[at];
    (app.pipeline, app.stage) = (Some(pipeline), text("stage"));
    reply(201, &coupling_json(world, &world.scenario.app[at]).unwrap())
}

/// The newest first, as `order=desc` wants; every client asks for that.
fn releases(app: &App, request: &Request) -> Answer {
    let range = request.header("range").unwrap_or("version ..");
    if !range.starts_with("version ..") || !range.contains("order=desc") {
        return error(416, "requested_range_not_satisfiable", "The requested range could not be satisfied.");
    }
    let most = range.split("max=").nth(1).and_then(|it| it.trim_end_matches(';').parse().ok()).unwrap_or(200);
    let of = |(at, it): (usize, &Release)| {
        json!({"created_at": it.created_at, "description": it.description, "id": app.id, "status": "succeeded",
            "updated_at": it.created_at, "version": at + 1})
    };
    let all: Vec<Value> = app.release.iter().enumerate().map(of).rev().collect();
    let more = all.len() > most;
    let mut answer = reply(if more { 206 } else { 200 }, &Value::Array(all.into_iter().take(most).collect()));
    if more {
        answer.set("Next-Range", format!("version {}..; order=desc, max={most}", app.release.len() - most));
    }
    answer
}
