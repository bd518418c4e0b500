//! Where `status --watch` shows a run: on a screen of its own on a terminal, as blocks of text elsewhere.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::commands::status::Watched;
use crate::domain::columns::cut;
use crate::domain::plain_text::visible;
use crate::host::terminal::{self, Size};
use crate::run::interrupt;

use super::display::{Display, USUAL_COLUMNS};

/// The terminal's second screen, and back to the first one, which is as it was before.
const ENTER: &str = "\u{1b}[?1049h";
const LEAVE: &str = "\u{1b}[?1049l";
const TOP: &str = "\u{1b}[H";
const CLEAR_LINE: &str = "\u{1b}[K";
const CLEAR_REST: &str = "\u{1b}[J";

const USUAL_ROWS: usize = 24;

/// Whether the second screen is shown.
static IS_ENTERED: AtomicBool = AtomicBool::new(false);

/// The second screen of the terminal, drawn again and again.
#[derive(Default)]
struct SecondScreen {
    text: String,
    size: Option<Size>,
}

impl SecondScreen {
    fn draw(&mut self) -> io::Result<()> {
        self.size = terminal::of_stdout();
        let size = self.size.unwrap_or(Size { columns: USUAL_COLUMNS, rows: USUAL_ROWS });
        let enter = if IS_ENTERED.swap(true, Ordering::SeqCst) { "" } else { ENTER };
        write(&format!("{enter}{}", page(&self.text, size)))
    }
}

impl Watched for SecondScreen {
    fn is_in_place(&self) -> bool {
        true
    }

    fn show(&mut self, text: &str) -> io::Result<()> {
        text.clone_into(&mut self.text);
        self.draw()
    }

    fn look_after(&mut self) -> io::Result<()> {
        if terminal::of_stdout() == self.size { Ok(()) } else { self.draw() }
    }

    fn finish(&mut self, text: &str) -> io::Result<()> {
        leave();
        write(&shown(text))
    }
}

impl Drop for SecondScreen {
    fn drop(&mut self) {
        leave();
    }
}

/// As much of a text as the screen has room for.
fn page(text: &str, size: Size) -> String {
    let lines = text.lines().take(size.rows).map(|line| cut(&visible(line), size.columns));
    let lines: Vec<String> = lines.map(|line| format!("{line}{CLEAR_LINE}")).collect();
    format!("{TOP}{}{CLEAR_REST}", lines.join("\r\n"))
}

/// A text without anything that acts on a terminal.
fn shown(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(visible).collect();
    lines.join("\n") + "\n"
}

/// Back to the first screen, if the second one is shown.
fn leave() {
    if IS_ENTERED.swap(false, Ordering::SeqCst) {
        let _ = write(LEAVE);
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Blocks of text, an empty line between two of them.
struct Blocks<'a> {
    out: &'a mut dyn Write,
    is_first: bool,
}

impl Watched for Blocks<'_> {
    fn is_in_place(&self) -> bool {
        false
    }

    fn show(&mut self, text: &str) -> io::Result<()> {
        let gap = if std::mem::take(&mut self.is_first) { "" } else { "\n" };
        self.out.write_all(format!("{gap}{text}").as_bytes())?;
        self.out.flush()
    }

    fn look_after(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, text: &str) -> io::Result<()> {
        self.show(text)
    }
}

/// Where to show the status of a watched run.
pub(super) fn watched(out: &mut dyn Write) -> Box<dyn Watched + '_> {
    if Display::of_stdout().is_in_place {
        interrupt::before_exit(leave);
        Box::new(SecondScreen::default())
    } else {
        Box::new(Blocks { out, is_first: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_fits_its_screen() {
        let size = |columns, rows| Size { columns, rows };
        assert_eq!(page("ab\ncde\nf\n", size(3, 2)), "\u{1b}[Hab\u{1b}[K\r\ncde\u{1b}[K\u{1b}[J");
        assert_eq!(page("abcd\n", size(3, 2)), "\u{1b}[Hab…\u{1b}[K\u{1b}[J");
        assert_eq!(page("\u{1b}[2J\n", size(20, 2)), "\u{1b}[H\\u001b[2J\u{1b}[K\u{1b}[J");
        assert_eq!(page("検索検索\n", size(5, 1)), "\u{1b}[H検索…\u{1b}[K\u{1b}[J");
    }

    #[test]
    fn blocks_have_an_empty_line_between_them() {
        let mut out = Vec::new();
        let mut blocks = Blocks { out: &mut out, is_first: true };
        blocks.show("a\n").unwrap();
        blocks.finish("b\n").unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a\n\nb\n");
    }
}
