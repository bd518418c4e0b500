//! The thread of an exporter: woken by the feed, fed from the run's folder.

use std::thread::JoinHandle;
use std::time::Duration;

use crate::run::event::Event;
use crate::run::feed::{Delivery, Next, Subscription};
use crate::run::follow::{Beside, Distributions, Group, RunFollower};
use crate::run::wake::begun_after;

/// How long an exporter sleeps at most, so that it can try again what failed.
const TICK: Duration = Duration::from_secs(1);

/// Says something to the user, in a sentence.
pub type Say = fn(&str);

/// Something that hands on what happens in a run. All calls come from one thread; one that takes its time delays nobody else.
pub trait Exporter: Send {
    /// Whether it needs the distributions of the windows.
    fn distributions(&self) -> Distributions {
        Distributions::Skip
    }

    /// The run has begun or was resumed; all its windows, earlier ones included, follow.
    fn began(&mut self, _run: &RunFollower) {}

    /// An event came from the feed. Its facts may be taken again from the folder.
    fn event(&mut self, _event: &Event) {}

    /// A group was committed.
    fn group(&mut self, _run: &RunFollower, _group: &Group) {}

    /// Gaps or health checks were recorded.
    fn beside(&mut self, _run: &RunFollower, _beside: &Beside) {}

    /// Called after each step and at least once a second.
    fn tick(&mut self, _run: &RunFollower) {}

    /// The run has ended, and everything was handed over. Returns after a few seconds at the latest.
    fn finish(&mut self, _run: Option<&RunFollower>) {}
}

/// Starts the thread of an exporter. It ends after the feed has.
/// # Errors
/// That of the system where no thread can be started.
pub fn spawn(
    name: &str,
    mut exporter: Box<dyn Exporter>,
    subscription: Subscription,
    say: Say,
) -> std::io::Result<JoinHandle<()>> {
    let thread = std::thread::Builder::new().name(name.to_owned());
    let name = name.to_owned();
    thread.spawn(move || {
        let run = begun_after(&subscription, |event| exporter.event(event))
            .map(|folder| RunFollower::open(&folder, exporter.distributions()))
            .transpose();
        match run {
            Ok(Some(mut run)) => {
                exporter.began(&run);
                follow(exporter.as_mut(), &mut run, &subscription, &name, say);
                exporter.finish(Some(&run));
            }
            Ok(None) => exporter.finish(None),
            Err(error) => say(&format!("warning: {name}: {error}")),
        }
    })
}

/// Hands over everything until the feed ends.
fn follow(
    exporter: &mut dyn Exporter,
    run: &mut RunFollower,
    subscription: &Subscription,
    name: &str,
    say: Say,
) {
    let mut last_error = String::new();
    let mut is_over = false;
    loop {
        if let Err(error) = hand_over(exporter, run) {
            let error = error.to_string();
            // The same trouble every second is said once.
            if error != last_error {
                say(&format!("warning: {name}: {error}"));
                last_error = error;
            }
        }
        if is_over {
            return;
        }
        match subscription.next_within(TICK) {
            Next::Delivery(Delivery::Event(event)) => exporter.event(&event),
            Next::Delivery(Delivery::Missed(_)) | Next::Nothing => (),
            // What was committed last is still to be read.
            Next::End => is_over = true,
        }
    }
}

fn hand_over(exporter: &mut dyn Exporter, run: &mut RunFollower) -> Result<(), crate::store::StoreError> {
    run.poll(|run, group| exporter.group(run, &group))?;
    let beside = run.beside()?;
    if !beside.gaps.is_empty() || !beside.checks.is_empty() {
        exporter.beside(run, &beside);
    }
    exporter.tick(run);
    Ok(())
}
