//! Whole organisations: what a stand-in for a forge hosts is what the inventory says, whatever goes wrong on the way.

mod app;
mod faults;
mod kept;
mod parts;
#[cfg(unix)]
mod postgres;
mod readers;
#[cfg(unix)]
mod workers;

use crate::support::organisation::Organisation;

#[test]
fn the_inventory_is_the_truth() {
    is_the_truth(&Organisation::new(60));
}

fn is_the_truth(organisation: &Organisation) {
    let output = organisation.read(0, &[]);
    assert!(organisation.truth.len() > 60);
    assert_eq!(organisation.places(&[]), organisation.truth);
    assert!(
        output.stdout.starts_with("60 repositories: 60 read, 0 unchanged, 0 not complete."),
        "{output:?}"
    );
    organisation.check_clean(&[&output]);
    // GitLab lists the same.
    let other = organisation.home.path("gitlab.db");
    let other = ["--inventory", other.to_str().unwrap()];
    let source = organisation.forge.source("gitlab", "acme");
    let output = organisation.tool(&[&["org", &source], &other[..]].concat()).run();
    assert_eq!(output.status, 0, "{output:?}");
    assert_eq!(organisation.export(&other), organisation.export(&[]));
}

#[test]
fn three_hundred_repositories_are_the_truth() {
    three_hundred(Organisation::new(300));
}

fn three_hundred(mut organisation: Organisation) {
    organisation.read(0, &[]);
    assert_eq!(organisation.places(&[]), organisation.truth);
    // Of a hundred repositories one has changed.
    for name in ["acme/app-007", "acme/app-123", "acme/app-254"] {
        organisation.push(name, "late.env", "late", "2026-02-01");
    }
    organisation.forge.forget();
    let output = organisation.read(0, &[]);
    assert!(output.stdout.starts_with("300 repositories: 3 read, 297 unchanged"), "{output:?}");
    assert_eq!(organisation.places(&[]), organisation.truth);
    let asked = organisation.forge.requests();
    let pages = asked.iter().filter(|it| it.path().starts_with("/api/")).count();
    assert!(asked.len() - pages <= 3 * 4, "{} requests of git", asked.len() - pages);
}
