//! The sizes of terminals behind standard output and standard error.

use rustix::termios::{Winsize, tcgetwinsize};

/// Columns and rows of a terminal; both are at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
}

/// Size of the terminal behind standard output; `None` where it is none, or does not know its size.
pub fn of_stdout() -> Option<Size> {
    tcgetwinsize(std::io::stdout()).ok().and_then(size_of)
}

/// The same of standard error.
pub fn of_stderr() -> Option<Size> {
    tcgetwinsize(std::io::stderr()).ok().and_then(size_of)
}

fn size_of(size: Winsize) -> Option<Size> {
    let (columns, rows) = (usize::from(size.ws_col), usize::from(size.ws_row));
    (columns > 0 && rows > 0).then_some(Size { columns, rows })
}
