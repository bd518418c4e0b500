//! The rules for connections: certificates, addresses, proxy, and the allow-lists that apply to them.

use std::fs::File;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::domain::endpoint::{Origin, Scheme};
use crate::domain::plan::Allowed;
use crate::domain::referenced::Referenced;
use crate::domain::transport::{
    AddressChoice, ConnectTo, HttpVersion, Override, Reuse, TlsSettings, Transport,
};

use super::check::{Check, all};
use super::file::{AddressesText, ConnectionsText, HttpText, TargetSection};
use super::key_path::KeyPath;
use super::origin;
use super::problem::Reported;

/// Longest path of a Unix socket: `sun_path` without its last byte.
const LONGEST_SOCKET_PATH: usize = 107;

/// How connections are made; every file that it names can be read. Without `allowed`, nothing is compared with it.
pub(super) fn transport(
    check: &Check<'_>,
    target: &TargetSection,
    allowed: Option<&Allowed>,
) -> Result<Transport, Reported> {
    let one = One { check, target, allowed };
    let (one_way, tls, resolve) = (one.one_way(), one.tls(), one.overrides());
    let (proxy, unix_socket) = (one.proxy(), one.unix_socket());
    one_way?;
    Ok(Transport {
        version: match target.http {
            HttpText::Negotiated => HttpVersion::Negotiated,
            HttpText::Http1 => HttpVersion::Http1,
            HttpText::Http2 => HttpVersion::Http2,
        },
        reuse: match target.connections {
            ConnectionsText::Kept => Reuse::Kept,
            ConnectionsText::New => Reuse::New,
        },
        addresses: match target.addresses {
            AddressesText::Spread => AddressChoice::Spread,
            AddressesText::First => AddressChoice::First,
        },
        tls: tls?,
        resolve: resolve?,
        proxy: proxy?,
        unix_socket: unix_socket?,
    })
}

/// Through a proxy, the proxy resolves the names of targets: only literal addresses can be checked.
pub(super) fn through_proxy(
    check: &Check<'_>,
    allowed: &Allowed,
    transport: &Transport,
    origins: &[&Origin],
) -> Result<(), Reported> {
    let unknown = origins.iter().find(|origin| origin.literal().is_none());
    let (Some(origin), true, false) = (unknown, transport.proxy.is_some(), allowed.networks.is_empty())
    else {
        return Ok(());
    };
    let what = format!(
        "the proxy resolves {:?}, so its addresses cannot be compared with allow_networks",
        origin.host
    );
    let hint = "remove allow_networks, or write the address of the target into base_url";
    Err(check.wrong(&key("proxy"), what, Some(hint)))
}

struct One<'a> {
    check: &'a Check<'a>,
    target: &'a TargetSection,
    allowed: Option<&'a Allowed>,
}

fn key(name: &str) -> KeyPath {
    KeyPath::of(["target", name])
}

