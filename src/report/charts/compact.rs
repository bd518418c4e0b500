//! Makes the SVG that plotters writes small: shapes of one style become one path with relative coordinates, and what every
//! text has is said once. What it looks like stays the same.

use std::fmt::Write as _;

/// An element with its attributes, and the text within it.
struct Element<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
    text: &'a str,
}

impl<'a> Element<'a> {
    /// Reads the element at the beginning of `rest`; returns what follows.
    fn read(rest: &'a str) -> Option<(Self, &'a str)> {
        let tag = rest.strip_prefix('<')?;
        let (tag, after) = tag.split_once('>')?;
        let is_empty = tag.ends_with('/');
        let tag = tag.trim_end_matches('/');
        let (name, mut inner) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut attributes = Vec::new();
        while let Some((key, value)) = inner.split_once("=\"") {
            let (value, left) = value.split_once('"')?;
            attributes.push((key.trim(), value));
            inner = left;
        }
        let (text, after) = match name {
            "text" if !is_empty => after.split_once("</text>")?,
            _ => ("", after),
        };
        Some((Self { name, attributes, text: text.trim_matches('\n') }, after.trim_start()))
    }

    fn get(&self, key: &str) -> &'a str {
        self.attributes.iter().find(|(name, _)| *name == key).map_or("", |(_, value)| value)
    }

    fn number(&self, key: &str) -> i64 {
        self.get(key).parse().unwrap_or(0)
    }

    /// Its colours, as attributes.
    fn style(&self) -> String {
        let mut style = String::new();
        for key in ["fill", "stroke", "stroke-width"] {
            let value = self.get(key);
            let is_said = match key {
                "fill" => true,
                "stroke" => !matches!(value, "" | "none"),
                _ => !matches!(self.get("stroke"), "" | "none"),
            };
            if is_said {
                let _ = write!(style, " {key}=\"{value}\"");
            }
        }
        if !self.is_opaque() {
            let _ = write!(style, " opacity=\"{}\"", self.get("opacity"));
        }
        style
    }

    fn is_opaque(&self) -> bool {
        self.get("opacity").parse().is_ok_and(|opacity: f64| opacity >= 1.0)
    }

    /// Its shape; `None` where it is none that a path can have.
    fn shape(&self) -> Option<Shape> {
        match self.name {
            "rect" => {
                let (x, y, width, height) =
                    (self.number("x"), self.number("y"), self.number("width"), self.number("height"));
                let points = vec![(x, y), (x + width, y), (x + width, y + height), (x, y + height)];
                Some(Shape::Points { points, is_closed: true })
            }
            "polyline" | "polygon" => {
                let pairs = self.get("points").split_whitespace().map(|pair| {
                    let (x, y) = pair.split_once(',')?;
                    Some((x.parse().ok()?, y.parse().ok()?))
                });
                let points = straightened(&pairs.collect::<Option<Vec<(i64, i64)>>>()?);
                Some(Shape::Points { points, is_closed: self.name == "polygon" })
            }
            "circle" => {
                Some(Shape::Circle { at: (self.number("cx"), self.number("cy")), radius: self.number("r") })
            }
            _ => None,
        }
    }
}

enum Shape {
    Points { points: Vec<(i64, i64)>, is_closed: bool },
    Circle { at: (i64, i64), radius: i64 },
}

impl Shape {
    /// Left, top, right and bottom.
    fn bounds(&self) -> [i64; 4] {
        match self {
            Self::Circle { at: (x, y), radius } => [x - radius, y - radius, x + radius, y + radius],
            Self::Points { points, .. } => {
                points.iter().fold([i64::MAX, i64::MAX, i64::MIN, i64::MIN], |ends, (x, y)| {
                    [ends[0].min(*x), ends[1].min(*y), ends[2].max(*x), ends[3].max(*y)]
                })
            }
        }
    }
}

/// Without points that lie where the line goes anyway.
fn straightened(points: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut kept: Vec<(i64, i64)> = Vec::with_capacity(points.len());
    for point in points {
        if kept.last() == Some(point) {
            continue;
        }
        if let [.., before, last] = kept.as_slice() {
            let (one, other) = ((last.0 - before.0, last.1 - before.1), (point.0 - last.0, point.1 - last.1));
            let is_straight = one.0 * other.1 == one.1 * other.0 && one.0 * other.0 + one.1 * other.1 > 0;
            if is_straight {
                kept.pop();
            }
        }
        kept.push(*point);
    }
    kept
}

