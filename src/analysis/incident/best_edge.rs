//! Where a stretch begins and ends: the place that explains the windows on both sides best.

/// The most that one window may say about an edge.
pub(super) const CLIP: f64 = 8.0;

/// A window of any affected cell: its moment in seconds, and the log likelihood ratio of lying within the stretch.
pub(super) type Gain = (f64, f64);

/// The moment from which on the windows lie within the stretch. Shape: in the order of time; `None` without a window.
pub(super) fn beginning(gains: &[Gain]) -> Option<f64> {
    // The best beginning has the largest sum from there on.
    let (mut sum, mut best, mut at) = (0.0, 0.0, None);
    for (moment, gain) in gains.iter().rev() {
        sum += gain.clamp(-CLIP, CLIP);
        if at.is_none() || sum > best {
            (best, at) = (sum, Some(*moment));
        }
    }
    at
}

/// The moment from which on the windows no longer lie within the stretch; `None` where the last one still does.
pub(super) fn end(gains: &[Gain]) -> Option<f64> {
    let (mut sum, mut best, mut at) = (0.0, 0.0, gains.first().map(|(moment, _)| *moment));
    for (place, (_, gain)) in gains.iter().enumerate() {
        sum += gain.clamp(-CLIP, CLIP);
        if sum > best {
            (best, at) = (sum, gains.get(place + 1).map(|(moment, _)| *moment));
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gains(values: &[f64]) -> Vec<Gain> {
        values.iter().enumerate().map(|(n, gain)| (n as f64, *gain)).collect()
    }

    #[test]
    fn edges_lie_where_the_sign_changes_for_good() {
        let rising = gains(&[-3.0, 1.0, -3.0, -2.0, 4.0, -1.0, 5.0]);
        assert_eq!(beginning(&rising), Some(4.0));
        let falling = gains(&[4.0, -1.0, 5.0, -2.0, -3.0, 1.0]);
        assert_eq!(end(&falling), Some(3.0));
        assert_eq!(end(&gains(&[1.0, 2.0])), None);
        assert_eq!(beginning(&[]), None);
        assert_eq!(end(&[]), None);
    }

    #[test]
    fn one_extreme_window_is_no_edge() {
        assert_eq!(beginning(&gains(&[1e9, -3.0, -3.0, -3.0, 4.0])), Some(4.0));
    }
}
