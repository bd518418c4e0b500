//! What a health check finds about the TLS of faulty servers, whole program: which rules, never how long it took.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair,
};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::{RootCertStore, ServerConfig, ServerConnection, version};

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::raw_server::RawServer;
use crate::support::tls::{key_of, serve_with};

type Der = CertificateDer<'static>;

/// A root, an authority below it, and the rest of a small world.
struct World {
    root: Issuer<'static, KeyPair>,
    root_pem: String,
    below: Issuer<'static, KeyPair>,
    below_der: Der,
    key: KeyPair,
}

/// Parameters of a certificate for 127.0.0.1, valid between these days from now.
fn params(common: &str, days: (i64, i64)) -> CertificateParams {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common);
    let at = |days: i64| {
        let seconds = baseline::host::clock::now().as_second() + days * 86_400 + 3_600;
        rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds.try_into().unwrap())
    };
    (params.not_before, params.not_after) = (at(days.0), at(days.1));
    params
}

fn authority(common: &str, days: (i64, i64)) -> CertificateParams {
    let mut params = params(common, days);
    params.subject_alt_names.clear();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

impl World {
    fn new() -> Self {
        let (root, key) = (authority("root", (-10, 3_650)), KeyPair::generate().unwrap());
        let root_pem = root.self_signed(&key).unwrap().pem();
        let root = Issuer::new(root, key);
        let (below, key) = (authority("intermediate", (-10, 900)), KeyPair::generate().unwrap());
        let below_der = below.signed_by(&key, &root).unwrap().der().clone();
        let below = Issuer::new(below, key);
        Self { root, root_pem, below, below_der, key: KeyPair::generate().unwrap() }
    }

    fn good(&self) -> Vec<Der> {
        self.chain(&params("server", (-10, 80)))
    }

    /// A certificate and the one that issued it.
    fn chain(&self, params: &CertificateParams) -> Vec<Der> {
        vec![params.signed_by(&self.key, &self.below).unwrap().der().clone(), self.below_der.clone()]
    }

    /// A server with this chain.
    fn serve(&self, chain: Vec<Der>) -> SocketAddr {
        let config = ServerConfig::builder().with_no_client_auth();
        serve_with(config.with_single_cert(chain, key_of(&self.key)).unwrap(), false)
    }

    /// The rules about TLS that a check of this server finds, trusting our root, and whether it failed.
    fn check(&self, server: SocketAddr, expected: &[&str]) {
        Self::check_trusting(&self.root_pem, server, expected);
    }

    fn check_trusting(roots: &str, server: SocketAddr, expected: &[&str]) {
        let folder = Folder::new();
        folder.write("roots.pem", roots);
        let url = format!("https://{server}/");
        let arguments = ["check", &url, "--samples", "1", "--cacert", "roots.pem", "--format", "json"];
        let ended = Program::new(folder.path(), &arguments).run();
        let expected: BTreeSet<&str> = expected.iter().copied().collect();
        assert_eq!(rules(&ended.stdout), expected, "{ended:?}");
        let must_fail = expected.iter().any(|rule| !LOW.contains(rule));
        assert!(!must_fail || ended.code == Some(1), "{ended:?}");
    }
}

/// Rules of low priority, which do not fail a check.
const LOW: &[&str] = &["tls.no_tls13", "tls.long_validity", "tls.unneeded_certificates", "tls.wrong_order"];

/// The rules about TLS in a report.
fn rules(report: &str) -> BTreeSet<&str> {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
    let words = report.split(|c: char| !is_part(c));
    words.filter(|word| word.starts_with("tls.") && word.len() > 4).collect()
}

#[test]
fn sound_servers_have_no_finding() {
    let world = World::new();
    world.check(world.serve(world.good()), &[]);
    let direct = params("server", (-10, 80)).signed_by(&world.key, &world.root).unwrap();
    world.check(world.serve(vec![direct.der().clone()]), &[]);
    let own = params("server", (-10, 80)).self_signed(&world.key).unwrap();
    World::check_trusting(&own.pem(), world.serve(vec![own.der().clone()]), &[]);
}

#[test]
fn faulty_certificates_are_told_apart() {
    let world = World::new();
    let check = |chain: Vec<Der>, rule: &str| world.check(world.serve(chain), &[rule]);
    let changed = |change: fn(&mut CertificateParams)| {
        let mut params = params("server", (-10, 80));
        change(&mut params);
        world.chain(&params)
    };
    check(world.chain(&params("server", (-90, -2))), "tls.expired");
    check(world.chain(&params("server", (2, 90))), "tls.not_yet_valid");
    check(world.chain(&params("server", (-80, 10))), "tls.expires_soon");
    check(changed(|params| params.subject_alt_names.truncate(0)), "tls.wrong_name");
    let mut named = params("127.0.0.1", (-10, 80));
    named.subject_alt_names.clear();
    check(world.chain(&named), "tls.common_name_only");
    let own = params("server", (-10, 80)).self_signed(&world.key).unwrap();
    check(vec![own.der().clone()], "tls.self_signed");
    check(world.good()[..1].to_vec(), "tls.incomplete_chain");
    check(
        changed(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]),
        "tls.no_server_usage",
    );
    check(
        changed(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
        "tls.authority_as_server",
    );
    check([world.good(), world.good()[1..].to_vec()].concat(), "tls.unneeded_certificates");
    let stranger = World::new();
    world.check(stranger.serve(stranger.good()), &["tls.untrusted_root"]);
}

#[test]
fn faulty_authorities_are_told_apart() {
    let world = World::new();
    let (old, key) = (authority("old", (-900, -2)), KeyPair::generate().unwrap());
    let old_der = old.signed_by(&key, &world.root).unwrap().der().clone();
    let leaf = params("server", (-10, 80)).signed_by(&world.key, &Issuer::new(old, key)).unwrap();
    world.check(world.serve(vec![leaf.der().clone(), old_der]), &["tls.expired_intermediate"]);
    let (lower, key) = (authority("lower", (-10, 900)), KeyPair::generate().unwrap());
    let lower_der = lower.signed_by(&key, &world.below).unwrap().der().clone();
    let leaf = params("server", (-10, 80)).signed_by(&world.key, &Issuer::new(lower, key)).unwrap();
    let upside_down = vec![leaf.der().clone(), world.below_der.clone(), lower_der];
    world.check(world.serve(upside_down), &["tls.wrong_order"]);
}

#[test]
fn weak_signatures_are_found() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls");
    let chain = vec![CertificateDer::from_pem_file(format!("{folder}/sha1.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(format!("{folder}/sha1.key")).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    let roots = std::fs::read_to_string(format!("{folder}/rsa_root.pem")).unwrap();
    let expected = ["tls.weak_signature", "tls.long_validity"];
    World::check_trusting(&roots, serve_with(config, false), &expected);
}

#[test]
fn faults_of_handshakes_are_told_apart() {
    let world = World::new();
    let (chain, key) = (world.good(), || key_of(&world.key));
    let old = ServerConfig::builder_with_protocol_versions(&[&version::TLS12]).with_no_client_auth();
    let old = old.with_single_cert(chain.clone(), key()).unwrap();
    world.check(serve_with(old, false), &["tls.no_tls13"]);
    // A key that is not the certificate's.
    let other = aws_lc_rs::sign::any_supported_type(&key_of(&KeyPair::generate().unwrap())).unwrap();
    let pair = Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain.clone(), other)));
    for versions in [&[&version::TLS13], &[&version::TLS12]] {
        let config = ServerConfig::builder_with_protocol_versions(versions).with_no_client_auth();
        let config = config.with_cert_resolver(pair.clone());
        let is_old = versions[0].version == version::TLS12.version;
        let also = if is_old { &["tls.no_tls13"][..] } else { &[] };
        world.check(serve_with(config, false), &[&["tls.key_not_proved"], also].concat());
    }
    // A client certificate.
    let mut roots = RootCertStore::empty();
    roots.add(world.below_der.clone()).unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(aws_lc_rs::default_provider()));
    let config = ServerConfig::builder().with_client_cert_verifier(verifier.build().unwrap());
    let config = config.with_single_cert(chain, key()).unwrap();
    world.check(serve_with(config, false), &["tls.client_certificate"]);
}

