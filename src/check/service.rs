//! The health check of one service, question after question.

use std::rc::Rc;

use crate::domain::endpoint::Endpoint;
use crate::domain::service::{Assessment, BodyRule, Service};
use crate::host::clock;

use super::asker::{Asker, Shared};
use super::facts::AssessedService;
use super::noted::Noted;
use super::sampling::{Sampled, Samples, sample};
use super::seen::Seen;
use super::{availability, bodies, headers, leaks, login, reflection, tls, web, websocket};

/// Looks at a service. What is light asks each endpoint once, and nothing that is not slow to change.
pub(super) async fn assess(
    shared: &Rc<Shared>,
    settings: &Assessment,
    service: &Service,
    is_light: bool,
) -> (AssessedService, Noted) {
    let asker = Asker::new(shared, settings.time_limit);
    let mut noted = Noted::new(&service.name);
    let sampled = sampled(&asker, settings, service, is_light, &mut noted).await;
    failures(&sampled, settings, service, &mut noted);
    let now = clock::now();
    let session = sampled.iter().find_map(|sampled| sampled.session.as_ref());
    let hsts = sampled.iter().find_map(|sampled| sampled.seen.as_ref());
    let hsts = hsts.map(|seen| headers::has_long_hsts(&seen.fields));
    let tls = session.map(|session| tls::facts(session, shared.server_name(&service.origin), hsts, now));
    if let (Some(session), Some(facts)) = (session, &tls) {
        tls::findings(&mut noted, facts, session, now);
    }
    let known: Vec<(&Endpoint, &Seen)> = service
        .endpoints
        .iter()
        .zip(&sampled)
        .filter_map(|(endpoint, sampled)| Some((endpoint, sampled.seen.as_ref()?)))
        .collect();
    let web = web::look(&asker, service, &known, is_light, &mut noted).await;
    let (mut sockets, mut logins, mut body_rules) = (Vec::new(), Vec::new(), Vec::new());
    if !is_light {
        for path in &service.sockets {
            sockets.push(websocket::open(&asker, service, path, &mut noted).await);
        }
        for login in &service.logins {
            logins.push(login::refused(&asker, service, login, &mut noted).await);
        }
        body_rules = bodies::look(&asker, service, &known, &mut noted).await;
        reflection::ask(&asker, service, &known, &mut noted).await;
    }
    let state = availability::state(&sampled, &noted.findings);
    let assessed = AssessedService {
        name: service.name.clone(),
        role: service.role.clone(),
        origin: service.origin.clone(),
        address: sampled.iter().find_map(|sampled| sampled.address),
        state,
        endpoints: sampled.iter().map(|sampled| sampled.facts.clone()).collect(),
        left_out: service.left_out.clone(),
        tls,
        headers: web.headers,
        redirects: web.redirects,
        cors: web.cors,
        sockets,
        logins,
        body_rules,
    };
    (assessed, noted)
}

/// Times every endpoint. Of a large body only what is looked into again is kept: many at once would cost memory.
async fn sampled(
    asker: &Asker,
    settings: &Assessment,
    service: &Service,
    is_light: bool,
    noted: &mut Noted,
) -> Vec<Sampled> {
    let mut sampled: Vec<Sampled> = Vec::new();
    for (index, endpoint) in service.endpoints.iter().enumerate() {
        let fresh = if is_light { 1 } else { settings.samples };
        let samples = Samples { fresh, kept: index == 0 && !is_light };
        let mut one = sample(asker, endpoint, samples).await;
        if let Some(seen) = &mut one.seen {
            leaks::findings(noted, &endpoint.name, seen.status, &seen.body);
            let is_first = seen.is_expected && !sampled.iter().any(has_expected);
            let is_wanted = |rule: &BodyRule| rule.request.path == endpoint.path;
            if !is_first && !service.body_rules.iter().any(is_wanted) {
                seen.body = Vec::new();
            }
        }
        sampled.push(one);
    }
    sampled
}

/// Notes which endpoints do not work, and which were not asked.
fn failures(sampled: &[Sampled], settings: &Assessment, service: &Service, noted: &mut Noted) {
    for name in &service.left_out {
        noted.not_checked(name.clone(), "its request could change something");
    }
    let mut has_tls_trouble = false;
    for sampled in sampled {
        // In TLS 1.3 a server refuses the client's certificate after the handshake: its session does not excuse it.
        let trouble = sampled.trouble.as_ref().filter(|_| sampled.seen.is_none());
        // A handshake that fails is one fault of the service, however many endpoints it has.
        let is_tls = trouble.is_some_and(|trouble| {
            if has_tls_trouble { tls::is_about_tls(trouble) } else { tls::trouble(noted, "", trouble) }
        });
        has_tls_trouble |= is_tls;
        if !is_tls {
            availability::findings(noted, settings, sampled);
        }
    }
}

fn has_expected(sampled: &Sampled) -> bool {
    sampled.seen.as_ref().is_some_and(|seen| seen.is_expected)
}
