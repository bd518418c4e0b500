//! The files of the page, compiled in. A name is looked up in a table, so that no path leads anywhere else.

/// A file of the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asset {
    name: &'static str,
    pub(super) content_type: &'static str,
    pub(super) bytes: &'static [u8],
}

const HTML: &str = "text/html; charset=utf-8";

/// The page itself.
pub(super) const INDEX: Asset =
    Asset { name: "index.html", content_type: HTML, bytes: include_bytes!("page/index.html") };

/// What the page loads.
const ASSETS: [Asset; 0] = [];

/// The file with this name.
pub(super) fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_page_are_found() {
        assert_eq!(INDEX.name, "index.html");
        for name in ["", "..", "../page/index.html", "/etc/passwd", "index.html"] {
            assert!(find(name).is_none(), "{name}");
        }
    }
}
