//! The header fields of one response, in the order in which they came, in memory that is used again for the next.

/// Header fields: names and values, in order. A name may occur several times.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    /// Names and values, one behind the other.
    text: String,
    /// Where each name begins, where its value begins, and where that ends.
    places: Vec<(usize, usize, usize)>,
}

impl Fields {
    /// Removes all fields, and keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.places.clear();
    }

    /// Appends a field. Bytes of the value that are not UTF-8 are read as Latin-1, as browsers do.
    pub fn push(&mut self, name: &str, value: &[u8]) {
        let from = self.text.len();
        self.text.push_str(name);
        let middle = self.text.len();
        match std::str::from_utf8(value) {
            Ok(value) => self.text.push_str(value),
            Err(_) => self.text.extend(value.iter().map(|byte| char::from(*byte))),
        }
        self.places.push((from, middle, self.text.len()));
    }

    /// Every field, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.places.iter().map(|(from, middle, to)| (&self.text[*from..*middle], &self.text[*middle..*to]))
    }

    /// The values of every field with this name, in order. Case does not matter.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The value of the first field with this name. Case does not matter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_name_in_their_order() {
        let mut fields = Fields::default();
        fields.push("Set-Cookie", b"a=1");
        fields.push("x-name", b"caf\xe9");
        fields.push("set-cookie", b"b=2");
        assert_eq!(fields.all("SET-COOKIE").collect::<Vec<_>>(), ["a=1", "b=2"]);
        assert_eq!((fields.get("X-Name"), fields.get("x")), (Some("caf\u{e9}"), None));
        fields.clear();
        assert_eq!(fields.iter().count(), 0);
    }
}
