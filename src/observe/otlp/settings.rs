//! What the standard variables of OpenTelemetry say: headers, attributes of the resource, the form of histograms.

use super::metrics::Histograms;

/// Headers for the receiver: `name=value,name2=value2`, with percent-encoded values.
pub const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
/// Further attributes of the resource, in the same form.
pub const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
/// How histograms are sent.
pub const HISTOGRAMS: &str = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION";
/// The value for exponential histograms.
const EXPONENTIAL: &str = "base2_exponential_bucket_histogram";

/// What the variables say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// Names and values of further attributes of the resource.
    pub attributes: Vec<(String, String)>,
    /// How histograms are sent.
    pub histograms: Histograms,
}

impl Settings {
    /// Reads the values of [`ATTRIBUTES`] and [`HISTOGRAMS`]. Entries that are not of the form are left out.
    pub fn of(attributes: Option<&str>, histograms: Option<&str>) -> Self {
        let is_exponential = histograms.is_some_and(|text| text.trim().eq_ignore_ascii_case(EXPONENTIAL));
        Self {
            attributes: attributes.map(|text| pairs(text).flatten().collect()).unwrap_or_default(),
            histograms: if is_exponential { Histograms::Exponential } else { Histograms::Explicit },
        }
    }
}

/// Header lines from the value of [`HEADERS`]; `None` in place of an entry that is not of the form.
pub fn header_lines(text: &str) -> Vec<Option<String>> {
    pairs(text).map(|pair| pair.map(|(name, value)| format!("{name}: {value}"))).collect()
}

/// The entries of a list of pairs (W3C Baggage).
fn pairs(text: &str) -> impl Iterator<Item = Option<(String, String)>> + '_ {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(|entry| {
        let (name, value) = entry.split_once('=')?;
        let name = percent_decoded(name.trim()).filter(|name| !name.is_empty())?;
        Some((name, percent_decoded(value.trim())?))
    })
}

/// A text without its percent encoding; `None` where it is not of the form.
fn percent_decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let code = part.get(..2).filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_a_list_of_pairs() {
        let check = |text: &str, expected: &[Option<&str>]| {
            let lines = header_lines(text);
            assert_eq!(lines.iter().map(Option::as_deref).collect::<Vec<_>>(), expected, "{text}");
        };
        check("authorization=Bearer%20obviously-fake", &[Some("authorization: Bearer obviously-fake")]);
        check(" a=b , c = d=e,,", &[Some("a: b"), Some("c: d=e")]);
        check("a=%zz", &[None]);
        check("a=%é", &[None]);
        check("no pair", &[None]);
        check("=x", &[None]);
        check("", &[]);
    }

    #[test]
    fn the_form_of_histograms_is_explicit_unless_told_otherwise() {
        let of = |text| Settings::of(None, text).histograms;
        assert_eq!(of(None), Histograms::Explicit);
        assert_eq!(of(Some("explicit_bucket_histogram")), Histograms::Explicit);
        assert_eq!(of(Some("BASE2_EXPONENTIAL_BUCKET_HISTOGRAM")), Histograms::Exponential);
        let attributes = Settings::of(Some("deployment.environment.name=staging,x"), None).attributes;
        assert_eq!(attributes, [("deployment.environment.name".to_owned(), "staging".to_owned())]);
    }
}
