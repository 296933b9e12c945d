//! The same over a real PostgreSQL, that the tests start themselves.

use std::fs;

use super::workers::{Disturbance, disturbed};
use super::{is_the_truth, kept, three_hundred};
use crate::support::database::{Database, PASSWORD};
use crate::support::organisation::Organisation;

fn kept_in(database: &Database, mut organisation: Organisation) -> Organisation {
    organisation.store = vec![("HRKULINT_STORE", database.url())];
    organisation
}

#[test]
#[ignore = "needs PostgreSQL"]
fn the_inventory_is_the_truth_in_postgresql() {
    is_the_truth(&kept_in(&Database::start(), Organisation::new(60)));
}

#[test]
#[ignore = "needs PostgreSQL"]
fn three_hundred_repositories_are_the_truth_in_postgresql() {
    three_hundred(kept_in(&Database::start(), Organisation::new(300)));
}

#[test]
#[ignore = "needs PostgreSQL"]
fn what_lasts_from_run_to_run_does_so_in_postgresql() {
    let database = Database::start();
    kept::is_not_read_again(kept_in(&database, Organisation::new(20)));
    let database = Database::start();
    kept::is_asked_once_in_each_run(&kept_in(&database, kept::asked()));
    let database = Database::start();
    kept::are_answered(&kept_in(&database, kept::asked()));
}

#[test]
#[ignore = "needs PostgreSQL"]
fn disturbed_workers_find_what_an_undisturbed_run_finds_in_postgresql() {
    let database = Database::start();
    let tables = || {
        let mut client = database.client();
        let attempts = "SELECT coalesce(sum(attempt - 1), 0)::bigint FROM task WHERE kind <> 'read'";
        client.query_one(attempts, &[]).unwrap().get::<_, i64>(0)
    };
    let disturbance = Disturbance { restart: &|| database.restart(), asked_again: &tables };
    disturbed(kept_in(&database, Organisation::new(60)), &disturbance);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn passwords_come_from_a_file_too_and_tls_is_verified() {
    let (database, organisation) = (Database::start(), Organisation::new(2));
    let run = |url: &str, more: &[(&str, &str)]| {
        let tool = organisation.prepared(&["--inventory", url]);
        more.iter().fold(tool, |tool, (name, value)| tool.env(name, value)).run()
    };
    let (password, wrong) = (organisation.home.path("password"), organisation.home.path("wrong"));
    fs::write(&password, format!("{PASSWORD}\n")).unwrap();
    fs::write(&wrong, "another\n").unwrap();
    let (password, wrong) = (password.to_str().unwrap(), wrong.to_str().unwrap());
    let (authority, url) = (database.authority(), database.bare_url());
    let encrypted = format!("{url}?sslmode=verify-full");
    let file = ("HRKULINT_STORE_PASSWORD_FILE", password);
    let authority = ("PGSSLROOTCERT", authority.to_str().unwrap());
    assert_eq!(run(&url, &[file]).status, 0);
    assert_eq!(run(&encrypted, &[file, authority]).status, 0);
    // Mozilla's authorities have not signed it.
    let refused = run(&encrypted, &[file]);
    assert!(refused.status == 2 && refused.stderr.contains("certificate"), "{refused:?}");
    let refused = run(&url, &[("HRKULINT_STORE_PASSWORD_FILE", wrong)]);
    assert!(refused.status == 2 && refused.stderr.contains("password"), "{refused:?}");
    assert_eq!(run(&url, &[]).status, 2);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn inventories_in_postgresql_are_brought_forward_and_never_back() {
    let database = Database::start();
    let organisation = kept_in(&database, Organisation::new(4));
    // Several at once make the tables, each of them once. Nothing is in them yet, which is told.
    let started: Vec<_> = (0..4).map(|_| organisation.tool(&["inventory"]).start()).collect();
    for running in started {
        let output = running.ended();
        assert_eq!(output.status, 2, "{output:?}");
        assert!(output.stderr.contains("the inventory is empty: no run has begun"), "{output:?}");
    }
    organisation.read(0, &[]);
    let whole = organisation.export(&[]);
    // As the first version had it.
    let first = "DROP VIEW queue; DROP TABLE question, task, plan, pace; \
         UPDATE setting SET value = '1' WHERE name = 'schema'";
    database.client().batch_execute(first).unwrap();
    assert_eq!(organisation.export(&[]), whole);
    assert_eq!(database.client().query("SELECT * FROM queue", &[]).unwrap().len(), 0);
    let mut client = database.client();
    let views = client
        .query("SELECT table_name::text FROM information_schema.views WHERE table_schema = 'hrkulint'", &[])
        .unwrap();
    assert_eq!(views.len(), 9);
    for view in views {
        client.query(&format!("SELECT * FROM {}", view.get::<_, String>(0)), &[]).unwrap();
    }
    // Who may read it needs no more.
    let reader = format!(
        "CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'; \
         GRANT USAGE ON SCHEMA hrkulint TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA hrkulint TO reader"
    );
    client.batch_execute(&reader).unwrap();
    let url = database.url().replace("hrkulint:", "reader:");
    let output = organisation.tool(&["inventory", "--report", "json"]).env("HRKULINT_STORE", url).run();
    assert_eq!(output.stdout, whole, "{output:?}");
    client.batch_execute("UPDATE setting SET value = '99' WHERE name = 'schema'").unwrap();
    let later = organisation.tool(&["inventory"]).run();
    assert!(later.status == 2 && later.stderr.contains("later version of hrkulint"), "{later:?}");
}
