//! Certificates and handshakes: each fault has its reason, and what is named as trusted is trusted.

use std::path::PathBuf;
use std::sync::Arc;

use baseline::domain::endpoint::Scheme;
use baseline::domain::error_reason::ErrorReason;
use baseline::domain::transport::{HttpVersion, TlsSettings, Transport};
use rcgen::{CertificateParams, DnType, IsCa, KeyPair, date_time_ymd};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};

use crate::support::folder::Folder;
use crate::support::raw_server::{RawServer, Then};
use crate::support::tls::{Authority, key_of, serve_with};

use super::{access, endpoint, exchange};

static BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// A server with one certificate.
fn server(
    versions: &[&'static SupportedProtocolVersion],
    chain: &rcgen::Certificate,
    key: &KeyPair,
) -> ServerConfig {
    let builder = ServerConfig::builder_with_protocol_versions(versions).with_no_client_auth();
    builder.with_single_cert(vec![chain.der().clone()], key_of(key)).unwrap()
}

/// Asks a server with this configuration, trusting one file.
fn ask(
    config: ServerConfig,
    host: &str,
    change: impl Fn(&mut Transport, &Folder),
) -> Result<u16, ErrorReason> {
    let folder = Folder::new();
    let mut transport = Transport::default();
    change(&mut transport, &folder);
    let address = serve_with(config, false);
    let endpoint = endpoint(Scheme::Https, host, address.port());
    exchange(&endpoint, &access(host, transport)).map(|response| response.status)
}

fn trusting(pem: &str) -> impl Fn(&mut Transport, &Folder) {
    move |transport, folder| transport.tls.ca_file = Some(path(folder, "ca.pem", pem))
}

fn path(folder: &Folder, name: &str, text: &str) -> PathBuf {
    folder.write(name, text);
    folder.path().join(name)
}

/// A certificate of the authority for 127.0.0.1, changed.
fn signed(authority: &Authority, change: impl Fn(&mut CertificateParams)) -> (rcgen::Certificate, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    change(&mut params);
    (authority.sign(&params, &key), key)
}

#[test]
fn every_fault_of_a_certificate_has_its_reason() {
    let authority = Authority::new();
    let check = |change: &dyn Fn(&mut CertificateParams), expected| {
        let (certificate, key) = signed(&authority, change);
        let found = ask(server(BOTH, &certificate, &key), "127.0.0.1", trusting(authority.pem()));
        assert_eq!(found, expected);
        // Whoever does not care gets the response.
        let insecure = |transport: &mut Transport, _: &Folder| transport.tls.insecure = true;
        assert_eq!(ask(server(BOTH, &certificate, &key), "127.0.0.1", insecure), Ok(200));
    };
    check(&|_| (), Ok(200));
    check(&|params| params.not_after = date_time_ymd(2020, 1, 1), Err(ErrorReason::CertificateExpired));
    check(&|params| params.not_before = date_time_ymd(2120, 1, 1), Err(ErrorReason::CertificateNotYetValid));
    let elsewhere = CertificateParams::new(vec!["a.example".to_owned()]).unwrap().subject_alt_names;
    check(&|params| params.subject_alt_names.clone_from(&elsewhere), Err(ErrorReason::WrongName));
    let (certificate, key) = signed(&authority, |_| ());
    let stranger = Authority::new();
    let found = ask(server(BOTH, &certificate, &key), "127.0.0.1", trusting(stranger.pem()));
    assert_eq!(found, Err(ErrorReason::UnknownIssuer));
}

#[test]
fn a_certificate_that_is_its_own_authority_is_accepted_where_it_is_named() {
    // As `openssl req -x509 -subj /CN=localhost` makes it.
    let made = |change: &dyn Fn(&mut CertificateParams)| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "localhost");
        change(&mut params);
        (params.self_signed(&key).unwrap(), key)
    };
    let check = |change: &dyn Fn(&mut CertificateParams), host: &str, expected| {
        let (certificate, key) = made(change);
        assert_eq!(ask(server(BOTH, &certificate, &key), host, trusting(&certificate.pem())), expected);
    };
    check(&|_| (), "localhost", Ok(200));
    check(&|_| (), "127.0.0.1", Err(ErrorReason::WrongName));
    check(
        &|params| params.not_after = date_time_ymd(2020, 1, 1),
        "localhost",
        Err(ErrorReason::CertificateExpired),
    );
    let (certificate, key) = made(&|_| ());
    let other = made(&|_| ()).0.pem();
    assert_eq!(
        ask(server(BOTH, &certificate, &key), "localhost", trusting(&other)),
        Err(ErrorReason::UnknownIssuer)
    );
}

