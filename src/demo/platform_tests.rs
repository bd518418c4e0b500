//! Tests of the platform on a free loopback port: what users do, and each misuse.

use serde_json::{Value, json};

use super::platform_calls::{
    FIRST, FORM, JSON, SECOND, audit, call, cookie, create, encoded, form, json_of, misuse, text, token,
};
use super::tests::{Client, target_with};

#[test]
fn a_user_signs_up_works_and_leaves() {
    let target = target_with(&[]);
    let mut client = Client::connect(&target);
    let person = r#"{"email":"Ada@example.invalid","password":"obviously-fake","name":"Ada"}"#;
    let signup = call(&mut client, "POST /api/auth/signup", "", JSON, person);
    assert_eq!((signup.status, text(&json_of(&signup), "/data/email")), (201, "Ada@example.invalid"));
    let login = call(&mut client, "POST /api/auth/creator/login?ttl_s=60", "", JSON, person);
    let session = json_of(&login);
    assert_eq!((login.status, &session["expires_in"]), (200, &json!(60)));
    assert_eq!(session["user"]["id"], json_of(&signup)["data"]["user_id"]);
    assert!(login.header("set-cookie").ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=60"));
    let (by_token, by_cookie) =
        (format!("authorization: Bearer {}", text(&session, "/token")), cookie(&login));

    for by in [&by_token, &by_cookie] {
        let me = call(&mut client, "GET /api/auth/me", by, "", "");
        assert_eq!((me.status, json_of(&me)["user"].clone()), (200, session["user"].clone()));
        let made = call(&mut client, "POST /api/pitches", by, JSON, r#"{"title":"T","logline":"L"}"#);
        let pitch = json_of(&made)["data"].clone();
        let place = format!("/api/pitches/{}", text(&pitch, "/id"));
        assert_eq!(
            (made.status, made.header("location"), made.header("x-pitch-id")),
            (201, &*place, text(&pitch, "/id"))
        );
        assert_eq!(
            (&pitch["title"], &pitch["logline"], &pitch["owner"]),
            (&json!("T"), &json!("L"), &session["user"]["id"])
        );
        assert_eq!(json_of(&call(&mut client, &format!("GET {place}"), by, "", ""))["data"], pitch);
        let patched = call(&mut client, &format!("PATCH {place}"), by, JSON, r#"{"title":"T2"}"#);
        assert_eq!(json_of(&patched)["data"]["logline"], "L");
        let put = json_of(&call(&mut client, &format!("PUT {place}"), by, JSON, r#"{"title":"T3"}"#));
        assert_eq!((&put["data"]["title"], &put["data"]["logline"]), (&json!("T3"), &Value::Null));
        let list = json_of(&call(&mut client, "GET /api/pitches", by, "", ""));
        assert_eq!(list, json!({ "data": [put["data"]], "next": null, "total": 1 }));
        let gone = call(&mut client, &format!("DELETE {place}"), by, "", "");
        assert_eq!((gone.status, gone.body.as_str(), gone.header("content-type")), (204, "", ""));
    }
    let out = call(&mut client, "POST /api/auth/logout", &by_cookie, "", "");
    assert_eq!((out.status, out.header("set-cookie").starts_with("session=; ")), (204, true));
    for by in [&by_token, &by_cookie] {
        assert_eq!(call(&mut client, "GET /api/auth/me", by, "", "").status, 401);
    }
    let audit = audit(&target);
    assert_eq!(misuse(&target), json!({ "closed_sessions": 2 }));
    for (counter, expected) in [
        ("signups", 1),
        ("logins", 1),
        ("logouts", 1),
        ("sessions_open", 0),
        ("pitches_created", 2),
        ("pitches_alive", 0),
    ] {
        assert_eq!(audit[counter], json!(expected), "{counter}");
    }
}

#[test]
fn each_misuse_has_its_status_and_counter() {
    let target = target_with(&[]);
    let mut client = Client::connect(&target);
    let (owner, other) = (token(&mut client, "", FIRST), token(&mut client, "", SECOND));
    let expired = token(&mut client, "?ttl_s=0", FIRST);
    let (pitch, deleted) = (create(&mut client, &owner), create(&mut client, &owner));
    assert_eq!(call(&mut client, &format!("DELETE {deleted}"), &owner, "", "").status, 204);
    let of = |method: &str, path: &str| format!("{method} {path}");
    let wrong = r#"{"email":"demo-1@example.invalid","password":"wrong"}"#;
    let nobody = r#"{"email":"nobody@example.invalid","password":"wrong"}"#;
    let cases: &[(&str, &str, &str, &str, u16, &str)] = &[
        ("POST /api/auth/login", "", JSON, wrong, 401, "wrong_credentials"),
        ("POST /api/auth/login", "", JSON, nobody, 401, "wrong_credentials"),
        ("POST /api/auth/login?ttl_s=-1", "", JSON, FIRST, 422, "invalid_fields"),
        ("POST /api/auth/login", "", JSON, r#"{"email":[],"password":"x"}"#, 422, "invalid_fields"),
        ("POST /api/auth/signup", "", JSON, FIRST, 409, "taken_emails"),
        ("POST /api/auth/signup", "", JSON, r#"{"email":"a@b"}"#, 422, "invalid_fields"),
        ("POST /api/auth/signup", "", JSON, r#"{"email":"a","password":"x"}"#, 422, "invalid_fields"),
        ("POST /api/auth/signup", "", JSON, "{", 400, "malformed_bodies"),
        ("POST /api/auth/signup", "", FORM, "a=b", 415, "wrong_content_types"),
        ("POST /api/auth/signup", "", "", FIRST, 415, "wrong_content_types"),
        ("GET /api/auth/me", "", "", "", 401, "missing_tokens"),
        ("GET /api/auth/me", "authorization: Bearer {{token}}", "", "", 401, "unknown_tokens"),
        ("GET /api/auth/me", "cookie: session=x", "", "", 401, "unknown_tokens"),
        ("POST /api/auth/logout", "", "", "", 401, "missing_tokens"),
        ("GET /api/auth/me", &expired, "", "", 401, "expired_tokens"),
        ("POST /api/pitches", &expired, JSON, r#"{"title":"T"}"#, 401, "expired_tokens"),
        ("POST /api/pitches", &owner, JSON, r#"{"title":""}"#, 422, "invalid_fields"),
        ("POST /api/pitches", &owner, JSON, r#"{"title":"T","logline":1}"#, 422, "invalid_fields"),
        ("POST /api/pitches", &owner, JSON, "[]", 422, "invalid_fields"),
        ("GET /api/pitches?limit=0", &owner, "", "", 422, "invalid_fields"),
        ("GET /api/pitches?after=x", &owner, "", "", 422, "invalid_fields"),
        ("GET /api/pitches/x", &owner, "", "", 404, "unknown_ids"),
        ("DELETE /api/pitches/%7B%7Bid%7D%7D", &owner, "", "", 404, "unknown_ids"),
        (&of("GET", &deleted), &owner, "", "", 404, "deleted_ids"),
        (&of("DELETE", &deleted), &owner, "", "", 404, "deleted_ids"),
        (&of("GET", &pitch), &other, "", "", 403, "foreign_ids"),
        (&of("PUT", &pitch), &other, JSON, r#"{"title":"T"}"#, 403, "foreign_ids"),
        (&of("PATCH", &pitch), &other, JSON, "{", 403, "foreign_ids"),
        (&of("DELETE", &pitch), &other, "", "", 403, "foreign_ids"),
        (&of("PATCH", &pitch), &owner, JSON, r#"{"title":null}"#, 422, "invalid_fields"),
        (&of("PUT", &pitch), &owner, JSON, "{}", 422, "invalid_fields"),
        ("POST /form", "", FORM, "message=hi", 403, "missing_csrf"),
        ("POST /form", "", FORM, "csrf=made+up", 403, "unknown_csrf"),
        ("POST /form", "", JSON, "{}", 415, "wrong_content_types"),
        ("POST /form", "", "multipart/form-data", "--", 400, "malformed_bodies"),
    ];
    let mut expected = serde_json::Map::new();
    for (line, login, content_type, body, status, counter) in cases {
        let reply = call(&mut client, line, login, content_type, body);
        assert_eq!(reply.status, *status, "{line} {body}: {}", reply.body);
        assert!(!text(&json_of(&reply), "/error").is_empty());
        let count = expected.get(*counter).and_then(Value::as_u64).unwrap_or(0) + 1;
        expected.insert((*counter).to_owned(), json!(count));
    }
    assert_eq!(misuse(&target), Value::from(expected));
    assert_eq!(call(&mut client, &of("GET", &pitch), &owner, "", "").status, 200);
}

#[test]
fn a_form_is_accepted_once_and_from_its_session() {
    let target = target_with(&[]);
    let mut client = Client::connect(&target);
    let (csrf, session) = form(&mut client, "");
    let (_, other) = form(&mut client, "");
    let mut post = |session: &str, content_type: &str, body: &str| {
        let reply = call(&mut client, "POST /form", session, content_type, body);
        (reply.status, reply.header("location").to_owned())
    };
    assert_eq!(post(&other, FORM, &encoded(&csrf)).0, 403);
    assert_eq!(post("", FORM, &encoded(&csrf)).0, 403);
    // Where the value is not encoded, its `+` is a space.
    assert_eq!(post(&session, FORM, &format!("csrf={csrf}")).0, 403);
    assert_eq!(post(&session, FORM, &encoded(&csrf)), (303, "/form/done".to_owned()));
    assert_eq!(post(&session, FORM, &encoded(&csrf)).0, 403);
    assert_eq!(misuse(&target), json!({ "unknown_csrf": 1, "reused_csrf": 1, "foreign_csrf": 2 }));

    let (again, same) = form(&mut client, &session);
    assert_eq!(same, session);
    let field = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = format!("{}{}--b--\r\n", field("message", "a=b"), field("csrf", &again));
    let reply = call(&mut client, "POST /form", &session, "multipart/form-data; boundary=b", &body);
    assert_eq!(reply.status, 303);
    assert!(client.get("/form/done").body.contains("<title>Demo: Thank you"));
    assert_eq!(audit(&target)["forms_accepted"], 2);
}

#[test]
fn an_upload_is_digested_and_redirects_lead_on() {
    let target = target_with(&[]);
    let mut client = Client::connect(&target);
    let reply = call(&mut client, "POST /api/upload", "", "image/png", "abc");
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!((reply.status, json_of(&reply)), (201, json!({ "bytes": 3, "sha256": digest })));
    let large = call(&mut client, "POST /api/upload", "", "", &"a".repeat(3_000_000));
    assert_eq!((large.status, &json_of(&large)["bytes"]), (201, &json!(3_000_000)));
    assert_eq!(
        (&audit(&target)["uploads"], &audit(&target)["uploaded_bytes"]),
        (&json!(2), &json!(3_000_003))
    );

    let mut check = |path: &str, status: u16, location: &str| {
        let reply = client.get(path);
        assert_eq!((reply.status, reply.header("location")), (status, location), "{path}");
    };
    check("/redirect/2", 302, "/redirect/1");
    check("/redirect/1", 302, "/redirect/0");
    check("/redirect/0", 200, "");
    check("/redirect/loop", 302, "/redirect/loop");
    check("/redirect/away", 302, "http://blocked.invalid/");
    for none in ["/redirect/1001", "/redirect/-1", "/redirect/99999999999", "/redirect/x"] {
        check(none, 404, "");
    }
}

#[test]
fn a_body_past_the_limit_is_refused_unread() {
    let target = target_with(&[]);
    for path in ["/api/auth/signup", "/api/auth/login", "/form"] {
        let mut announced = Client::connect(&target);
        // No byte of the body follows: the announced length is enough.
        announced.send(&format!("POST {path} HTTP/1.1\r\nhost: demo\r\ncontent-length: 1048577\r\n\r\n"));
        let reply = announced.receive(true).unwrap();
        assert_eq!((reply.status, reply.header("connection")), (413, "close"), "{path}");
        assert!(announced.receive(true).is_none());
    }
    let mut chunked = Client::connect(&target);
    chunked.send("POST /form HTTP/1.1\r\nhost: demo\r\ntransfer-encoding: chunked\r\n\r\n");
    chunked.send(&format!("100001\r\n{}", "a".repeat(0x10_0001)));
    assert_eq!(chunked.receive(true).unwrap().status, 413);
    assert_eq!(misuse(&target), json!({ "too_large_bodies": 4 }));
}

#[test]
fn other_methods_are_refused_with_those_that_are_served() {
    let target = target_with(&[]);
    let mut client = Client::connect(&target);
    for (line, allowed) in [
        ("GET /api/auth/login", "POST"),
        ("DELETE /api/pitches", "GET, HEAD, POST"),
        ("OPTIONS /api/pitches/x", "GET, HEAD, PUT, PATCH, DELETE"),
        ("PUT /form", "GET, HEAD, POST"),
        ("POST /audit", "GET, HEAD"),
    ] {
        let reply = call(&mut client, line, "", "", "");
        assert_eq!((reply.status, reply.header("allow")), (405, allowed), "{line}");
    }
    let head = call(&mut client, "HEAD /form", "", "", "");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert!(head.header("set-cookie").starts_with("form_session="));
}

#[test]
fn a_list_has_pages() {
    let target = target_with(&[]);
    let mut client = Client::connect(&target);
    let login = token(&mut client, "", FIRST);
    let made: Vec<String> = (0..5).map(|_| create(&mut client, &login)).collect();
    let (mut next, mut seen) = (String::new(), Vec::new());
    loop {
        let page = json_of(&call(&mut client, &format!("GET /api/pitches?limit=2{next}"), &login, "", ""));
        assert_eq!(page["total"], 5);
        seen.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|pitch| format!("/api/pitches/{}", text(pitch, "/id"))),
        );
        let Some(after) = page["next"].as_str() else { break };
        next = format!("&after={after}");
    }
    assert_eq!(seen, made);
}
