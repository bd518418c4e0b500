//! References to the environment: `${NAME}` and `${NAME:-default}`.

use std::collections::BTreeMap;

use crate::domain::referenced::Referenced;

/// The variables that references may name.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The environment of this process. A variable that is not Unicode counts as not set.
    pub fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(text).collect())
    }

    /// The same with one more variable, or with another value of it.
    #[must_use]
    pub fn with(mut self, name: &str, value: String) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// Names of the variables that are set to something.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| name.as_str())
    }

    /// Names of the variables that are set to something, out of these.
    pub fn set_of<'a>(&self, names: &[&'a str]) -> Vec<&'a str> {
        let is_set = |name: &&&str| self.0.get(**name).is_some_and(|value| !value.is_empty());
        names.iter().filter(is_set).copied().collect()
    }

    /// The values of the variables that a text refers to, as far as they are set to something.
    pub fn values_in<'a>(&'a self, text: &'a str) -> impl Iterator<Item = String> + 'a {
        let names = text.split("${").skip(1).filter_map(|rest| rest.split(['}', ':']).next());
        names.filter_map(|name| self.0.get(name)).filter(|value| !value.is_empty()).cloned()
    }

    /// The given variables and no others.
    pub fn of<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Self(variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Names only: a value may be a secret.
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Why a text's references could not be resolved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// The variable is not set and the reference has no default.
    #[error("environment variable {0} is not set")]
    Missing(String),
    /// The `${` is not closed, or what it holds is not a name.
    #[error("`${{` needs a name and a closing brace")]
    Malformed,
}

/// Resolves every reference in a text. `$$` stands for one dollar.
/// # Errors
/// [`ReferenceError`] names the variable, never a value.
pub fn resolve(text: &str, environment: &Environment) -> Result<Referenced, ReferenceError> {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        resolved.push_str(&rest[..dollar]);
        rest = &rest[dollar..];
        if let Some(after) = rest.strip_prefix("${") {
            let close = after.find('}').ok_or(ReferenceError::Malformed)?;
            resolved.push_str(&lookup(&after[..close], environment)?);
            rest = &after[close + 1..];
        } else {
            resolved.push('$');
            rest = rest.strip_prefix("$$").unwrap_or(&rest[1..]);
        }
    }
    resolved.push_str(rest);
    Ok(Referenced::new(resolved, text.to_owned()))
}

fn lookup(reference: &str, environment: &Environment) -> Result<String, ReferenceError> {
    let (name, default) = match reference.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (reference, None),
    };
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name {
        return Err(ReferenceError::Malformed);
    }
    // As in a shell, an empty variable takes the default too.
    match (environment.0.get(name).filter(|value| !value.is_empty()), default) {
        (Some(value), _) => Ok(value.clone()),
        (None, Some(default)) => Ok(default.to_owned()),
        (None, None) => Err(ReferenceError::Missing(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, ReferenceError>) {
        let environment = Environment::of([("TOKEN", "obviously-fake"), ("EMPTY", "")]);
        let resolved = resolve(text, &environment).map(|text| text.reveal().to_owned());
        assert_eq!(resolved, expected.map(str::to_owned));
    }

    #[test]
    fn references_are_resolved() {
        check("plain", Ok("plain"));
        check("Bearer ${TOKEN}", Ok("Bearer obviously-fake"));
        check("${EMPTY:-http://a:1}", Ok("http://a:1"));
        check("${ABSENT:-}", Ok(""));
        check("5 $$ and $x", Ok("5 $ and $x"));
        check("${ABSENT}", Err(ReferenceError::Missing("ABSENT".into())));
        check("${TOKEN", Err(ReferenceError::Malformed));
        check("${no name}", Err(ReferenceError::Malformed));
    }

    #[test]
    fn values_are_not_shown() {
        let environment = Environment::of([("TOKEN", "obviously-fake")]);
        assert_eq!(format!("{environment:?}"), "{\"TOKEN\"}");
    }
}
