//! The maintenance windows of a scenario that was validated when its run began.

use std::time::Duration;

use crate::domain::silence::{Silence, When};

use super::file::{ScenarioFile, SilenceSection};
use super::validate_monitor::time_of_day;

/// The `[[silence]]` sections of a scenario; those that have no meaning are left out.
pub fn silences(file: &ScenarioFile) -> Vec<Silence> {
    let silence = |section: &SilenceSection| {
        let workloads = section.only.clone().unwrap_or_default();
        Some(Silence { name: section.name.clone(), workloads, when: when(section)? })
    };
    file.silence.iter().filter_map(silence).collect()
}

fn when(section: &SilenceSection) -> Option<When> {
    if let (Ok(from), Ok(until)) = (section.from.parse(), section.to.parse()) {
        let once = When::Once { from, until };
        return (until > from).then_some(once);
    }
    let (from, to) = (time_of_day(&section.from)?, time_of_day(&section.to)?);
    let mut days = [section.days.is_none(); 7];
    for day in section.days.iter().flatten() {
        days[*day as usize] = true;
    }
    let end = if to > from { to } else { to + Duration::from_hours(24) };
    let length = end.saturating_sub(from);
    Some(When::Weekly { days, from, length })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::environment::Environment;
    use crate::scenario::{Source, check, parse};

    #[test]
    fn a_stored_plan_has_the_silences_of_the_validated_one() {
        let text = "schema = 1\nname = \"n\"\n[target]\nbase_url = \"http://127.0.0.1:1\"\n\
                    allow_hosts = [\"127.0.0.1\"]\n[[endpoint]]\nname = \"health\"\npath = \"/\"\n\
                    [[silence]]\nname = \"backup\"\ndays = [\"sat\", \"sun\"]\nfrom = \"23:30\"\nto = \"00:30\"\n\
                    [[silence]]\nname = \"move\"\nonly = [\"health\"]\nfrom = \"2026-12-01T02:00:00Z\"\n\
                    to = \"2026-12-01T04:00:00Z\"\n";
        let source = Source { label: "s.toml".into(), text: text.to_owned() };
        let plan = check(&source, &Environment::default()).map_err(|error| error.to_string()).unwrap();
        let (file, _) = parse(&source).map_err(|error| error.to_string()).unwrap();
        assert_eq!(plan.silences.len(), 2);
        assert_eq!(silences(&file), plan.silences);
    }
}