/// A path that grows while shapes have the same style.
#[derive(Default)]
struct Growing {
    style: String,
    path: String,
    at: (i64, i64),
    /// Of shapes that can be seen through: those that overlap must stay apart.
    covered: Vec<[i64; 4]>,
}

impl Growing {
    fn finish(&mut self, out: &mut String) {
        if !self.path.is_empty() {
            let _ = write!(out, "<path{} d=\"{}\"/>", self.style, self.path);
        }
        *self = Self::default();
    }

    fn take(&mut self, element: &Element<'_>, shape: &Shape, out: &mut String) {
        let (style, bounds) = (element.style(), shape.bounds());
        let overlaps = |[left, top, right, bottom]: &[i64; 4]| {
            *left < bounds[2] && bounds[0] < *right && *top < bounds[3] && bounds[1] < *bottom
        };
        if style != self.style || (!element.is_opaque() && self.covered.iter().any(overlaps)) {
            self.finish(out);
            self.style = style;
        }
        if !element.is_opaque() {
            self.covered.push(bounds);
        }
        match shape {
            Shape::Points { points, is_closed } => self.points(points, *is_closed),
            Shape::Circle { at, radius } => {
                self.move_to((at.0 - radius, at.1));
                let _ = write!(
                    self.path,
                    "a{radius} {radius} 0 1 0 {0} 0a{radius} {radius} 0 1 0-{0} 0z",
                    radius * 2
                );
            }
        }
    }

    fn move_to(&mut self, to: (i64, i64)) {
        let command = if self.path.is_empty() { 'M' } else { 'm' };
        self.path.push(command);
        let (x, y) = (to.0 - self.at.0, to.1 - self.at.1);
        pair(&mut self.path, x, y);
        self.at = to;
    }

    fn points(&mut self, points: &[(i64, i64)], is_closed: bool) {
        let Some((first, rest)) = points.split_first() else { return };
        // After `m` a further pair is a line to a place relative to the last; after `M` it would be a place on the page.
        let mut command = if self.path.is_empty() { 'M' } else { 'm' };
        self.move_to(*first);
        for point in rest {
            let (x, y) = (point.0 - self.at.0, point.1 - self.at.1);
            self.at = *point;
            match (x, y) {
                (x, 0) => {
                    let _ = write!(self.path, "h{x}");
                    command = 'h';
                }
                (0, y) => {
                    let _ = write!(self.path, "v{y}");
                    command = 'v';
                }
                (x, y) => {
                    if !matches!(command, 'm' | 'l') {
                        self.path.push('l');
                    } else if x >= 0 {
                        self.path.push(' ');
                    }
                    command = 'l';
                    pair(&mut self.path, x, y);
                }
            }
        }
        if is_closed {
            self.path.push('z');
            self.at = *first;
        }
    }
}

/// Two numbers, apart by a space or a sign.
fn pair(path: &mut String, x: i64, y: i64) {
    let space = if y < 0 { "" } else { " " };
    let _ = write!(path, "{x}{space}{y}");
}

/// To a hundredth of a pixel.
fn rounded(size: f64) -> f64 {
    (size * 100.0).round() / 100.0
}

fn write_text(out: &mut String, element: &Element<'_>, usual_size: f64) {
    let _ = write!(out, "<text x=\"{}\" y=\"{}\"", element.get("x"), element.get("y"));
    if element.get("text-anchor") != "start" {
        let _ = write!(out, " text-anchor=\"{}\"", element.get("text-anchor"));
    }
    let size = element.get("font-size").parse().map_or(usual_size, rounded);
    if (size - usual_size).abs() > 1e-9 {
        let _ = write!(out, " font-size=\"{size}\"");
    }
    let _ = write!(out, "{}>{}</text>", element.style(), element.text);
}

