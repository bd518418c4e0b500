//! Who comes when in a mix: by weight, dealt and not drawn.

/// The order in which members are dealt, for one round of as many iterations as the weights' sum.
///
/// After any number of iterations no member's count is off by more than 1 from its part of them.
/// Shape: one index per iteration; empty where no weight is above 0.
/// Source: Tijdeman (1980), "The chairman assignment problem", algorithm of section 2.
pub fn deal(weights: &[u32]) -> Vec<usize> {
    let divisor = weights.iter().copied().fold(0, gcd).max(1);
    let weights: Vec<u64> = weights.iter().map(|weight| u64::from(weight / divisor)).collect();
    let total: u64 = weights.iter().sum();
    let members = weights.iter().filter(|weight| **weight > 0).count() as u64;
    // The bound is 1 - 1 / (2n - 2); all is multiplied by (2n - 2) and the total, so that whole numbers suffice.
    let scale = (2 * members).saturating_sub(2).max(1);
    let mut dealt = vec![0_u64; weights.len()];
    let mut order = Vec::new();
    for round in 1..=total {
        let owed = |index: usize| {
            i128::from(weights[index]) * i128::from(round) - i128::from(dealt[index]) * i128::from(total)
        };
        let is_eligible = |index: &usize| owed(*index) * i128::from(scale) >= i128::from(total);
        // The time left until its count would be too low, per weight: compared crosswise.
        let slack =
            |index: usize| i128::from(total) * i128::from(scale - 1) - owed(index) * i128::from(scale);
        let next = (0..weights.len())
            .filter(|index| weights[*index] > 0)
            .filter(is_eligible)
            .min_by(|a, b| (slack(*a) * i128::from(weights[*b])).cmp(&(slack(*b) * i128::from(weights[*a]))));
        let next = next.or_else(|| weights.iter().position(|weight| *weight > 0));
        let Some(next) = next else { break };
        dealt[next] += 1;
        order.push(next);
    }
    order
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(weights: &[u32]) {
        let order = deal(weights);
        let total: u32 = weights.iter().sum();
        let mut counts = vec![0_u32; weights.len()];
        // Two rounds: the second begins where the first ended.
        for (place, member) in order.iter().chain(&order).enumerate() {
            counts[*member] += 1;
            for (count, weight) in counts.iter().zip(weights) {
                let due = (place + 1) as f64 * f64::from(*weight) / f64::from(total);
                assert!((f64::from(*count) - due).abs() < 1.0, "{weights:?} after {}: {counts:?}", place + 1);
            }
        }
    }

    #[test]
    fn no_count_is_ever_off_by_more_than_one() {
        for weights in [
            &[70, 20, 10][..],
            &[1],
            &[1, 1],
            &[99, 1],
            &[5, 3, 2, 7, 11, 13, 1],
            &[1, 1, 1, 1, 96],
            &[1000, 999, 1],
            &[0, 3, 0, 4],
        ] {
            check(weights);
        }
        assert_eq!(deal(&[70, 20, 10]).len(), 10);
        assert_eq!(deal(&[0, 0]), Vec::<usize>::new());
    }
}
