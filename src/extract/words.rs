//! The words of a query's text: bare, in quotes, between slashes, and JSONPath, whose blanks within brackets are its own.

use super::error::QueryError;

/// Longest text of a query. Units: bytes.
const LONGEST: usize = 4_096;

/// What is left of a text. Each method takes what it returns.
pub(super) struct Words<'t> {
    rest: &'t str,
}

/// One word, as it is meant.
pub(super) struct Word {
    /// Its text, without quotes and escapes.
    pub(super) text: String,
    /// Whether it stood in quotes, and so is a text whatever it looks like.
    pub(super) is_quoted: bool,
}

impl<'t> Words<'t> {
    /// The words of a text.
    ///
    /// # Errors
    ///
    /// Where the text is too long.
    pub(super) fn of(text: &'t str) -> Result<Self, QueryError> {
        if text.len() > LONGEST {
            return Err(QueryError::new(format!("longer than {LONGEST} bytes")));
        }
        Ok(Self { rest: text.trim() })
    }

    /// Whether nothing is left.
    pub(super) fn is_over(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next bare word, which stays.
    pub(super) fn peek(&self) -> &'t str {
        self.rest.split(char::is_whitespace).next().unwrap_or_default()
    }

    /// The next bare word; empty at the end.
    pub(super) fn bare(&mut self) -> &'t str {
        let word = self.peek();
        self.skip(word.len());
        word
    }

    /// A word in quotes or without. A template in it may contain blanks: `{{ id }}`.
    pub(super) fn word(&mut self, what: &str) -> Result<Word, QueryError> {
        if self.rest.starts_with('"') {
            return Ok(Word { text: self.quoted(unescaped)?, is_quoted: true });
        }
        let end = bare_end(self.rest);
        self.taken(end, what)
    }

    /// A regular expression: in quotes, between slashes, or a bare word. Its escapes are its own, but for `\"` and `\\` in
    /// quotes and `\/` between slashes.
    pub(super) fn pattern(&mut self) -> Result<String, QueryError> {
        if self.rest.starts_with('"') {
            return self.quoted(|chars, out| {
                match chars.next() {
                    Some(c @ ('"' | '\\')) => out.push(c),
                    Some(c) => out.extend(['\\', c]),
                    None => out.push('\\'),
                }
                Ok(())
            });
        }
        if let Some(end) = self.rest.strip_prefix('/').and_then(closing_slash) {
            let text = self.rest[1..=end].replace("\\/", "/");
            self.skip(end + 2);
            return Ok(text);
        }
        Ok(self.taken(self.peek().len(), "a pattern")?.text)
    }

    /// A JSONPath: it ends at the first blank that is in no brackets.
    pub(super) fn json_path(&mut self) -> Result<String, QueryError> {
        if self.rest.starts_with('"') {
            return self.quoted(unescaped);
        }
        let (mut depth, mut quote, mut is_escaped) = (0_usize, None, false);
        let is_end = |(_, c): &(usize, char)| {
            match (quote, c) {
                _ if is_escaped => is_escaped = false,
                (Some(_), '\\') => is_escaped = true,
                (Some(open), c) if open == *c => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') if depth > 0 => quote = Some(*c),
                (None, '[' | '(') => depth += 1,
                (None, ']' | ')') => depth = depth.saturating_sub(1),
                (None, c) => return depth == 0 && c.is_whitespace(),
            }
            false
        };
        let end = self.rest.char_indices().find(is_end).map_or(self.rest.len(), |(at, _)| at);
        Ok(self.taken(end, "a path, such as $.data.id")?.text)
    }

    fn taken(&mut self, end: usize, what: &str) -> Result<Word, QueryError> {
        if end == 0 {
            return Err(QueryError::new(format!("{what} is missing")));
        }
        let text = self.rest[..end].to_owned();
        self.skip(end);
        Ok(Word { text, is_quoted: false })
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default().trim_start();
    }

    /// A text in double quotes; `escape` reads what follows a backslash.
    fn quoted(
        &mut self,
        escape: impl Fn(&mut std::str::Chars<'_>, &mut String) -> Result<(), QueryError>,
    ) -> Result<String, QueryError> {
        let (mut chars, mut out) = (self.rest[1..].chars(), String::new());
        loop {
            match chars.next() {
                None => return Err(QueryError::new("a quoted text has no end")),
                Some('"') => break,
                Some('\\') => escape(&mut chars, &mut out)?,
                Some(c) => out.push(c),
            }
        }
        let left = chars.as_str();
        if left.starts_with(|c: char| !c.is_whitespace()) {
            return Err(QueryError::new("a quoted text must be followed by a blank"));
        }
        self.rest = left.trim_start();
        Ok(out)
    }
}

