//! Ordinary bodies that look like leaks and are none, and errors of many programs that leak.

use super::leaks::{findings, of_error};
use super::noted::Noted;
use std::sync::Arc;

/// The rules of the findings about a body.
fn rules(status: u16, body: &str) -> Vec<String> {
    let mut noted = Noted::new(&Arc::from("api"));
    findings(&mut noted, "x", status, body.as_bytes());
    noted.findings.iter().map(|finding| format!("{}: {}", finding.rule, finding.evidence)).collect()
}

#[test]
fn ordinary_bodies_leak_nothing() {
    for body in [
        r#"{"items":[{"title":"About us","url":"/home/about.php"},{"url":"/home/shop/cart.php?id=1"}]}"#,
        r#"{"url":"\/home\/about.php"}"#,
        "User-agent: *\nDisallow: /home/login.php\nDisallow: /var/www/html/test.php\n",
        "<a href='/home/about.php'>About</a>",
        "<a href= \"/home/about.php\">About</a>",
        "<script>fetch('/home/api.php').then(r=>r.json())</script>",
        ".a{background:url(/home/img.php?x)}",
        r#"{"path":"/home/feed.yaml"}"#,
        r#"{"code":"ER_STAFF_ON_DUTY","ward":"ER_WAITING_ROOM"}"#,
        r#"{"db":"sqlite","last":"SQLITE_BUSY_TIMEOUT"}"#,
        r#"[{"body":"SQLITE_BUSY is retried"}]"#,
        "<p>If you see error code: 1101 contact support.</p>",
        "<p>Your router: 192.168.1.1:8080</p>",
        "<p>Open http://192.168.1.1:8080 in your browser.</p>",
        r#"{"device":"cam","lan":"192.168.1.20:554"}"#,
        "up{instance=\"10.0.0.5:9100\",job=\"node\"} 1\n",
        r#"{"instance":"10.2.3.4:8080","status":"UP","error":null,"timeout":5}"#,
        "<p>A query like SELECT name FROM users WHERE id = 5 returns one row.</p>",
        "<p>Save the file to C:\\Users\\Public\\Documents and open it.</p>",
        "<p>Install to C:\\Program Files\\MyApp\\ and run setup.exe.</p>",
        "<pre>Exception in thread \"main\"\n\tat com.example.Main.main(Main.java:5)</pre>",
        "<p>Python prints <em>Traceback (most recent call last)</em> when an exception is not caught.</p>",
        "<p>The key is AKIAIOSFODNN7EXAMPLE</p>",
        r#"{"description":"URL such as postgres://user:password@host:5432/db"}"#,
        "<p>Set DATABASE_URL=mysql://root:secret@localhost:3306/app</p>",
        "<p>Notice: prices in catalog.php on line 5 changed</p>",
        "<p>They fixed You have an error in your SQL syntax today</p>",
        r#"{"example":"column \"x\" does not exist"}"#,
        "<p>The configuration is in /etc/nginx/nginx.conf, and logs go to /var/log/nginx/error.log.</p>",
        "<p>Users are listed in /etc/passwd.</p>",
    ] {
        assert_eq!(rules(200, body), [""; 0], "{body}");
    }
}

#[test]
fn what_is_no_example_is_found_on_pages() {
    for body in [
        r#"{"file":"/var/www/html/cart.php:12"}"#,
        r#"{"config":"/etc/nginx/conf.d/api.conf"}"#,
        "<p>Error in /srv/shop/app.py on line 5</p>",
        r#"{"lan":"192.168.1.20:554: connection refused"}"#,
        r#"{"upstream":"http://10.0.3.17:8080"}"#,
        r#"{"debug":"SELECT id, hash FROM users WHERE email = $1"}"#,
        "<p>AKIAOBVIOUSLYFAKE000 AKIAIOSFODNN7EXAMPLE</p>",
        r#"{"url":"postgres://user:obviously-fake@host:5432/db"}"#,
        "\n\tat com.example.Main.main(Main.java:5)",
        "error code: 1101",
    ] {
        assert_eq!(rules(200, body).len(), 1, "{body}");
    }
    let quoted = "<pre>\n\tat com.example.Main.main(Main.java:5)</pre>";
    assert_eq!((rules(200, quoted).len(), rules(500, quoted).len()), (0, 1));
}

#[test]
fn errors_of_many_programs_leak() {
    for body in [
        "<pre>java.lang.RuntimeException: x\n\tcom.acme.Foo.bar(Foo.java:12)\n\torg.apache.catalina.core.ApplicationFilterChain.doFilter(ApplicationFilterChain.java:166)\n</pre>",
        r#"{"trace":"java.lang.X\n\tcom.acme.Foo.bar(Foo.java:12)"}"#,
        r#"{"message":"org.springframework.dao.DataIntegrityViolationException: could not execute"}"#,
        r#"{"message":"nested exception is org.hibernate.exception.ConstraintViolationException"}"#,
        r#"{"error":"pq: relation \"users\" does not exist"}"#,
        r#"{"error":"pq: password authentication failed for user \"app\""}"#,
        r#"{"error":"column \"foo\" does not exist"}"#,
        r#"{"error":"column users.foo does not exist"}"#,
        r#"{"error":"error: invalid input syntax for type uuid: \"abc\""}"#,
        r#"{"error":"Access denied for user 'app'@'10.0.0.5' (using password: YES)"}"#,
        r#"{"error":"Unknown column 'users.foo' in 'where clause'"}"#,
        r#"{"code":"ER_NO_SUCH_TABLE","errno":1146}"#,
        r#"{"code":"SQLITE_ERROR"}"#,
        r#"{"error":"SequelizeDatabaseError: x"}"#,
        r#"{"message":"PrismaClientKnownRequestError: The table `public.User` does not exist."}"#,
        r#"{"error":"\nInvalid `prisma.user.findUnique()` invocation in\n"}"#,
        r#"{"error":"MongoServerError: E11000 duplicate key error collection: app.users"}"#,
        r#"{"error":"boom (ecto 3.9.4) lib/ecto/repo/queryable.ex:166: Ecto.Repo.Queryable.one!/3"}"#,
        r#"{"error":"ENOENT: no such file or directory, open '/home/deploy/app/secrets.json'"}"#,
        r#"{"error":"open /etc/myapp/config.yaml: permission denied"}"#,
        r#"{"file":"\/var\/www\/html\/app\/LoginController.php","line":22}"#,
        "<b>Warning</b>: mysqli: no in <b>/home/site/public_html/db.php</b> on line <b>3</b>",
        r#"{"error":"dial tcp 10.0.3.4:5432: connect: connection refused"}"#,
        r#"{"error":"open C:\\Users\\app\\web.config"}"#,
    ] {
        assert!(!of_error(body.as_bytes()).is_empty(), "{body}");
    }
}

#[test]
fn no_password_is_shown_with_an_address() {
    let body = r#"{"error":"could not connect to postgres://app:obviously-fake@10.0.0.5:5432 : connection refused"}"#;
    assert!(!rules(500, body).concat().contains("obviously-fake"), "{:?}", rules(500, body));
}