impl One<'_> {
    /// Keys of which each says where to connect to, and only one can be right.
    fn one_way(&self) -> Result<(), Reported> {
        let target = self.target;
        let overrides = if target.resolve.is_empty() { "connect_to" } else { "resolve" };
        let given = [
            ("proxy", target.proxy.is_some()),
            ("unix_socket", target.unix_socket.is_some()),
            (overrides, !target.resolve.is_empty() || !target.connect_to.is_empty()),
        ];
        let mut given = given.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name);
        let (Some(first), Some(second)) = (given.next(), given.next()) else { return Ok(()) };
        let what = format!("`{first}` and `{second}` exclude each other: both say where to connect to");
        Err(self.check.wrong(&key(second), what, Some("remove one of them")))
    }

    fn tls(&self) -> Result<TlsSettings, Reported> {
        let target = self.target;
        if target.client_key.is_some() && target.client_cert.is_none() {
            let hint = "add client_cert, the PEM file with the certificate";
            return Err(self.check.wrong(
                &key("client_key"),
                "there is a key, but no certificate",
                Some(hint),
            ));
        }
        let file = |name: &str, path: &Option<String>| {
            path.as_ref().map(|path| self.check.readable(&key(name), path)).transpose()
        };
        let (ca_file, client_cert) =
            (file("ca_file", &target.ca_file), file("client_cert", &target.client_cert));
        let (client_key, server_name) = (file("client_key", &target.client_key), self.server_name());
        Ok(TlsSettings {
            ca_file: ca_file?,
            client_cert: client_cert?,
            client_key: client_key?,
            insecure: target.insecure,
            server_name: server_name?,
        })
    }

    fn server_name(&self) -> Result<Option<String>, Reported> {
        let Some(text) = &self.target.server_name else { return Ok(None) };
        let key = key("server_name");
        let name = self.check.resolve(&key, text)?;
        let host = origin::host(name.reveal()).ok().filter(|host| !host.contains(['%', '_']));
        host.map(Some).ok_or_else(|| {
            let what = format!("{:?} is not a host name or an address", name.written());
            self.check.wrong(&key, what, Some("write the name alone, such as api.example"))
        })
    }

    fn overrides(&self) -> Result<Vec<Override>, Reported> {
        let resolve = self.target.resolve.iter().enumerate();
        let resolve = resolve.map(|(index, text)| self.addresses(&key("resolve").index(index), text));
        let connect_to = self.target.connect_to.iter().enumerate();
        let connect_to =
            connect_to.map(|(index, text)| self.other_host(&key("connect_to").index(index), text));
        all(resolve.chain(connect_to))
    }

    /// `HOST:PORT:ADDRESS[,ADDRESS]`, as curl has it.
    fn addresses(&self, key: &KeyPath, text: &str) -> Result<Override, Reported> {
        let resolved = self.check.resolve(key, text)?;
        let wrong = |part: &str, what: &str| {
            let hint = "write HOST:PORT:ADDRESS, such as api.example:443:127.0.0.1";
            self.check.wrong(key, quoted(&resolved, part, what), Some(hint))
        };
        let text = resolved.reveal();
        // A plus sign lets curl forget the entry after a minute.
        let (host, rest) = next_field(text.strip_prefix('+').unwrap_or(text));
        let (port, list) = rest
            .and_then(|rest| rest.split_once(':'))
            .ok_or_else(|| wrong(text, "is not HOST:PORT:ADDRESS"))?;
        let addresses = list.split(',').map(|address| {
            let inner = address.trim().trim_start_matches('[').trim_end_matches(']');
            let address: IpAddr = inner.parse().map_err(|_| wrong(address, "is not an address"))?;
            self.is_allowed(key, &resolved, address).map(|()| address)
        });
        let addresses = addresses.collect::<Result<_, _>>()?;
        let host = match host {
            "*" => None,
            host => Some(origin::host(host).map_err(|_| wrong(host, "is not a host"))?),
        };
        let port = parse_port(port).ok_or_else(|| wrong(port, "is not a port"))?;
        Ok(Override { host, port: Some(port), to: ConnectTo::Addresses(addresses) })
    }

    /// `HOST:PORT:HOST2:PORT2`, as curl has it; what is empty stays as in the URL.
    fn other_host(&self, key: &KeyPath, text: &str) -> Result<Override, Reported> {
        let hint = "write HOST:PORT:HOST2:PORT2, such as api.example:443:127.0.0.1:8443";
        let resolved = self.check.resolve(key, text)?;
        let wrong = |part: &str, what: &str| self.check.wrong(key, quoted(&resolved, part, what), Some(hint));
        let text = resolved.reveal();
        let mut fields = Vec::new();
        let mut rest = Some(text);
        while let Some(left) = rest {
            let (field, after) = next_field(left);
            fields.push(field);
            rest = after;
        }
        let [host, port, other, other_port] = fields[..] else {
            return Err(wrong(text, "is not HOST:PORT:HOST2:PORT2"));
        };
        let name = |text: &str| {
            let host = (!text.is_empty()).then(|| origin::host(text)).transpose();
            host.map_err(|_| wrong(text, "is not a host"))
        };
        let number = |text: &str| {
            let port = (!text.is_empty()).then(|| parse_port(text).ok_or(())).transpose();
            port.map_err(|()| wrong(text, "is not a port"))
        };
        let to = ConnectTo::Host { host: name(other)?, port: number(other_port)? };
        if let ConnectTo::Host { host: Some(other), .. } = &to {
            if self.allowed.is_some_and(|allowed| !allowed.host(other)) {
                let hint = "to allow load there, add the host to allow_hosts under [target]";
                let what = format!("host {}", quoted(&resolved, other, "is not in allow_hosts"));
                return Err(self.check.wrong(key, what, Some(hint)));
            }
            if let Ok(address) = other.parse() {
                self.is_allowed(key, &resolved, address)?;
            }
        }
        Ok(Override { host: name(host)?, port: number(port)?, to })
    }

    fn is_allowed(&self, key: &KeyPath, text: &Referenced, address: IpAddr) -> Result<(), Reported> {
        if self.allowed.is_none_or(|allowed| allowed.address(address)) {
            return Ok(());
        }
        let hint = "to allow load there, add its network to allow_networks under [target]";
        let what = if text.has_references() {
            format!("the address in {:?} is not in allow_networks", text.written())
        } else {
            format!("address {address} is not in allow_networks")
        };
        Err(self.check.wrong(key, what, Some(hint)))
    }

    fn proxy(&self) -> Result<Option<Origin>, Reported> {
        let Some(text) = &self.target.proxy else { return Ok(None) };
        let key = key("proxy");
        let url = self.check.resolve(&key, text)?;
        let hint = "write scheme, host and port: http://127.0.0.1:3128";
        let proxy = origin::parse_origin(url.reveal())
            .map_err(|error| self.check.wrong(&key, error.to_string(), Some(hint)))?;
        if proxy.scheme == Scheme::Https {
            return Err(self.check.wrong(&key, "a proxy is connected to without TLS", Some(hint)));
        }
        let is_listed = |host: &String| origin::host(host).is_ok_and(|host| host == proxy.host);
        let is_known = self.check.document.is_whole(&KeyPath::of(["target", "allow_proxies"]));
        if !is_known || self.target.allow_proxies.iter().any(is_listed) {
            return Ok(Some(proxy));
        }
        let hint = if url.has_references() {
            "to use it, add its host to allow_proxies under [target]".to_owned()
        } else {
            format!("to use it, add allow_proxies = [{:?}] under [target]", proxy.host)
        };
        let what = format!("proxy {}", quoted(&url, &proxy.host, "is not in allow_proxies"));
        Err(self.check.wrong(&key, what, Some(&hint)))
    }

    fn unix_socket(&self) -> Result<Option<PathBuf>, Reported> {
        let Some(text) = &self.target.unix_socket else { return Ok(None) };
        let key = key("unix_socket");
        // The server may start later, so the socket need not exist.
        let (named, path) = self.check.path(&key, text)?;
        if path.as_os_str().len() > LONGEST_SOCKET_PATH {
            let what = format!("{} is longer than {LONGEST_SOCKET_PATH} bytes", shown(&named, &path));
            return Err(self.check.wrong(&key, what, Some("Unix sockets need a shorter path")));
        }
        Ok(Some(path))
    }
}

