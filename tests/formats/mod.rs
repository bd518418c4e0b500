//! Files: their columns, that what is written is read back, and what a crash may leave of them.

mod browser;
mod charts;
mod check;
mod check_changes;
mod damaged_files;
mod follow;
mod gate;
mod grafana;
mod histogram_log;
mod live;
mod live_page;
mod manifest;
mod metrics;
mod monitor;
mod notes;
mod outliers;
mod period;
mod report;
mod runbooks;
mod schema_1;
mod schema_2;
mod schemas;
mod status_page;
mod torn_tails;
mod window_log;
