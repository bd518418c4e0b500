//! Which format a client asks for, by its header `Accept`.
//!
//! Source: RFC 9110, section 12.5.1; the media types of Prometheus.

/// A format of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exposition {
    /// Text format 0.0.4 of Prometheus.
    Text,
    /// `OpenMetrics` 1.0.
    OpenMetrics,
    /// Messages of `io.prometheus.client`, each after its length; the only one with native histograms.
    Protobuf,
}

impl Exposition {
    /// The media type.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
        }
    }
}

/// The format with the highest weight, of several the one that is named first. Without any that is known: text.
pub(super) fn choose(accept: Option<&str>) -> Exposition {
    let mut best: Option<(f64, Exposition)> = None;
    for range in accept.unwrap_or_default().split(',') {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default().to_ascii_lowercase();
        let parameters: Vec<(String, &str)> = parts
            .filter_map(|part| part.split_once('='))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"')))
            .collect();
        let of = |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
        // A weight that cannot be read is none.
        let weight = of("q").map_or(Some(1.0), |q| q.parse().ok().filter(|q| (0.0..=1.0).contains(q)));
        let (Some(weight), Some(exposition)) = (weight, named(&media, of)) else { continue };
        if weight > 0.0 && best.is_none_or(|(known, _)| weight > known) {
            best = Some((weight, exposition));
        }
    }
    best.map_or(Exposition::Text, |(_, exposition)| exposition)
}

/// The format that a media range names; `None` for one that we do not have.
fn named<'a>(media: &str, of: impl Fn(&str) -> Option<&'a str>) -> Option<Exposition> {
    match media {
        "application/openmetrics-text" => of("version")
            .is_none_or(|version| ["1.0.0", "0.0.1"].contains(&version))
            .then_some(Exposition::OpenMetrics),
        "application/vnd.google.protobuf" => (of("proto") == Some("io.prometheus.client.MetricFamily")
            && of("encoding").is_none_or(|encoding| encoding == "delimited"))
        .then_some(Exposition::Protobuf),
        "text/plain" => of("version").is_none_or(|version| version == "0.0.4").then_some(Exposition::Text),
        "text/*" | "*/*" => Some(Exposition::Text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Exposition::{OpenMetrics, Protobuf, Text};
    use super::*;

    #[test]
    fn the_weight_decides_and_then_the_order() {
        let check = |accept: &str, expected| assert_eq!(choose(Some(accept)), expected, "{accept}");
        // Prometheus 2.42, without and with native histograms.
        check(
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            OpenMetrics,
        );
        check(
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            Protobuf,
        );
        check("text/plain;q=0.5, application/openmetrics-text; q=0.4", Text);
        check("text/plain;version=0.0.4, application/openmetrics-text", Text);
        check("application/openmetrics-text;q=0, */*;q=0.1", Text);
        check("application/openmetrics-text;q=2, text/plain;q=0.1", Text);
        check("APPLICATION/OpenMetrics-Text; Version=1.0.0", OpenMetrics);
        check("application/openmetrics-text;version=9.0.0", Text);
        check("application/vnd.google.protobuf;proto=other;encoding=delimited", Text);
        check("text/html,application/xhtml+xml,*/*;q=0.8", Text);
        check(";;;=,,q", Text);
        check("", Text);
        assert_eq!(choose(None), Text);
    }
}