impl Check<'_> {
    /// The path of a file as the scenario names it, and made absolute.
    pub(super) fn path(&self, key: &KeyPath, text: &str) -> Result<(Referenced, PathBuf), Reported> {
        let named = self.resolve(key, text)?;
        if named.reveal().is_empty() {
            return Err(self.wrong(key, "the path is empty", None));
        }
        let path = self.document.source().path(named.reveal());
        Ok((named, path))
    }

    /// The absolute path of a file that can be read.
    pub(super) fn readable(&self, key: &KeyPath, text: &str) -> Result<PathBuf, Reported> {
        let (named, path) = self.path(key, text)?;
        let problem = match File::open(&path).and_then(|file| file.metadata()) {
            Ok(metadata) if metadata.is_file() => return Ok(path),
            Ok(_) => "it is not a file".to_owned(),
            Err(error) => error.to_string(),
        };
        let hint = "paths in a scenario file are relative to its folder";
        Err(self.wrong(key, format!("cannot read {}: {problem}", shown(&named, &path)), Some(hint)))
    }
}

/// A path in a message: absolute, or as it is written where a part of it comes from the environment.
fn shown(named: &Referenced, path: &Path) -> String {
    if named.has_references() { named.written().to_owned() } else { path.display().to_string() }
}

/// What is wrong with a part of a text; the whole text as it is written where it comes from the environment.
fn quoted(text: &Referenced, part: &str, what: &str) -> String {
    if text.has_references() {
        format!("a part of {:?} {what}", text.written())
    } else {
        format!("{part:?} {what}")
    }
}

/// The text up to the next colon outside of brackets, and what follows it.
fn next_field(text: &str) -> (&str, Option<&str>) {
    let from = if text.starts_with('[') { text.find(']').unwrap_or(0) } else { 0 };
    match text[from..].find(':') {
        Some(colon) => (&text[..from + colon], Some(&text[from + colon + 1..])),
        None => (text, None),
    }
}

fn parse_port(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| *port > 0)
}
