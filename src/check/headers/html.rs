//! Finds the `<script>` and `<meta>` tags of a page. It reads any bytes, and knows just enough of HTML not to see tags in
//! comments, scripts and texts.

/// A tag with its attributes; names are in lowercase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// The value of an attribute: empty where it has none, `None` where the attribute is missing.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Elements whose content is text, whatever it looks like.
const RAW: [&str; 8] = ["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"];
/// More tags than this in a page are not read.
const MOST_TAGS: usize = 10_000;

/// Whether a body without a type begins like a page.
pub(super) fn looks_like_html(body: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&body[..body.len().min(512)]).trim_start().to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

/// The script and meta tags of a page, in order.
pub(super) fn tags(body: &[u8]) -> Vec<Tag> {
    let text = String::from_utf8_lossy(body);
    let (mut tags, mut rest) = (Vec::new(), &*text);
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>').unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        let (attributes, after) = attributes(&rest[end..]);
        rest = after;
        if RAW.contains(&name.as_str()) {
            rest = after_raw_text(rest, &name);
        }
        if (name == "script" || name == "meta") && tags.len() < MOST_TAGS {
            tags.push(Tag { name, attributes });
        }
    }
    tags
}

/// The attributes of a tag, and what follows it.
fn attributes(text: &str) -> (Vec<(String, String)>, &str) {
    let (mut attributes, mut rest): (Vec<(String, String)>, &str) = (Vec::new(), text);
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return (attributes, rest);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (attributes, after);
        }
        // An equals sign at the beginning is part of the name.
        let skipped = usize::from(rest.starts_with('='));
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '=');
        let end = rest[skipped..].find(ends).map_or(rest.len(), |end| end + skipped);
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            (value, rest) = attribute_value(after.trim_start());
        }
        if !attributes.iter().any(|(known, _)| *known == name) {
            attributes.push((name, value.replace("&amp;", "&")));
        }
    }
}

fn attribute_value(text: &str) -> (&str, &str) {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    if let Some(quote) = quote {
        let inner = &text[1..];
        return inner.find(quote).map_or((inner, ""), |end| (&inner[..end], &inner[end + 1..]));
    }
    let end = text.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(text.len());
    text.split_at(end)
}

/// What follows the end tag of an element with raw text.
fn after_raw_text<'t>(text: &'t str, name: &str) -> &'t str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        if rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
            return rest;
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_where_browsers_see_them() {
        let check = |page: &str, expected: &[(&str, Option<&str>, Option<&str>)]| {
            let found = tags(page.as_bytes());
            let found: Vec<_> = found
                .iter()
                .map(|tag| (tag.name.as_str(), tag.attribute("src"), tag.attribute("integrity")))
                .collect();
            assert_eq!(found, expected, "{page}");
        };
        check("<script src=a.js></script>", &[("script", Some("a.js"), None)]);
        check(
            "<SCRIPT\n SRC = 'a.js?b&amp;c' integrity=\"sha384-x\" async>",
            &[("script", Some("a.js?b&c"), Some("sha384-x"))],
        );
        check("<!-- <script src=a> --><script/src=b/>", &[("script", Some("b/"), None)]);
        check(
            "<script>'<script src=a>'</script><script src=b>",
            &[("script", None, None), ("script", Some("b"), None)],
        );
        check("<title><script src=a></title><meta src>", &[("meta", Some(""), None)]);
        check("<p title='<script src=a>'>1 < 2 </p><scripty src=a>", &[]);
        check("<script src=\"a", &[("script", Some("a"), None)]);
        check("<script =src=b src=c src=d>", &[("script", Some("c"), None)]);
    }

    #[test]
    fn any_bytes_end() {
        for page in ["<", "<a", "<a =", "<!--", "</", "<script", "<script></", "<a '\"=>", "\u{fc}<\u{fc}"] {
            tags(page.as_bytes());
        }
        tags(b"<script src=\xff\xfe><\xe4");
    }
}
