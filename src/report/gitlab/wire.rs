//! The fields of GitLab's schema that are written.

use std::collections::BTreeMap;

use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Report {
    pub(super) version: &'static str,
    pub(super) schema: String,
    pub(super) scan: Scan,
    pub(super) vulnerabilities: Vec<Vulnerability>,
}

#[derive(Serialize)]
pub(super) struct Scan {
    pub(super) analyzer: Program,
    pub(super) scanner: Program,
    pub(super) r#type: &'static str,
    pub(super) start_time: String,
    pub(super) end_time: String,
    pub(super) status: &'static str,
    pub(super) messages: Vec<Message>,
}

#[derive(Serialize)]
pub(super) struct Program {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) url: &'static str,
    pub(super) vendor: Vendor,
    pub(super) version: &'static str,
}

#[derive(Serialize)]
pub(super) struct Vendor {
    pub(super) name: &'static str,
}

#[derive(Serialize)]
pub(super) struct Message {
    pub(super) level: &'static str,
    pub(super) value: String,
}

#[derive(Serialize)]
pub(super) struct Vulnerability {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) severity: &'static str,
    pub(super) solution: String,
    pub(super) identifiers: Vec<Identifier>,
    pub(super) links: Vec<Link>,
    pub(super) details: BTreeMap<&'static str, Detail>,
    pub(super) tracking: Tracking,
    pub(super) location: Location,
    pub(super) raw_source_code_extract: String,
}

#[derive(Serialize)]
pub(super) struct Identifier {
    pub(super) r#type: &'static str,
    pub(super) name: String,
    pub(super) value: String,
    pub(super) url: String,
}

#[derive(Serialize)]
pub(super) struct Link {
    pub(super) name: &'static str,
    pub(super) url: String,
}

#[derive(Serialize)]
pub(super) struct Detail {
    pub(super) name: &'static str,
    pub(super) r#type: &'static str,
    pub(super) value: String,
}

#[derive(Serialize)]
pub(super) struct Tracking {
    pub(super) r#type: &'static str,
    pub(super) items: Vec<Item>,
}

#[derive(Serialize)]
pub(super) struct Item {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end_line: Option<u64>,
    pub(super) signatures: Vec<Signature>,
}

#[derive(Serialize)]
pub(super) struct Signature {
    pub(super) algorithm: &'static str,
    pub(super) value: String,
}

#[derive(Serialize)]
pub(super) struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end_line: Option<u64>,
    pub(super) commit: Commit,
}

#[derive(Serialize)]
pub(super) struct Commit {
    pub(super) sha: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) date: Option<String>,
}
