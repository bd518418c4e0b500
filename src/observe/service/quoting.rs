//! Quoting by the rules of systemd (`systemd.syntax(7)`, `systemd.service(5)`) and of shells.

use std::fmt::Write as _;

use crate::domain::plain_text::is_hidden;

/// A word of `ExecStart=`: quoted, with specifiers (`%`) and variables (`$`) taken literally.
pub(super) fn word(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '%' | '$' => quoted.extend([c, c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(quoted, "\\x{byte:02x}");
                }
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Text within a value that is not split into words, such as `Description=`: specifiers are taken literally, and whatever
/// could end the line is a space.
pub(super) fn text(text: &str) -> String {
    let plain = text.chars().map(|c| if c == '\\' || c.is_control() || is_hidden(c) { ' ' } else { c });
    plain.collect::<String>().replace('%', "%%")
}

/// A name for units, files and folders: letters, digits, `.`, `_` and `-`.
pub(super) fn name(text: &str) -> String {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || ['.', '_', '-'].contains(c);
    let plain: String = text.chars().map(|c| if is_plain(&c) { c } else { '-' }).take(LONGEST_NAME).collect();
    match plain.trim_matches(['.', '-']) {
        "" => "scenario".to_owned(),
        name => name.to_owned(),
    }
}

/// The name of a unit has at most 255 bytes, its ending included.
const LONGEST_NAME: usize = 200;

/// A word of a shell (bash, zsh), on one line.
pub(super) fn shell(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    if !text.chars().any(|c| c.is_control() || is_hidden(c)) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut quoted = String::from("$'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() || is_hidden(c) => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(quoted, "\\x{byte:02x}");
                }
            }
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_literally() {
        let check = |text: &str, expected: &str| assert_eq!(word(text), expected);
        check("/etc/baseline/a b.toml", r#""/etc/baseline/a b.toml""#);
        check("100%n", r#""100%%n""#);
        check("$HOME ${HOME}", r#""$$HOME $${HOME}""#);
        check("a\"b\\c'd", r#""a\"b\\c'd""#);
        check("a\nExecStartPre=/bin/x", r#""a\nExecStartPre=/bin/x""#);
        check("\u{1b}\u{9b}", r#""\x1b\xc2\x9b""#);
        check(";", r#"";""#);
        check("", r#""""#);
    }

    #[test]
    fn a_description_stays_on_its_line() {
        assert_eq!(text("a\nExecStart=/bin/x % \\"), "a ExecStart=/bin/x %%  ");
    }

    #[test]
    fn names_of_units_have_no_folders_and_no_specifiers() {
        let check = |text: &str, expected: &str| assert_eq!(name(text), expected);
        check("pitchey", "pitchey");
        check("../../etc/passwd", "etc-passwd");
        check("my service %i@x", "my-service--i-x");
        check("\n", "scenario");
        assert_eq!(name(&"x".repeat(1000)).len(), LONGEST_NAME);
    }

    #[test]
    fn shells_read_one_word() {
        let check = |text: &str, expected: &str| assert_eq!(shell(text), expected);
        check("/etc/a.toml", "/etc/a.toml");
        check("it's $HOME", r"'it'\''s $HOME'");
        check("a\nb'\\", r"$'a\x0ab\'\\'");
    }
}
