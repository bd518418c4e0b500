//! What a `Set-Cookie` header says about a cookie, without its value.

use std::time::SystemTime;

use crate::domain::fields::Fields;

/// A cookie as a response sets it. Its value is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) struct SetCookie {
    pub(in crate::check) name: String,
    /// Names and values of its attributes, as they were sent; names in lowercase.
    attributes: Vec<(String, String)>,
}

impl SetCookie {
    /// The cookies that a response sets, the last one of each name. Those that it deletes are left out.
    pub(in crate::check) fn all(fields: &Fields) -> Vec<Self> {
        let mut cookies: Vec<Self> = Vec::new();
        for cookie in fields.all("set-cookie").filter_map(Self::parse) {
            cookies.retain(|known| known.name != cookie.name);
            cookies.push(cookie);
        }
        cookies.retain(|cookie| !cookie.deletes());
        cookies
    }

    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.split(';');
        let (name, _) = parts.next()?.split_once('=')?;
        let attributes = parts.map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (name.trim().to_ascii_lowercase(), value.trim().to_owned())
        });
        let name = name.trim().to_owned();
        (!name.is_empty()).then(|| Self { name, attributes: attributes.collect() })
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether it only removes a cookie: its time is over when it comes.
    fn deletes(&self) -> bool {
        match self.attribute("max-age").map(|age| age.parse::<i64>()) {
            Some(Ok(age)) => age <= 0,
            _ => self
                .attribute("expires")
                .and_then(|date| httpdate::parse_http_date(date).ok())
                // Servers remove cookies with a date near the beginning of time.
                .and_then(|date| date.duration_since(SystemTime::UNIX_EPOCH).ok())
                .is_some_and(|since| since.as_secs() < 946_684_800),
        }
    }

    pub(in crate::check) fn is_secure(&self) -> bool {
        self.attribute("secure").is_some()
    }

    pub(in crate::check) fn is_http_only(&self) -> bool {
        self.attribute("httponly").is_some()
    }

    /// `SameSite` in lowercase; `None` where it is missing.
    pub(in crate::check) fn same_site(&self) -> Option<String> {
        self.attribute("samesite").map(str::to_ascii_lowercase)
    }

    /// Whether it is a token against forged requests, which scripts may have to read.
    pub(in crate::check) fn is_csrf(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        name.contains("csrf") || name.contains("xsrf")
    }

    /// Whether its name says that it stands for a login.
    pub(in crate::check) fn is_session(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        let says = ["sess", "login", "auth", "jwt", "access_token", "refresh_token"];
        let is_named = says.iter().any(|part| name.contains(part));
        !self.is_csrf() && (is_named || name == "sid" || name.ends_with(".sid") || name.ends_with("_sid"))
    }

    /// Whether its name begins with `__Secure-` or `__Host-`, and its attributes are not as browsers demand it then.
    pub(in crate::check) fn has_broken_prefix(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        let is_for_host = self.attribute("domain").is_none() && self.attribute("path") == Some("/");
        let is_host = name.starts_with("__host-");
        (is_host || name.starts_with("__secure-")) && !self.is_secure() || is_host && !is_for_host
    }

    /// Name and attributes, as evidence: values of cookies are never shown.
    pub(in crate::check) fn shown(&self) -> String {
        let attributes = self.attributes.iter().map(|(name, value)| match name.as_str() {
            "secure" => "; Secure".to_owned(),
            "httponly" => "; HttpOnly".to_owned(),
            "samesite" => format!("; SameSite={value}"),
            "path" => format!("; Path={value}"),
            "domain" => format!("; Domain={value}"),
            _ => String::new(),
        });
        format!("{}=\u{2026}{}", self.name, attributes.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(lines: &[&str]) -> Vec<SetCookie> {
        let mut fields = Fields::default();
        lines.iter().for_each(|line| fields.push("Set-Cookie", line.as_bytes()));
        SetCookie::all(&fields)
    }

    #[test]
    fn values_are_not_kept() {
        let [cookie] = &cookies(&["SID=obviously-fake; Path=/; secure ;SameSite=Lax;HTTPONLY"])[..] else {
            panic!("one cookie");
        };
        assert!(cookie.is_secure() && cookie.is_http_only() && cookie.is_session());
        assert_eq!(cookie.same_site().as_deref(), Some("lax"));
        assert_eq!(cookie.shown(), "SID=\u{2026}; Path=/; Secure; SameSite=Lax; HttpOnly");
        assert!(!format!("{cookie:?}").contains("fake"));
    }

    #[test]
    fn deleted_and_replaced_cookies_do_not_count() {
        let names = |lines: &[&str]| cookies(lines).into_iter().map(|cookie| cookie.name).collect::<Vec<_>>();
        assert!(names(&["a=; Max-Age=0", "b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "c", "=d"]).is_empty());
        assert_eq!(names(&["a=1; Max-Age=60", "b=1; Expires=junk"]), ["a", "b"]);
        assert!(names(&["a=1", "a=; max-age=-1"]).is_empty());
        assert!(cookies(&["a=1", "a=2; Secure"])[0].is_secure());
    }

    #[test]
    fn prefixes_demand_attributes() {
        let check = |line: &str, is_broken: bool| {
            assert_eq!(cookies(&[line])[0].has_broken_prefix(), is_broken, "{line}");
        };
        check("__Host-a=1; Secure; Path=/", false);
        check("__Host-a=1; Secure; Path=/; Domain=a.example", true);
        check("__Host-a=1; Secure", true);
        check("__Secure-a=1; Secure", false);
        check("__secure-a=1", true);
        check("a=1", false);
    }

    #[test]
    fn names_tell_logins_from_tokens() {
        let check = |name: &str, is_session: bool| {
            let found = cookies(&[&format!("{name}=1")]);
            assert_eq!(found[0].is_session(), is_session, "{name}");
        };
        for name in ["PHPSESSID", "JSESSIONID", "connect.sid", "laravel_session", "auth_token", "loginId"] {
            check(name, true);
        }
        for name in ["theme", "csrf_session", "XSRF-TOKEN", "inside", "_ga"] {
            check(name, false);
        }
    }
}