/// Where a bare word ends: at a blank outside of a template.
fn bare_end(text: &str) -> usize {
    let mut from = 0;
    loop {
        let blank = text[from..].find(char::is_whitespace).map_or(text.len(), |at| from + at);
        let opened = text[from..blank].find("{{").map(|at| from + at);
        match opened.and_then(|at| text[at..].find("}}").map(|end| at + end + 2)) {
            Some(closed) => from = closed,
            None => return blank,
        }
    }
}

/// Where a pattern's closing slash is: the first that is not escaped, and followed by a blank or nothing.
fn closing_slash(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        let is_last = text[at + c.len_utf8()..].chars().next().is_none_or(char::is_whitespace);
        if c == '/' && !is_escaped && is_last {
            return Some(at);
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    None
}

/// The escapes of a text: those of JSON, and `\u{1F600}` as Hurl has it.
fn unescaped(chars: &mut std::str::Chars<'_>, out: &mut String) -> Result<(), QueryError> {
    let wrong = |c: char| QueryError::new(format!("unknown escape \\{c} in a quoted text"));
    let c = match chars.next() {
        Some(c @ ('"' | '\\' | '/')) => c,
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('u') => {
            let rest = chars.as_str();
            let braced = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
            let (digits, taken) = match braced {
                Some((digits, _)) => (digits, digits.len() + 2),
                None => (rest.get(..4).unwrap_or_default(), 4),
            };
            let is_hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let code = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex).and_then(char::from_u32);
            let code = code.ok_or_else(|| wrong('u'))?;
            *chars = rest[taken..].chars();
            code
        }
        Some(c) => return Err(wrong(c)),
        None => return Err(QueryError::new("a quoted text has no end")),
    };
    out.push(c);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_at_blanks_outside_of_quotes_and_templates() {
        let check = |text: &str, expected: &[&str]| {
            let (mut words, mut found) = (Words::of(text).unwrap(), Vec::new());
            while !words.is_over() {
                found.push(words.word("a word").map_or_else(|error| error.to_string(), |word| word.text));
                if found.len() > 5 {
                    break;
                }
            }
            assert_eq!(found, expected, "{text}");
        };
        check(" a  b\tc ", &["a", "b", "c"]);
        check(r#""a b" c"#, &["a b", "c"]);
        check(r#""a\"b\\\n\u00e9\u{1F600}""#, &["a\"b\\\né😀"]);
        check("x{{ id }}/{{b c}}y z", &["x{{ id }}/{{b c}}y", "z"]);
        check("{{ open z", &["{{", "open", "z"]);
        check("\"\" é", &["", "é"]);
    }

    #[test]
    fn patterns_keep_their_escapes() {
        let check = |text: &str, expected: &str, left: &str| {
            let mut words = Words::of(text).unwrap();
            assert_eq!(words.pattern().unwrap(), expected, "{text}");
            assert_eq!(words.rest, left, "{text}");
        };
        check(r#""csrf\" value=\"([^\"]+)\"" first"#, r#"csrf" value="([^"]+)""#, "first");
        check(r#""\d+\\d" x"#, r"\d+\d", "x");
        check(r"/a b\/(\d+)/ nth 1", r"a b/(\d+)", "nth 1");
        check(r"/api/(\d+)", r"/api/(\d+)", "");
        check(r"id=(\w+) x", r"id=(\w+)", "x");
    }

    #[test]
    fn a_json_path_may_contain_blanks_in_brackets() {
        let check = |text: &str, expected: &str, left: &str| {
            let mut words = Words::of(text).unwrap();
            assert_eq!(words.json_path().unwrap(), expected, "{text}");
            assert_eq!(words.rest, left, "{text}");
        };
        check("$['a b'].c == 1", "$['a b'].c", "== 1");
        check(r#"$["a ] b"] exists"#, r#"$["a ] b"]"#, "exists");
        check(r"$['it\'s ]'] exists", r"$['it\'s ]']", "exists");
        check("$.a[?(@.b == 'x y')].c count", "$.a[?(@.b == 'x y')].c", "count");
        check(r#""$.a b" count"#, "$.a b", "count");
        check("$['open x", "$['open x", "");
    }

    #[test]
    fn what_has_no_end_is_told() {
        for text in
            ["\"a", "\"a\\", "\"a\"b", "\"\\q\"", "\"\\u12\"", "\"\\u{}\"", "\"\\u{110000}\"", "\"\\ué12\""]
        {
            assert!(Words::of(text).unwrap().word("a word").is_err(), "{text}");
        }
        assert!(Words::of(&"a".repeat(LONGEST + 1)).is_err());
    }
}
