//! Why a chart cannot be drawn.

/// Why a chart cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// The back end failed.
    #[error("cannot draw a chart: {what}")]
    Draw {
        /// What it said.
        what: String,
    },
    /// The picture cannot be encoded.
    #[error("cannot encode a chart")]
    Encode(#[from] png::EncodingError),
}
