//! Answers that set cookies, and what curl 7.88 sends after them.
//!
//! Curl reads its jar from the file that it wrote after the answers (`-c`, then `-b`). Within one command it sends cookies of
//! equal lengths in the opposite order, the newest first; the standard has the oldest first.

/// Answers with their `set-cookie` fields, and a request that follows.
#[derive(Clone, Copy)]
pub(super) struct Case {
    /// What it is about.
    pub(super) name: &'static str,
    /// The URL of each request before, and the fields of its answer.
    pub(super) answers: &'static [(&'static str, &'static [&'static str])],
    /// The URL of the request that is looked at.
    pub(super) asked: &'static str,
    /// The `cookie` field that curl sends with it; empty where it sends none.
    pub(super) curl: &'static str,
    /// What this client sends instead, and why.
    pub(super) ours: Option<(&'static str, &'static str)>,
}

const fn case(
    name: &'static str,
    answers: &'static [(&'static str, &'static [&'static str])],
    asked: &'static str,
    curl: &'static str,
) -> Case {
    Case { name, answers, asked, curl, ours: None }
}

const fn other(case: Case, ours: &'static str, why: &'static str) -> Case {
    Case { ours: Some((ours, why)), ..case }
}

const WWW: &str = "http://www.example.com/";

pub(super) const CASES: [Case; 48] = [
    case("one cookie", &[(WWW, &["a=1"])], WWW, "a=1"),
    case("of its host only", &[(WWW, &["a=1"])], "http://b.www.example.com/", ""),
    case("not of the domain above", &[(WWW, &["a=1"])], "http://example.com/", ""),
    case("of a domain", &[(WWW, &["a=1; Domain=example.com"])], "http://b.example.com/", "a=1"),
    case("of a domain, itself", &[(WWW, &["a=1; Domain=example.com"])], "http://example.com/", "a=1"),
    case("of a domain with a dot", &[(WWW, &["a=1; domain=.EXAMPLE.com"])], "http://b.example.com/", "a=1"),
    case("of a domain that ends alike", &[(WWW, &["a=1; Domain=example.com"])], "http://notexample.com/", ""),
    case("of a foreign domain", &[(WWW, &["a=1; Domain=other.com"])], "http://other.com/", ""),
    case("of a host below", &[(WWW, &["a=1; Domain=b.www.example.com"])], "http://b.www.example.com/", ""),
    case("of an empty domain", &[(WWW, &["a=1; Domain="])], WWW, "a=1"),
    case("of a shared suffix", &[("http://a.co.uk/", &["a=1; Domain=co.uk"])], "http://b.co.uk/", ""),
    case("of a top-level domain", &[(WWW, &["a=1; Domain=com"])], WWW, ""),
    case("of an address", &[("http://127.0.0.1/", &["a=1; Domain=127.0.0.1"])], "http://127.0.0.1/", "a=1"),
    case("of half an address", &[("http://127.0.0.1/", &["a=1; Domain=0.0.1"])], "http://127.0.0.1/", ""),
    case("other ports", &[("http://www.example.com:8080/", &["a=1"])], "http://www.example.com:9090/", "a=1"),
    case("path", &[(WWW, &["a=1; Path=/a"])], "http://www.example.com/a/b", "a=1"),
    case("path itself, with a query", &[(WWW, &["a=1; Path=/a"])], "http://www.example.com/a?b=/c", "a=1"),
    case("path that begins alike", &[(WWW, &["a=1; Path=/a"])], "http://www.example.com/ab", ""),
    case("path with a slash, below", &[(WWW, &["a=1; Path=/a/"])], "http://www.example.com/a/b", "a=1"),
    other(
        case("path with a slash, without", &[(WWW, &["a=1; Path=/a/"])], "http://www.example.com/a", "a=1"),
        "",
        "RFC 6265, section 5.1.4: /a is not below /a/, and browsers send nothing",
    ),
    case(
        "path without a slash",
        &[("http://www.example.com/a/b", &["a=1; Path=x"])],
        "http://www.example.com/a/c",
        "a=1",
    ),
    case("no path", &[("http://www.example.com/a/b/c?d=/e", &["a=1"])], "http://www.example.com/a/b", "a=1"),
    case("no path, beside", &[("http://www.example.com/a/b/c", &["a=1"])], "http://www.example.com/a/d", ""),
    case(
        "of one name, two paths",
        &[("http://www.example.com/a/b", &["a=1; Path=/", "a=2; Path=/a", "a=3"])],
        "http://www.example.com/a/b",
        "a=3; a=1",
    ),
    case("order by age", &[(WWW, &["b=1", "a=2", "c=3", "b=4"])], WWW, "b=4; a=2; c=3"),
    case("order by length of names", &[(WWW, &["a=1", "bbb=2", "cc=3"])], WWW, "bbb=2; cc=3; a=1"),
    case("order by length of domains", &[(WWW, &["a=1; Domain=example.com", "b=2"])], WWW, "b=2; a=1"),
    case("host and domain of one name", &[(WWW, &["a=1; Domain=www.example.com", "a=2"])], WWW, "a=1; a=2"),
    case("removed by Max-Age", &[(WWW, &["a=1", "b=1"]), (WWW, &["a=; Max-Age=0"])], WWW, "b=1"),
    case("removed by a negative Max-Age", &[(WWW, &["a=1"]), (WWW, &["a=; Max-Age=-1"])], WWW, ""),
    case(
        "removed by Expires",
        &[(WWW, &["a=1"]), (WWW, &["a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"])],
        WWW,
        "",
    ),
    case(
        "removed by an odd date",
        &[(WWW, &["a=1"]), (WWW, &["a=; expires=Thu, 01-Jan-1970 00:00:10 -0000"])],
        WWW,
        "",
    ),
    case(
        "not removed elsewhere",
        &[(WWW, &["a=1; Path=/x"]), (WWW, &["a=; Max-Age=0"])],
        "http://www.example.com/x",
        "a=1",
    ),
    case(
        "Max-Age before Expires",
        &[(WWW, &["a=1; Max-Age=100; Expires=Thu, 01 Jan 1970 00:00:10 GMT"])],
        WWW,
        "a=1",
    ),
    case(
        "Max-Age after Expires",
        &[(WWW, &["a=1; Expires=Thu, 01 Jan 2099 00:00:10 GMT; MAX-AGE=0"])],
        WWW,
        "",
    ),
    other(
        case("Max-Age that is no number", &[(WWW, &["a=1; Max-Age=soon"])], WWW, ""),
        "a=1",
        "RFC 6265, section 5.2.2: such an attribute is ignored",
    ),
    case("Secure over HTTP", &[(WWW, &["a=1; Secure"])], WWW, ""),
    case("Secure on this machine", &[("http://127.0.0.1/", &["a=1; Secure"])], "http://127.0.0.1/", "a=1"),
    case("Secure on localhost", &[("http://localhost/", &["a=1; secure"])], "http://localhost/", "a=1"),
    case("HttpOnly and SameSite", &[(WWW, &["a=1; HttpOnly; SameSite=Strict"])], WWW, "a=1"),
    case(
        "prefixes",
        &[(
            "http://localhost/",
            &[
                "__Host-a=1; Secure; Path=/",
                "__Host-b=1; Secure; Path=/x",
                "__Secure-c=1",
                "__Secure-d=1; Secure",
            ],
        )],
        "http://localhost/",
        "__Secure-d=1; __Host-a=1",
    ),
    case(
        "values with signs",
        &[(WWW, &["a=b=c", "q=\"x y\"", "s= x  y ", "e="])],
        WWW,
        "a=b=c; q=\"x y\"; s=x  y; e=",
    ),
    case("no name", &[(WWW, &["=1", "b", "c=1"])], WWW, "c=1"),
    case("blanks around", &[(WWW, &["  a = 1 ;  Path = / ; x"])], WWW, "a=1"),
    case("control characters", &[(WWW, &["a=1\t2", "b=1\x012", "c=3"])], WWW, "c=3"),
    case("letters of others", &[(WWW, &["a=é", "ü=1"])], WWW, "ü=1; a=é"),
    other(
        case("an attribute first", &[(WWW, &["; a=1"])], WWW, "a=1"),
        "",
        "RFC 6265, section 5.2: name and value stand before the first semicolon",
    ),
    other(
        case("capitals", &[(WWW, &["A=1", "a=2"])], WWW, "a=2"),
        "A=1; a=2",
        "RFC 6265, section 5.3: capitals are other letters in names",
    ),
];
