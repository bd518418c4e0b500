//! How throughput grows with users, in words.

use crate::stats::growth::{Growth, LevelOff};
use crate::stats::usl::{Law, Refusal, Scalability};

use super::numbers::{significant, whole};

/// What the points show of how throughput grows: `throughput levels off at 213 (95 % interval 212 to 214) from 28 users`.
/// `value` writes a throughput.
pub fn growth_words(found: &Scalability, value: impl Fn(f64) -> String) -> String {
    let law = match found.law {
        Ok(law) => law,
        Err(why) => return why.to_string(),
    };
    match (law, &found.level_off) {
        (Growth::Constant, Some(level)) => format!(
            "throughput does not depend on the number of users: {} from the first level ({}) on",
            bound(level, &value),
            users_words(level.users)
        ),
        (Growth::Amdahl | Growth::Bounded, Some(level)) => {
            let between = level.users_interval.map_or_else(String::new, |(low, high)| {
                format!(" ({} to {})", users_number(low), users_number(high))
            });
            let (bound, users) = (bound(level, &value), users_words(level.users));
            format!("throughput levels off at {bound} from {users}{between}")
        }
        (Growth::Constant, None) => "throughput does not depend on the number of users".to_owned(),
        (Growth::Linear, _) => {
            format!("throughput grows linearly: each user adds {}", value(found.fit(Law::Linear).gamma))
        }
        (Growth::Amdahl, None) => {
            "each user adds less throughput than the one before (Amdahl's law)".to_owned()
        }
        (Growth::Bounded, None) => {
            "throughput grows more slowly at the highest levels, but its limit cannot be estimated".to_owned()
        }
        (Growth::Usl, _) if found.peak.is_ok() => {
            "throughput falls again beyond a peak (Universal Scalability Law)".to_owned()
        }
        (Growth::Usl, _) if found.peak == Err(Refusal::Falls) => {
            "throughput falls with each added user, from the first level on".to_owned()
        }
        (Growth::Usl, _) => {
            "each user adds less throughput than the one before (Universal Scalability Law)".to_owned()
        }
    }
}

fn bound(level: &LevelOff, value: &impl Fn(f64) -> String) -> String {
    let interval = level.throughput_interval.map_or_else(String::new, |(low, high)| {
        format!(" (95 % interval {} to {})", value(low), value(high))
    });
    format!("{}{interval}", value(level.throughput))
}

/// A number of users that was estimated: whole from ten on.
fn users_number(users: f64) -> String {
    if users < 10.0 { significant(users) } else { whole(users.round()) }
}

/// A number of users with its noun: `6.11 users`, `28 users`, `1 user`.
pub fn users_words(users: f64) -> String {
    let number = if users.fract() == 0.0 { whole(users) } else { users_number(users) };
    if number == "1" { "1 user".to_owned() } else { format!("{number} users") }
}
