//! `run.json` and `status.json`: read back as written; those of a later version are refused or passed over.

use baseline::domain::run::RunState;
use baseline::host::process::own_identity;
use baseline::store::StoreError;
use baseline::store::heartbeat;
use baseline::store::heartbeat::Heartbeat;
use baseline::store::manifest;
use baseline::store::manifest::Manifest;

use crate::support::fixtures;
use crate::support::folder::Folder;

#[test]
fn a_manifest_is_read_back_as_it_was() {
    let folder = Folder::new();
    let written = fixtures::manifest("made_up");
    written.write(folder.path()).unwrap();
    assert_eq!(Manifest::read(folder.path()).unwrap(), written);
}

#[test]
fn a_later_schema_is_refused_whatever_else_it_holds() {
    let folder = Folder::new();
    folder.write(manifest::FILE, r#"{ "schema": 4, "all": "else differs" }"#);
    let error = Manifest::read(folder.path()).unwrap_err();
    assert!(matches!(error, StoreError::NewerSchema { found: 4, known: 3, .. }), "{error}");
    assert!(error.hint().is_some());
}

#[test]
fn a_folder_without_a_manifest_is_no_run() {
    assert!(matches!(Manifest::read(Folder::new().path()), Err(StoreError::NotARun { .. })));
}

#[test]
fn a_heartbeat_is_read_back_as_it_was() {
    let folder = Folder::new();
    let written = Heartbeat::new(RunState::Running, Some(own_identity()));
    written.write(folder.path()).unwrap();
    let read = Heartbeat::read(folder.path()).unwrap();
    assert_eq!(read, written);
    assert!(read.process().unwrap().is_alive());
}

#[test]
fn a_heartbeat_that_cannot_be_read_is_none() {
    let folder = Folder::new();
    assert_eq!(Heartbeat::read(folder.path()), None);
    folder.write(heartbeat::FILE, "{ torn");
    assert_eq!(Heartbeat::read(folder.path()), None);
}
