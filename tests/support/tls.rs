//! An encrypted server with a certificate authority of its own, speaking HTTP/2 or HTTP/1.1.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// A certificate authority that nobody trusts yet.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    /// A new one.
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// What a client must trust.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// The certificate itself.
    pub(crate) fn der(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap()
    }

    /// Signs a certificate.
    pub(crate) fn sign(&self, params: &CertificateParams, key: &KeyPair) -> rcgen::Certificate {
        params.signed_by(key, &self.issuer).unwrap()
    }

    /// A server's configuration with a certificate for 127.0.0.1 and that protocol, which expires after some days.
    fn server(&self, protocol: &str, days: Option<i64>) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        if let Some(days) = days {
            let last = baseline::host::clock::now().to_zoned(jiff::tz::TimeZone::UTC).date()
                + jiff::Span::new().days(days);
            let (month, day) = (last.month().cast_unsigned(), last.day().cast_unsigned());
            params.not_after = rcgen::date_time_ymd(last.year().into(), month, day);
        }
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let builder = ServerConfig::builder().with_no_client_auth();
        let mut config = builder.with_single_cert(vec![certificate.der().clone()], key_of(&key)).unwrap();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        config
    }
}

/// A key as a server needs it.
pub(crate) fn key_of(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()))
}

/// Serves `ok` to everybody on a free port, for as long as the tests run.
pub(crate) fn serve(authority: &Authority, protocol: &'static str) -> SocketAddr {
    serve_answering(authority.server(protocol, None), protocol == "h2", |_| Vec::new())
}

/// The same with this configuration.
pub(crate) fn serve_with(config: ServerConfig, is_http2: bool) -> SocketAddr {
    serve_answering(config, is_http2, |_| Vec::new())
}

/// Headers of a response by its number, from 0.
pub(crate) type HeadersOf = fn(u64) -> Vec<(&'static str, &'static str)>;

/// The same with headers of its own, and a certificate that expires after some days.
pub(crate) fn serve_headers(
    authority: &Authority,
    protocol: &'static str,
    days: Option<i64>,
    headers: HeadersOf,
) -> SocketAddr {
    serve_answering(authority.server(protocol, days), protocol == "h2", headers)
}

fn serve_answering(config: ServerConfig, is_http2: bool, headers: HeadersOf) -> SocketAddr {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let served = Arc::new(AtomicU64::new(0));
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(listener.local_addr().unwrap()).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let answers = (headers, served.clone());
                tokio::spawn(connection(acceptor.clone(), stream, is_http2, answers));
            }
        });
    });
    receiver.recv().unwrap()
}

async fn connection(
    acceptor: TlsAcceptor,
    stream: tokio::net::TcpStream,
    is_http2: bool,
    (headers, served): (HeadersOf, Arc<AtomicU64>),
) {
    // A client that does not trust us ends the handshake, as it should.
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let service = service_fn(|_| {
        let headers = headers(served.fetch_add(1, Ordering::Relaxed));
        let answer = headers
            .into_iter()
            .fold(hyper::Response::builder(), |answer, (name, value)| answer.header(name, value));
        async { Ok::<_, Infallible>(answer.body(Full::new(Bytes::from("ok"))).unwrap()) }
    });
    let io = TokioIo::new(stream);
    // How a client leaves is its own affair.
    if is_http2 {
        let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .serve_connection(io, service)
            .await;
    } else {
        let _ = hyper::server::conn::http1::Builder::new().serve_connection(io, service).await;
    }
}
