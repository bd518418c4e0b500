//! The exact throughput of a closed system: users who send, wait for the response, think, and send again.
//!
//! Source: mean value analysis (Reiser and Lavenberg 1980), for a slow server, equal faster ones, and a think time.

/// Throughput in units of the slower server's rate, at each number of users.
///
/// `think` and `second` are the think time and the service time of each of the faster servers, in units of the slow one's
/// service time; `others` is how many of these there are. Shape: `users` in ascending order, above 0; between whole numbers it is interpolated. Takes as many steps as
/// there are users.
pub(super) fn throughput(think: f64, second: f64, others: f64, users: &[f64]) -> Vec<f64> {
    let (mut slow_queue, mut fast_queue) = (0.0, 0.0);
    let (mut whole, mut before, mut now) = (0.0, 0.0, 0.0);
    users
        .iter()
        .map(|users| {
            while whole < *users {
                whole += 1.0;
                let (slow, fast) = (1.0 + slow_queue, second * (1.0 + fast_queue));
                (before, now) = (now, whole / (think + slow + others * fast));
                (slow_queue, fast_queue) = (now * slow, now * fast);
            }
            now - (now - before) * (whole - users)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::throughput;

    #[test]
    fn known_systems() {
        // Two equal servers without think time serve N / (N + 1).
        for (users, found) in
            [1.0, 2.0, 5.0, 40.0].iter().zip(throughput(0.0, 1.0, 1.0, &[1.0, 2.0, 5.0, 40.0]))
        {
            assert!((found - users / (users + 1.0)).abs() < 1e-12, "{users}: {found}");
        }
        // Five equal ones serve N / (N + 4).
        assert!((throughput(0.0, 1.0, 4.0, &[6.0])[0] - 0.6).abs() < 1e-12);
        // One server: what Erlang's formula for lost calls leaves idle. Source: B(5, 3) = 0.110054.
        let found = throughput(3.0, 0.0, 1.0, &[5.0])[0];
        assert!((found - (1.0 - 0.110_054)).abs() < 1e-6, "{found}");
        let between = throughput(3.0, 0.0, 1.0, &[0.5, 1.0, 1.5, 2.0]);
        assert!((between[0] - 0.125).abs() < 1e-12 && (between[1] - 0.25).abs() < 1e-12);
        assert!((between[2] - f64::midpoint(between[1], between[3])).abs() < 1e-12);
    }
}