/// The same picture in fewer letters.
///
/// `root` are attributes for the picture as a whole, `usual_size` the size of most texts. An element that is not known
/// stays as it is.
pub(super) fn compacted(svg: &str, root: &str, family: &str, usual_size: f64) -> String {
    let usual_size = rounded(usual_size);
    let mut out = String::with_capacity(svg.len() / 3);
    let mut growing = Growing::default();
    let mut rest = svg.trim_start();
    while let Some((element, after)) = Element::read(rest) {
        match (element.name, element.shape()) {
            (_, Some(shape)) => growing.take(&element, &shape, &mut out),
            ("text", _) => {
                growing.finish(&mut out);
                write_text(&mut out, &element, usual_size);
            }
            ("svg", _) => {
                let view = element.get("viewBox");
                let _ = write!(
                    out,
                    "<svg {root} viewBox=\"{view}\" font-family=\"{family}\" font-size=\"{usual_size}\" \
                     stroke-linejoin=\"round\" xmlns=\"http://www.w3.org/2000/svg\">"
                );
            }
            _ => {
                growing.finish(&mut out);
                out.push_str(&rest[..rest.len() - after.len()]);
            }
        }
        rest = after;
    }
    growing.finish(&mut out);
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(elements: &str, expected: &str) {
        let svg = format!(
            "<svg width=\"9\" height=\"9\" viewBox=\"0 0 9 9\" xmlns=\"http://www.w3.org/2000/svg\">\n{elements}</svg>\n"
        );
        let compact = compacted(&svg, "id=\"a\"", "serif", 23.0);
        let inner = compact.split_once('>').unwrap().1.trim_end().strip_suffix("</svg>").unwrap();
        assert_eq!(inner, expected);
    }

    #[test]
    fn shapes_of_one_style_are_one_path() {
        check(
            "<rect x=\"1\" y=\"2\" width=\"3\" height=\"4\" opacity=\"1\" fill=\"#000000\" stroke=\"none\"/>\n\
             <polygon opacity=\"1\" fill=\"#000000\" points=\"5,5 7,5 6,4 \"/>\n\
             <polyline fill=\"none\" opacity=\"1\" stroke=\"#FFFFFF\" stroke-width=\"2\" points=\"0,0 1,-2 2,-4 3,0 5,0 \"/>\n",
            "<path fill=\"#000000\" d=\"M1 2h3v4h-3zm4 3h2-1-1z\"/><path fill=\"none\" stroke=\"#FFFFFF\" stroke-width=\"2\" \
             d=\"M0 0l2-4 1 4h2\"/>"
                .replace("h2-1-1z", "h2l-1-1z")
                .as_str(),
        );
    }

    #[test]
    fn shapes_that_can_be_seen_through_stay_apart_where_they_overlap() {
        let rect = |x: u32| {
            format!(
                "<rect x=\"{x}\" y=\"0\" width=\"4\" height=\"4\" opacity=\"0.5\" fill=\"#000000\" stroke=\"none\"/>\n"
            )
        };
        let style = "fill=\"#000000\" opacity=\"0.5\"";
        check(
            &format!("{}{}{}", rect(0), rect(4), rect(2)),
            &format!("<path {style} d=\"M0 0h4v4h-4zm4 0h4v4h-4z\"/><path {style} d=\"M2 0h4v4h-4z\"/>"),
        );
    }

    #[test]
    fn texts_say_only_what_is_special() {
        let text = |anchor: &str, size: &str| {
            format!(
                "<text x=\"1\" y=\"2\" dy=\"0.5ex\" text-anchor=\"{anchor}\" font-family=\"serif\" font-size=\"{size}\" \
                 opacity=\"1\" fill=\"#000000\">\na &lt; b\n</text>\n"
            )
        };
        check(&text("start", "23"), "<text x=\"1\" y=\"2\" fill=\"#000000\">a &lt; b</text>");
        check(
            &text("end", "28"),
            "<text x=\"1\" y=\"2\" text-anchor=\"end\" font-size=\"28\" fill=\"#000000\">a &lt; b</text>",
        );
    }

    #[test]
    fn unknown_elements_stay() {
        check("<image x=\"1\" href=\"data:\"/>\n", "<image x=\"1\" href=\"data:\"/>\n");
    }
}
