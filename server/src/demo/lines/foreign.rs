//! Accesses as two other sources keep them.

use super::super::accesses::Access;
use super::super::mediacentre;
use super::super::people::Role;
use super::super::school::School;
use super::{Dialect, access_id, write};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConnectorLine<'a> {
    #[serde(rename = "_id")]
    id: String,
    #[serde(flatten)]
    resource: mediacentre::Described<'a>,
    created: MongoDate,
    owner: Owner<'a>,
    uai: &'a str,
    profil: &'static str,
}

#[derive(Serialize)]
struct MongoDate {
    #[serde(rename = "$date")]
    date: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Owner<'a> {
    user_id: &'a str,
}

/// An access as gar-connector keeps it.
pub(in super::super) fn connector_access(
    out: &mut impl Write,
    school: &School,
    access: &Access<'_>,
    rank: usize,
) -> io::Result<()> {
    write(
        out,
        &ConnectorLine {
            id: access_id(school, access.moment.day, rank),
            resource: mediacentre::described(access.resource),
            created: MongoDate { date: access.moment.utc_ms() },
            owner: Owner { user_id: &access.person.id },
            uai: school.uai.as_str(),
            profil: Dialect::National.profile(access.person.role),
        },
    )
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EntcoreLine<'a> {
    #[serde(rename = "_id")]
    id: String,
    service: &'static str,
    #[serde(rename = "event-type")]
    event_type: &'static str,
    module: &'static str,
    date: i64,
    user_id: &'a str,
    profil: &'static str,
    structures: [&'a str; 1],
    classes: [&'a str; 0],
    groups: [&'a str; 0],
    ua: &'static str,
    os_name: &'static str,
    os_version: &'static str,
    device_type: &'static str,
    device_name: &'static str,
    ip: &'static str,
    session_id: String,
}

/// An access as an ENT of the entcore family keeps it: it does not know which resource, nor who is a librarian.
pub(in super::super) fn entcore_access(
    out: &mut impl Write,
    school: &School,
    access: &Access<'_>,
    rank: usize,
) -> io::Result<()> {
    let id = access_id(school, access.moment.day, rank);
    let session_id = hex::encode(Sha256::digest(format!("{}{}", access.person.id, access.moment.day).as_bytes()));
    write(
        out,
        &EntcoreLine {
            id,
            service: access.resource.presentation.code(),
            event_type: "GAR_ACCESS",
            module: "Mediacentre",
            date: access.moment.epoch_ms(),
            user_id: &access.person.id,
            profil: match access.person.role {
                Role::Pupil => "Student",
                Role::Teacher | Role::Librarian => "Teacher",
                Role::Manager | Role::SchoolLife | Role::Clerk => "Personnel",
            },
            structures: [school.uai.as_str()],
            classes: [],
            groups: [],
            ua: "Mozilla/5.0",
            os_name: "Unknown",
            os_version: "Unknown",
            device_type: match access.device {
                "tablette" => "Tablet",
                "mobile" => "Mobile",
                _ => "Desktop",
            },
            device_name: "Unknown",
            ip: "192.0.2.1",
            session_id,
        },
    )
}
