//! Which side is short of CPU, as far as the load generator can tell.

use std::collections::VecDeque;

use crate::domain::generator::{GeneratorHealth, SATURATED_CPU_SHARE, STARVED_WAIT_SHARE};
use crate::domain::verdict::{InvalidReason, Validity};
use crate::domain::window::Window;
use crate::report::wording::numbers::{count, counted, percent};

use super::json::{Generator, ShortOfCpu};

/// Windows that the answer is from.
const RECENT: usize = 16;

/// The last windows as the generator saw them.
#[derive(Debug, Default)]
pub(super) struct GeneratorWatch {
    recent: VecDeque<(GeneratorHealth, bool)>,
}

impl GeneratorWatch {
    /// Takes the next window of a workload as a whole.
    pub(super) fn take(&mut self, window: &Window) {
        let is_short = matches!(
            window.validity,
            Validity::Invalid(
                InvalidReason::GeneratorSaturated
                    | InvalidReason::GeneratorStarved
                    | InvalidReason::SchedulingLag
            )
        );
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back((window.generator, is_short));
    }

    /// The answer now.
    pub(super) fn entry(&self) -> Generator {
        let last = self.recent.back().map(|(health, _)| *health).unwrap_or_default();
        let short = self.recent.iter().filter(|(_, is_short)| *is_short).count() as u64;
        let (word, sentence) = match (short, last.cpu_share) {
            (0, None) => (
                ShortOfCpu::Unknown,
                "The CPU time of the load generator is not known; that of the target is not measured."
                    .to_owned(),
            ),
            (0, Some(cpu)) => (
                ShortOfCpu::Neither,
                format!(
                    "The load generator has CPU to spare: it used {} of a core in the last window (limit {}){}. The \
                     target's CPU is not measured.",
                    percent(Some(cpu)),
                    percent(Some(SATURATED_CPU_SHARE)),
                    waited(&last)
                ),
            ),
            (short, _) => (
                ShortOfCpu::Generator,
                format!(
                    "The load generator was short of CPU in {} of the last {}; these windows are not judged.",
                    count(short),
                    counted(self.recent.len() as u64, "window")
                ),
            ),
        };
        Generator {
            short_of_cpu: word,
            sentence,
            cpu_share: last.cpu_share,
            wait_share: last.wait_share,
            target_cpu: None,
        }
    }
}

fn waited(health: &GeneratorHealth) -> String {
    let words = |share| {
        format!(
            " and waited for one {} of the time (limit {})",
            percent(Some(share)),
            percent(Some(STARVED_WAIT_SHARE))
        )
    };
    health.wait_share.map_or_else(String::new, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_short_while_a_recent_window_says_so() {
        let mut watch = GeneratorWatch::default();
        assert_eq!(watch.entry().short_of_cpu, ShortOfCpu::Unknown);
        let mut window = Window::sample();
        window.generator.cpu_share = Some(0.3);
        window.generator.wait_share = Some(0.01);
        watch.take(&window);
        assert_eq!(watch.entry().short_of_cpu, ShortOfCpu::Neither);
        window.validity = Validity::Invalid(InvalidReason::GeneratorStarved);
        watch.take(&window);
        let entry = watch.entry();
        assert_eq!(entry.short_of_cpu, ShortOfCpu::Generator);
        assert!(entry.sentence.contains("in 1 of the last 2 windows"), "{}", entry.sentence);
        window.validity = Validity::Valid;
        (0..RECENT).for_each(|_| watch.take(&window));
        assert_eq!(watch.entry().short_of_cpu, ShortOfCpu::Neither);
    }
}
