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
const ASSETS: [Asset; 24] = [
    script("api.js", include_bytes!("page/api.js")),
    script("charts.js", include_bytes!("page/charts.js")),
    script("columns.js", include_bytes!("page/columns.js")),
    script("detail.js", include_bytes!("page/detail.js")),
    script("dom.js", include_bytes!("page/dom.js")),
    script("draw.js", include_bytes!("page/draw.js")),
    script("facts.js", include_bytes!("page/facts.js")),
    script("format.js", include_bytes!("page/format.js")),
    script("heat.js", include_bytes!("page/heat.js")),
    script("incidents.js", include_bytes!("page/incidents.js")),
    script("keys.js", include_bytes!("page/keys.js")),
    script("legend.js", include_bytes!("page/legend.js")),
    script("main.js", include_bytes!("page/main.js")),
    script("marks.js", include_bytes!("page/marks.js")),
    script("model.js", include_bytes!("page/model.js")),
    style("page.css", include_bytes!("page/page.css")),
    script("route.js", include_bytes!("page/route.js")),
    script("scales.js", include_bytes!("page/scales.js")),
    script("status.js", include_bytes!("page/status.js")),
    script("theme.js", include_bytes!("page/theme.js")),
    script("tiles.js", include_bytes!("page/tiles.js")),
    style("uplot.css", include_bytes!("page/uplot.css")),
    script("uplot.js", include_bytes!("page/uplot.js")),
    // Its licence asks to be in every copy, and this program is one.
    text("uplot.LICENSE", include_bytes!("page/uplot.LICENSE")),
];

const fn script(name: &'static str, bytes: &'static [u8]) -> Asset {
    Asset { name, content_type: "text/javascript; charset=utf-8", bytes }
}

const fn style(name: &'static str, bytes: &'static [u8]) -> Asset {
    Asset { name, content_type: "text/css; charset=utf-8", bytes }
}

const fn text(name: &'static str, bytes: &'static [u8]) -> Asset {
    Asset { name, content_type: "text/plain; charset=utf-8", bytes }
}

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
        assert_eq!(find("main.js").map(|asset| asset.content_type), Some("text/javascript; charset=utf-8"));
    }

    #[test]
    fn every_file_of_the_page_is_compiled_in() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/dashboard/page");
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        for name in names.map(|name| name.into_string().unwrap()) {
            let is_loaded = [".js", ".css", ".LICENSE"].iter().any(|end| name.ends_with(end));
            assert_eq!(find(&name).is_some(), is_loaded, "{name}");
        }
    }
}
