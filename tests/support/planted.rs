//! Secrets to plant in whatever the program reads, and to look for in whatever it writes. None opens anything.

/// A secret in the form in which it usually leaks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Planted {
    /// What it is.
    pub(crate) kind: &'static str,
    /// The text that holds it.
    pub(crate) text: &'static str,
    /// What must be found nowhere.
    pub(crate) secret: &'static str,
}

/// One of each kind.
pub(crate) const PLANTED: [Planted; 12] = [
    Planted {
        kind: "bearer token",
        text: "Authorization: Bearer fake-bearer-0001",
        secret: "fake-bearer-0001",
    },
    Planted { kind: "basic credentials", text: "Basic ZmFrZTpiYXNpYzAwMDI=", secret: "ZmFrZTpiYXNpYzAwMDI" },
    Planted { kind: "cookie", text: "Cookie: theme=dark; sid=fake-cookie-0003", secret: "fake-cookie-0003" },
    Planted { kind: "API key", text: "x-api-key: fake-api-0004", secret: "fake-api-0004" },
    Planted {
        kind: "JSON Web Token",
        text: "eyJhbGciOiJub25lIn0.eyJmYWtlIjoiMDAwNSJ9.ZmFrZTAwMDU",
        secret: "eyJmYWtlIjoiMDAwNSJ9",
    },
    Planted {
        kind: "password of a URL",
        text: "https://fake:fake-pass-0006@db.example/path",
        secret: "fake-pass-0006",
    },
    Planted {
        kind: "secret of a query",
        text: "/callback?code=fake-code-0007&state=1",
        secret: "fake-code-0007",
    },
    Planted {
        kind: "password in JSON",
        text: r#"{"user":"u","password":"fake-json-0008","n":1}"#,
        secret: "fake-json-0008",
    },
    Planted { kind: "token by its shape", text: "ghp_fakefakefakefake0009", secret: "fakefakefakefake0009" },
    Planted {
        kind: "private key",
        text: "-----BEGIN PRIVATE KEY-----\nZmFrZS1rZXktMDAxMA==\n-----END PRIVATE KEY-----",
        secret: "ZmFrZS1rZXktMDAxMA",
    },
    Planted { kind: "e-mail address", text: "fake.0011@mail.example.org", secret: "fake.0011" },
    Planted { kind: "card number", text: "4111 1111 1111 1111", secret: "1111 1111 1111" },
];
