//! Puts figures into the pages of the documentation, between their marks.

use std::path::Path;

/// A table of a page, and how it is made.
pub(crate) type Figure = (&'static str, fn() -> String);

/// Makes the figures whose name contains the first argument, prints each, and puts it into the page.
pub(crate) fn draw(page: &str, figures: &[Figure]) {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    for (name, figure) in figures.iter().filter(|(name, _)| name.contains(&wanted)) {
        let table = figure();
        println!("{name}\n\n{table}");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, put(&text, name, &table)).unwrap();
    }
}

/// Puts a table between its two marks.
fn put(page: &str, name: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- simulated: {name} -->\n"), "<!-- end -->");
    let start = page.find(&begin).map(|at| at + begin.len()).unwrap();
    let stop = start + page[start..].find(end).unwrap();
    format!("{}\n{table}\n{}", &page[..start], &page[stop..])
}
