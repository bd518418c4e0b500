//! The health check of one service, question after question.

use std::rc::Rc;

use crate::domain::endpoint::Endpoint;
use crate::domain::service::{Assessment, Service};

use super::asker::{Asker, Shared};
use super::availability;
use super::facts::AssessedService;
use super::noted::Noted;
use super::sampling::{Sampled, Samples, sample};

/// Looks at a service. What is light asks each endpoint once, and nothing that is not slow to change.
pub(super) async fn assess(
    shared: &Rc<Shared>,
    settings: &Assessment,
    service: &Service,
    is_light: bool,
) -> (AssessedService, Noted) {
    let asker = Asker::new(shared, settings.time_limit);
    let mut noted = Noted::new(&service.name);
    let mut sampled: Vec<Sampled> = Vec::new();
    for (index, endpoint) in service.endpoints.iter().enumerate() {
        let fresh = if is_light { 1 } else { settings.samples };
        let samples = Samples { fresh, kept: index == 0 && !is_light };
        sampled.push(sample(&asker, endpoint, samples).await);
    }
    for sampled in &sampled {
        availability::findings(&mut noted, settings, sampled);
    }
    let _known: Vec<(&Endpoint, _)> = service
        .endpoints
        .iter()
        .zip(&sampled)
        .filter_map(|(endpoint, sampled)| Some((endpoint, sampled.seen.as_ref()?)))
        .collect();
    let state = availability::state(&sampled, &noted.findings);
    let assessed = AssessedService {
        name: service.name.clone(),
        role: service.role.clone(),
        origin: service.origin.clone(),
        address: sampled.iter().find_map(|sampled| sampled.address),
        state,
        endpoints: sampled.iter().map(|sampled| sampled.facts.clone()).collect(),
        left_out: service.left_out.clone(),
        tls: None,
        headers: None,
        redirects: None,
        cors: Vec::new(),
        sockets: Vec::new(),
        logins: Vec::new(),
        body_rules: Vec::new(),
    };
    (assessed, noted)
}
