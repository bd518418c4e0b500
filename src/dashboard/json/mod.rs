//! The JSON of the live page's API: plain types, one file per kind.

mod detail;
mod envelope;
mod failure;
mod heat;
mod incident;
mod mark;
mod point;
mod runs;
mod series;
mod snapshot;

pub(super) use detail::{Detail, DetailRow, ErrorEntry, FlagEntry, SlowEntry};
pub(super) use envelope::{Envelope, to_bytes};
pub(super) use failure::Failure;
pub(super) use heat::{Heat, HeatColumn};
pub(super) use incident::{AffectedEntry, GapEntry, IncidentEntry, Note};
pub(super) use mark::{MarkEntry, MarksEvent};
pub(super) use point::{Columns, Point};
pub(super) use runs::{RunEntry, Runs};
pub(super) use series::{BandEntry, Bands, Kind, ObjectiveEntry, SeriesEntry};
pub(super) use snapshot::{
    CapacityEntry, Generator, LevelEntry, Progress, Run, ShortOfCpu, Snapshot, StateEvent, StateOfRun,
    Verdict, WindowEvent, WindowRow,
};