#[test]
fn the_name_in_the_certificate_may_differ_from_the_address() {
    let authority = Authority::new();
    let names = CertificateParams::new(vec!["shop.example".to_owned()]).unwrap().subject_alt_names;
    let (certificate, key) = signed(&authority, |params| params.subject_alt_names.clone_from(&names));
    let found = ask(server(BOTH, &certificate, &key), "127.0.0.1", |transport, folder| {
        transport.tls.ca_file = Some(path(folder, "ca.pem", authority.pem()));
        transport.tls.server_name = Some("shop.example".to_owned());
    });
    assert_eq!(found, Ok(200));
}

#[test]
fn a_client_certificate_that_is_wanted_must_be_there() {
    let authority = Authority::new();
    let (certificate, key) = signed(&authority, |_| ());
    let (client, client_key) = signed(&authority, |_| ());
    for version in BOTH {
        let config = || {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der()).unwrap();
            let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
            let builder =
                ServerConfig::builder_with_protocol_versions(&[version]).with_client_cert_verifier(verifier);
            builder.with_single_cert(vec![certificate.der().clone()], key_of(&key)).unwrap()
        };
        let without = ask(config(), "127.0.0.1", trusting(authority.pem()));
        assert_eq!(without, Err(ErrorReason::ClientCertificate), "{version:?}");
        // Over HTTP/2 the client speaks first, and the alert of TLS 1.3 comes meanwhile.
        for _ in 0..20 {
            let mut config = config();
            config.alpn_protocols = vec![b"h2".to_vec()];
            let found = ask(config, "127.0.0.1", trusting(authority.pem()));
            assert_eq!(found, Err(ErrorReason::ClientCertificate), "{version:?}");
        }
        let with = ask(config(), "127.0.0.1", |transport, folder| {
            transport.tls = TlsSettings {
                ca_file: Some(path(folder, "ca.pem", authority.pem())),
                client_cert: Some(path(folder, "client.pem", &client.pem())),
                client_key: Some(path(folder, "client.key", &client_key.serialize_pem())),
                ..TlsSettings::default()
            };
        });
        assert_eq!(with, Ok(200), "{version:?}");
    }
}

#[test]
fn handshakes_that_fail_say_why() {
    let authority = Authority::new();
    let (certificate, key) = signed(&authority, |_| ());
    // HTTP/2 alone is offered, and the server has only HTTP/1.1.
    let mut config = server(BOTH, &certificate, &key);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let found = ask(config, "127.0.0.1", |transport, folder| {
        transport.tls.ca_file = Some(path(folder, "ca.pem", authority.pem()));
        transport.version = HttpVersion::Http2;
    });
    assert_eq!(found, Err(ErrorReason::NoCommonProtocol));
    let against = |bytes: &[u8], then| {
        let bytes = bytes.to_vec();
        let server = RawServer::serving(move |mut stream, _| {
            use std::io::{Read, Write};
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all(&bytes);
            crate::support::raw_server::finish(&mut stream, then);
        });
        let endpoint = endpoint(Scheme::Https, "127.0.0.1", server.address().port());
        let insecure = TlsSettings { insecure: true, ..TlsSettings::default() };
        let transport = Transport { tls: insecure, ..Transport::default() };
        exchange(&endpoint, &access("127.0.0.1", transport)).map(|response| response.status)
    };
    assert_eq!(against(b"HTTP/1.1 400 Bad Request\r\n\r\n", Then::Close), Err(ErrorReason::NotTls));
    assert_eq!(against(b"", Then::Close), Err(ErrorReason::ClosedInHandshake));
    assert_eq!(against(b"", Then::Hold), Err(ErrorReason::ConnectTimeout));
    // Alerts: protocol version, handshake failure, unrecognised name.
    assert_eq!(against(&[21, 3, 3, 0, 2, 2, 70], Then::Close), Err(ErrorReason::TlsVersion));
    assert_eq!(against(&[21, 3, 3, 0, 2, 2, 40], Then::Close), Err(ErrorReason::TlsParameters));
    assert_eq!(against(&[21, 3, 3, 0, 2, 2, 112], Then::Close), Err(ErrorReason::WrongName));
}
