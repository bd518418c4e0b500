//! `--format`: for each verb the formats that it has, and no others.

use clap::{Args, ValueEnum};

use crate::commands::Format;

/// Makes a format option of the named formats, and its translation.
macro_rules! formats {
    ($option:ident, $choice:ident, $meaning:literal, { $($(#[doc = $doc:literal])* $name:ident),+ }) => {
        #[derive(Debug, Args)]
        pub(super) struct $option {
            #[doc = $meaning]
            #[arg(long, value_enum, value_name = "FORMAT", default_value_t = $choice::Text)]
            format: $choice,
        }

        #[derive(Debug, Clone, Copy, ValueEnum)]
        enum $choice {
            $($(#[doc = $doc])* $name),+
        }

        impl $option {
            /// The format that was chosen.
            pub(super) fn chosen(&self) -> Format {
                match self.format {
                    $($choice::$name => Format::$name),+
                }
            }
        }
    };
}

formats!(PlainFormat, PlainChoice, "Output format", {
    /// For people
    Text,
    /// For programs
    Json
});
formats!(DetectFormat, DetectChoice, "Output format", {
    /// For people
    Text,
    /// For programs
    Json,
    /// One row per input row
    Csv
});
formats!(CompareFormat, CompareChoice, "Output format", {
    /// For people
    Text,
    /// For programs
    Json,
    /// For pull requests
    Markdown,
    /// For browsers, in one file
    Html
});
formats!(GateFormat, GateChoice, "Output format", {
    /// For people
    Text,
    /// For programs
    Json,
    /// For pull requests
    Markdown
});
