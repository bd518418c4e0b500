//! A form of several parts (`multipart/form-data`): texts, which may have slots, and files.

use std::path::PathBuf;

use super::template::Template;

/// A form whose parts are sent one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Multipart {
    /// Its parts, in their order.
    pub parts: Vec<Part>,
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Name of the field.
    pub name: Template,
    /// What is sent as its value.
    pub content: Content,
    /// File name to send; `None` sends the name of the file itself.
    pub filename: Option<Template>,
    /// Media type; where it is `None`, that of a file follows from the end of its name, and a text has none.
    pub content_type: Option<String>,
}

/// What is sent as the value of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text.
    Text(Template),
    /// The bytes of a file, which are read while they are sent.
    File {
        /// Path of the file.
        path: PathBuf,
        /// Its length in bytes when the plan was made.
        length: u64,
    },
}

impl Multipart {
    /// Every template in it.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        self.parts.iter().flat_map(|part| {
            let text = match &part.content {
                Content::Text(text) => Some(text),
                Content::File { .. } => None,
            };
            [Some(&part.name), part.filename.as_ref(), text].into_iter().flatten()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_those_of_names_and_texts() {
        let literal = |text: &str| Template::literal(text);
        let part = |name: &str, content, filename| Part {
            name: literal(name),
            content,
            filename,
            content_type: None,
        };
        let file = Content::File { path: PathBuf::from("a.txt"), length: 1 };
        let form = Multipart {
            parts: vec![part("a", Content::Text(literal("b")), None), part("c", file, Some(literal("d")))],
        };
        let texts: Vec<String> = form.templates().map(|text| text.rendered(&[""])).collect();
        assert_eq!(texts, ["a", "b", "c", "d"]);
    }
}
