//! A health check of three services, made by hand: what the formats are tested with.

use std::sync::Arc;
use std::time::Duration;

use baseline::check::facts::{
    Assessed, AssessedEndpoint, AssessedService, BodyFacts, CertificateFacts, CorsCase, CorsFacts,
    CorsQuestion, HeaderFacts, HeaderTest, LimitFacts, LimitOutcome, LoginFacts, NotChecked, RedirectFacts,
    SocketFacts, SocketStep, Spread, TlsFacts,
};
use baseline::domain::endpoint::{Origin, Scheme};
use baseline::domain::error_reason::ErrorReason;
use baseline::domain::finding::{Finding, Priority, ServiceState};
use baseline::domain::grade::Phase;
use baseline::domain::service::Assessment;

pub(crate) fn ms(milliseconds: f64) -> Duration {
    Duration::from_secs_f64(milliseconds / 1e3)
}

/// Ten times around a median, within 2 % of it.
pub(crate) fn spread(median: f64) -> Spread {
    Spread {
        samples: 10,
        min: ms(median * 0.98),
        lower_quartile: ms(median * 0.99),
        median: ms(median),
        upper_quartile: ms(median * 1.01),
        max: ms(median * 1.02),
    }
}

fn endpoint(name: &str, path: &str, [resolve, tls, first_byte, total]: [f64; 4]) -> AssessedEndpoint {
    let phases = [
        (Phase::Resolve, resolve),
        (Phase::Connect, 18.0),
        (Phase::Tls, tls),
        (Phase::Request, 0.05),
        (Phase::FirstByte, first_byte),
        (Phase::Transfer, 1.0),
        (Phase::Total, total),
    ];
    AssessedEndpoint {
        name: Arc::from(name),
        method: "GET".to_owned(),
        path: path.to_owned(),
        samples: 10,
        succeeded: 10,
        limited: 0,
        failures: Vec::new(),
        status: Some(200),
        bytes: Some(15_361),
        version: "HTTP/2",
        phases: phases.map(|(phase, median)| (phase, spread(median))).to_vec(),
        processing: Some(spread(36.0)),
        kept_alive: Some(spread(37.5)),
    }
}

fn certificate(subject: &str, issuer: &str, fingerprint: &str) -> CertificateFacts {
    CertificateFacts {
        subject: subject.to_owned(),
        issuer: issuer.to_owned(),
        serial: "04a1b2c3".to_owned(),
        fingerprint: fingerprint.repeat(16),
        valid_from: "2026-10-28T00:00:00Z".parse().unwrap(),
        valid_until: "2027-01-26T00:00:00Z".parse().unwrap(),
        key: "ECDSA P-256".to_owned(),
        signature: "SHA-256 with ECDSA".to_owned(),
        is_authority: subject == issuer,
        is_self_issued: subject == issuer,
    }
}

fn tls(host: &str) -> TlsFacts {
    TlsFacts {
        faults: Vec::new(),
        version: "TLS 1.3".to_owned(),
        suite: "TLS_AES_128_GCM_SHA256".to_owned(),
        group: Some("X25519".to_owned()),
        alpn: Some("h2".to_owned()),
        certificates: vec![
            certificate(&format!("CN={host}"), "CN=WE1, O=Example Trust Services, C=US", "ab12"),
            certificate("CN=WE1, O=Example Trust Services, C=US", "CN=Example Root R4, C=US", "cd34"),
        ],
        names: vec![host.to_owned(), format!("*.{host}")],
        days_left: Some(59),
        scts: 2,
        is_stapled: false,
        asks_for_client_certificate: false,
        is_trusted: true,
        grade: "A".to_owned(),
        grade_reasons: vec!["no HSTS of half a year".to_owned()],
    }
}

fn headers(score: u32, grade: &'static str, values: [Option<&str>; 7]) -> HeaderFacts {
    let csp = values[1].is_some();
    HeaderFacts {
        endpoint: "home".to_owned(),
        status: 200,
        score,
        grade,
        tests: vec![
            HeaderTest {
                name: "csp",
                result: if csp { "unsafe-inline in script-src" } else { "missing" }.to_owned(),
                modifier: if csp { -20 } else { -25 },
                counts: true,
            },
            HeaderTest { name: "cookies", result: "none".to_owned(), modifier: 0, counts: true },
            HeaderTest { name: "referrer_policy", result: "private".to_owned(), modifier: 5, counts: false },
        ],
        values: values.map(|value| value.map(str::to_owned)).to_vec(),
    }
}

fn service(name: &str, role: &str, host: &str, first: AssessedEndpoint) -> AssessedService {
    AssessedService {
        name: Arc::from(name),
        role: Some(role.to_owned()),
        origin: Origin { scheme: Scheme::Https, host: host.to_owned(), port: 443 },
        address: Some("192.0.2.7".parse().unwrap()),
        state: ServiceState::Healthy,
        endpoints: vec![first],
        left_out: Vec::new(),
        tls: Some(tls(host)),
        headers: None,
        redirects: None,
        cors: Vec::new(),
        sockets: Vec::new(),
        logins: Vec::new(),
        body_rules: Vec::new(),
    }
}

