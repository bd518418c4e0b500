//! The live page of a run: its server, its JSON, its files.
