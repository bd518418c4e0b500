//! How many requests failed, by class and reason.

use super::error_reason::{ErrorReason, ReasonCounts};
use super::sample::ErrorClass;

/// Number of failed requests by class, and by reason within each class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorCounts {
    classes: [u64; ErrorClass::ALL.len()],
    reasons: ReasonCounts,
}

impl ErrorCounts {
    /// Adds `count` failures for a reason, and with it to the reason's class.
    pub fn add(&mut self, reason: ErrorReason, count: u64) {
        self.classes[reason.class() as usize] += count;
        self.reasons.add(reason, count);
    }

    /// Adds `count` failures of a class whose reasons are not known: files of earlier versions have none.
    pub fn add_class(&mut self, class: ErrorClass, count: u64) {
        self.classes[class as usize] += count;
    }

    /// Sets the reasons of failures that are counted by class already.
    #[must_use]
    pub fn with_reasons(mut self, reasons: ReasonCounts) -> Self {
        self.reasons = reasons;
        self
    }

    /// Number of failures of a class.
    pub fn get(&self, class: ErrorClass) -> u64 {
        self.classes[class as usize]
    }

    /// Number of failures by reason; fewer than of all classes where some have no known reason.
    pub fn reasons(&self) -> &ReasonCounts {
        &self.reasons
    }

    /// Number of failures of all classes.
    pub fn total(&self) -> u64 {
        self.classes.iter().sum()
    }

    /// Number of failures that broke before a complete response.
    pub fn transport(&self) -> u64 {
        ErrorClass::ALL.into_iter().filter(|class| class.is_transport()).map(|class| self.get(class)).sum()
    }

    /// Adds the counts of `other`, class by class.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.classes.iter_mut().zip(other.classes) {
            *mine += theirs;
        }
        self.reasons.merge(&other.reasons);
    }

    /// The classes that occurred, with their counts, in the order of [`ErrorClass::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (ErrorClass, u64)> + '_ {
        ErrorClass::ALL.into_iter().map(|class| (class, self.get(class))).filter(|(_, count)| *count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_counted_with_its_class() {
        let mut errors = ErrorCounts::default();
        errors.add(ErrorReason::WrongName, 2);
        errors.add_class(ErrorClass::Tls, 1);
        let mut sum = errors;
        sum.merge(&errors);
        assert_eq!((sum.get(ErrorClass::Tls), sum.reasons().get(ErrorReason::WrongName)), (6, 4));
        assert_eq!((sum.total(), sum.transport()), (6, 6));
        assert_eq!(sum.iter().collect::<Vec<_>>(), [(ErrorClass::Tls, 6)]);
    }
}