/// A server that reads the beginning of a handshake, sends these bytes, and closes.
fn alerting(bytes: &'static [u8]) -> SocketAddr {
    let server = RawServer::serving(move |mut stream, _| {
        let _ = stream.read(&mut [0; 16_384]);
        let _ = stream.write_all(bytes);
    });
    server.address()
}

#[test]
fn handshakes_that_fail_are_told_apart() {
    let world = World::new();
    // Alerts: protocol version, handshake failure, unrecognized name, internal error.
    world.check(alerting(&[21, 3, 1, 0, 2, 2, 70]), &["tls.old_version"]);
    world.check(alerting(&[21, 3, 1, 0, 2, 2, 40]), &["tls.no_common_suite"]);
    world.check(alerting(&[21, 3, 1, 0, 2, 2, 112]), &["tls.unknown_name"]);
    world.check(alerting(&[21, 3, 1, 0, 2, 2, 80]), &["tls.handshake_failed"]);
    world.check(alerting(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"), &["tls.not_tls"]);
    world.check(alerting(&[]), &["tls.closed_in_handshake"]);
}

#[test]
fn a_server_that_never_responds_has_shown_its_certificate() {
    let world = World::new();
    let expired = world.chain(&params("server", (-90, -2)));
    let config = ServerConfig::builder().with_no_client_auth();
    let config = Arc::new(config.with_single_cert(expired, key_of(&world.key)).unwrap());
    let server = RawServer::serving(move |mut stream, _| {
        let mut tls = ServerConnection::new(Arc::clone(&config)).unwrap();
        while tls.is_handshaking() && tls.complete_io(&mut stream).is_ok() {}
        std::thread::sleep(Duration::from_mins(1));
    });
    let folder = Folder::new();
    folder.write("roots.pem", &world.root_pem);
    let scenario = crate::support::scenario::at(&format!("https://{}", server.address()));
    folder.write("slow.toml", &scenario.replace("200ms", "2s"));
    let roots = folder.path().join("roots.pem");
    let program = Program::new(folder.path(), &["check", "slow.toml", "--samples", "1", "--format", "json"]);
    let ended = program.env("SSL_CERT_FILE", roots.to_str().unwrap()).run();
    assert_eq!(rules(&ended.stdout), BTreeSet::from(["tls.expired"]), "{ended:?}");
}
