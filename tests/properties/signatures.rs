//! Requests at random are signed for AWS as its own library for Python signs them (botocore 1.44).

use baseline::http::sigv4::{Signable, Signer, body_hash};

/// Service, region, token, method, path and query, headers, body and signature, `-` where there is none. All were signed
/// with one key at one time.
const CASES: &str = include_str!("../fixtures/sigv4/botocore.tsv");

fn or_empty(field: &str) -> &str {
    if field == "-" { "" } else { field }
}

#[test]
fn signatures_are_those_of_another_implementation() {
    let mut wrong = Vec::new();
    for case in CASES.lines() {
        let fields: Vec<&str> = case.split('\t').collect();
        let [service, region, token, method, target, headers, body, expected] = fields[..] else {
            panic!("{case}")
        };
        let signer = Signer {
            access_key: "AKIDEXAMPLE".to_owned(),
            secret_key: "obviously-fake/key".to_owned(),
            session_token: Some(or_empty(token).to_owned()).filter(|token| !token.is_empty()),
            region: region.to_owned(),
            service: service.to_owned(),
        };
        let headers: Vec<(&str, &str)> =
            or_empty(headers).split('|').filter_map(|header| header.split_once(':')).collect();
        let request = Signable { method, target, host: "a.example", headers: &headers };
        let hash = body_hash(or_empty(body).as_bytes());
        let added = signer.sign(request, &hash, "2026-11-27T10:30:00Z".parse().unwrap());
        let signed = added.iter().find(|(name, _)| *name == "authorization").unwrap();
        if !signed.1.ends_with(expected) {
            wrong.push(case);
        }
    }
    assert_eq!(wrong, Vec::<&str>::new());
    assert_eq!(CASES.lines().count(), 40);
}
