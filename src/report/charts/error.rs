//! Why a chart cannot be drawn.

/// Why a chart cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// The drawing library failed.
    #[error("cannot draw a chart: {what}")]
    Draw {
        /// Message of the drawing library.
        what: String,
    },
    /// The picture cannot be encoded.
    #[error("cannot encode a chart")]
    Encode(#[from] png::EncodingError),
}
