//! A text with slots that are filled in for each use. A text without any is used as it is.

/// A text with numbered slots that are filled in for each use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

/// A part of a template: fixed text or a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text that is the same in every use.
    Literal(String),
    /// A slot for the value with this index, from 0.
    Slot(usize),
}

impl Template {
    /// A template without slots, which renders as this text.
    pub fn literal(text: impl Into<String>) -> Self {
        Self { pieces: vec![Piece::Literal(text.into())] }
    }

    /// A template of these pieces, in their order.
    pub fn of(pieces: Vec<Piece>) -> Self {
        Self { pieces }
    }

    /// Whether it has no slot, so that it renders the same each time.
    pub fn is_literal(&self) -> bool {
        self.pieces.iter().all(|piece| matches!(piece, Piece::Literal(_)))
    }

    /// The number of values it needs: one more than its highest slot.
    pub fn needs(&self) -> usize {
        let slot = |piece: &Piece| match piece {
            Piece::Literal(_) => 0,
            Piece::Slot(index) => index + 1,
        };
        self.pieces.iter().map(slot).max().unwrap_or(0)
    }

    /// Appends the text with its slots filled in; a slot without a value stays empty.
    pub fn render(&self, values: &[&str], out: &mut String) {
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Slot(index) => out.push_str(values.get(*index).copied().unwrap_or_default()),
            }
        }
    }

    /// The text with its slots filled in.
    pub fn rendered(&self, values: &[&str]) -> String {
        let mut text = String::new();
        self.render(values, &mut text);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_filled_in_where_they_stand() {
        let template = Template::of(vec![
            Piece::Literal("/api/".to_owned()),
            Piece::Slot(1),
            Piece::Literal("/x/".to_owned()),
            Piece::Slot(0),
        ]);
        assert_eq!(template.rendered(&["a", "b"]), "/api/b/x/a");
        assert_eq!((template.needs(), template.is_literal()), (2, false));
        assert!(Template::literal("/").is_literal());
    }
}
