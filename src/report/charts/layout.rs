//! For which screens a picture is laid out.

/// For which width of screen a chart is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Panels side by side, for desktops, paper and PNGs.
    Wide,
    /// One panel per row, for telephones.
    Narrow,
}

impl Layout {
    /// Both, the wide one first.
    pub const ALL: [Self; 2] = [Self::Wide, Self::Narrow];

    /// The class of its SVG.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
        }
    }
}