fn frontend() -> AssessedService {
    let hsts = Some("max-age=31536000; includeSubDomains");
    let policy = Some(
        "default-src 'self'; script-src 'self' 'unsafe-inline' https://cdn.example; img-src 'self' data:",
    );
    let mut service =
        service("frontend", "web pages", "www.example", endpoint("home", "/", [0.76, 115.0, 171.0, 172.0]));
    service.headers =
        Some(headers(80, "B+", [hsts, policy, Some("DENY"), Some("nosniff"), None, None, None]));
    service.redirects = Some(RedirectFacts {
        from_http: vec!["http://www.example/".to_owned(), "https://www.example/".to_owned()],
        from_first: vec!["https://www.example/".to_owned()],
        problem: String::new(),
    });
    service
}

fn worker() -> AssessedService {
    let mut service = service(
        "worker",
        "background jobs and their queue",
        "worker.example",
        endpoint("health", "/health", [1.95, 115.9, 170.0, 170.0]),
    );
    service.sockets = vec![SocketFacts {
        path: "/ws".to_owned(),
        step: SocketStep::Open,
        status: Some(101),
        protocol: None,
        opened_after: Some(ms(151.0)),
        ping: Some(ms(18.2)),
        problem: String::new(),
    }];
    service
}

fn backend() -> AssessedService {
    let mut service = service(
        "backend",
        "API",
        "api.example",
        endpoint("health_detailed", "/health/detailed", [24.0, 293.0, 314.0, 314.0]),
    );
    let mut search = endpoint("search", "/api/search?q=${word}", [24.0, 293.0, 320.0, 321.0]);
    search.succeeded = 8;
    search.failures = vec![(ErrorReason::ResponseTimeout, 2)];
    service.endpoints.push(search);
    service.state = ServiceState::Degraded;
    service.left_out = vec!["checkout".to_owned()];
    service.headers =
        Some(headers(40, "D+", [None, None, Some("SAMEORIGIN"), Some("nosniff"), None, None, Some("0")]));
    service.cors = vec![CorsFacts { path: "/api".to_owned(), cases: cases() }];
    service.logins = vec![LoginFacts {
        path: "/api/auth/login".to_owned(),
        status: Some(401),
        is_json: true,
        message: Some("Invalid credentials".to_owned()),
        leaks: Vec::new(),
        problems: Vec::new(),
    }];
    service.body_rules = vec![
        BodyFacts {
            name: "redis".to_owned(),
            path: "/health/detailed".to_owned(),
            holds: Some(false),
            found: Some("false".to_owned()),
        },
        BodyFacts {
            name: "telemetry".to_owned(),
            path: "/health/detailed".to_owned(),
            holds: Some(true),
            found: Some("true".to_owned()),
        },
    ];
    service
}

fn cases() -> Vec<CorsCase> {
    let case = |question, origin: &str, is_right: bool| CorsCase {
        question,
        origin: origin.to_owned(),
        status: Some(200),
        allow_origin: (question == CorsQuestion::Allowed || !is_right).then(|| origin.to_owned()),
        allows_credentials: !is_right,
        is_right,
        problem: if is_right { String::new() } else { "any origin is allowed, with credentials".to_owned() },
    };
    vec![
        case(CorsQuestion::Allowed, "https://www.example", true),
        case(CorsQuestion::Hostile, "https://evil.example", false),
    ]
}

pub(crate) fn finding(
    rule: &'static str,
    priority: Priority,
    service: &str,
    subject: &str,
    issue: &str,
) -> Finding {
    Finding {
        rule: rule.into(),
        priority,
        service: Arc::from(service),
        subject: subject.to_owned(),
        issue: issue.to_owned(),
        evidence: format!("Seen at {service}{subject} in each of 10 responses."),
        impact: "Users of other sites can be made to act here.".to_owned(),
        recommendation: format!("Apply the fix of {rule}."),
    }
}

fn findings() -> Vec<Finding> {
    vec![
        finding(
            "cors.reflected",
            Priority::High,
            "backend",
            "/api",
            "Every origin may read responses with credentials",
        ),
        finding("availability.failed", Priority::High, "backend", "search", "Requests fail"),
        finding("body.redis", Priority::Medium, "backend", "/health/detailed", "The cache is disabled"),
        finding(
            "headers.csp",
            Priority::Medium,
            "frontend",
            "home",
            "The content security policy allows inline scripts",
        ),
        finding("headers.csp", Priority::Medium, "backend", "", "There is no content security policy"),
        finding("tls.expires_soon", Priority::Low, "worker", "", "The certificate is renewed late"),
    ]
}

/// The services `frontend`, `worker` and `backend`, the last with findings.
pub(crate) fn made_check() -> Assessed {
    Assessed {
        scenario: "shop".to_owned(),
        at: "2026-11-27T13:05:00Z".parse().unwrap(),
        took: ms(1_234.0),
        requests: 61,
        settings: Assessment::default(),
        services: vec![frontend(), worker(), backend()],
        findings: findings(),
        not_checked: vec![
            NotChecked {
                service: "worker".to_owned(),
                what: "security headers".to_owned(),
                why: "no response is a page".to_owned(),
            },
            NotChecked {
                service: String::new(),
                what: "rate limit of /api/auth/*".to_owned(),
                why: "its window of 15 min is longer than the check".to_owned(),
            },
        ],
        rate_limits: vec![LimitFacts {
            path: "/api/*".to_owned(),
            requests: 100,
            per: Duration::from_mins(1),
            outcome: LimitOutcome::TooEarly(61),
            sent: 61,
            problems: vec!["no X-RateLimit-Reset".to_owned()],
            retry_after_s: Some(42),
            retry_succeeded: Some(true),
        }],
    }
}
