//! The routes of the demo server: names, methods, paths, and the figures of their work times. Pure data and matching.
//!
//! What a route responds lies elsewhere; so do the draws of its work times.

/// One of the server's routes; only a model hands them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteId(u8);

/// What a route does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Serves the same page to everybody and remembers nothing.
    Page,
    Signup,
    Login,
    Logout,
    Me,
    PitchCreate,
    PitchList,
    PitchRead,
    PitchUpdate,
    PitchDelete,
    Form,
    FormPost,
    FormDone,
    Upload,
    Redirect,
    Redirected,
}

/// The fixed properties of a route.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route {
    /// Name in faults and scenarios.
    pub(super) name: &'static str,
    pub(super) action: Action,
    /// HEAD is served wherever GET is, and is not listed.
    methods: &'static [&'static str],
    /// A last segment in braces stands for any segment that is not empty.
    paths: &'static [&'static str],
    /// Status of a success.
    pub(super) status: u16,
    /// Typical length of the body of a success; unused for pages, whose bodies are known. Units: bytes.
    pub(super) bytes: u32,
    /// Fraction of requests that the cache serves, 0 to 1; `None` without a cache.
    pub(super) hit_ratio: Option<f64>,
    /// Median work time of a cache hit, and of every request of a route without a cache. Units: seconds.
    pub(super) median_s: f64,
    /// Median work time of a cache miss. Units: seconds.
    pub(super) miss_median_s: f64,
    /// Standard deviation of the logarithm of the work time.
    pub(super) sigma: f64,
}

/// How many routes are pages. They are the first ones.
pub(super) const PAGES: usize = 5;

const GET: &[&str] = &["GET"];
const POST: &[&str] = &["POST"];

/// Where two paths match, the first one serves.
const ROUTES: [Route; 20] = [
    page("health", &["/api/health"], 0.002, 0.25),
    page("health_detailed", &["/api/health/detailed"], 0.004, 0.30),
    cached(page("browse", &["/api/pitches/browse/enhanced"], 0.003, 0.35), 0.80, 0.012),
    page("auth_check", &["/api/auth/check"], 0.003, 0.25),
    // With these medians the median over hits and misses together is 5 ms.
    cached(page("landing", &["/"], 0.0048, 0.30), 0.90, 0.008),
    route("signup", Action::Signup, POST, &["/api/auth/signup"], 201, 98).taking(0.008, 0.25),
    route("login", Action::Login, POST, &["/api/auth/creator/login", "/api/auth/login"], 200, 148)
        .taking(0.006, 0.25),
    route("logout", Action::Logout, POST, &["/api/auth/logout"], 204, 0).taking(0.002, 0.25),
    route("me", Action::Me, GET, &["/api/auth/me"], 200, 96).taking(0.002, 0.25),
    route("pitch_list", Action::PitchList, GET, &["/api/pitches"], 200, 1_500).taking(0.005, 0.30),
    route("pitch_create", Action::PitchCreate, POST, &["/api/pitches"], 201, 150).taking(0.007, 0.25),
    route("pitch_read", Action::PitchRead, GET, &["/api/pitches/{id}"], 200, 150).taking(0.003, 0.25),
    route("pitch_update", Action::PitchUpdate, &["PUT", "PATCH"], &["/api/pitches/{id}"], 200, 150)
        .taking(0.006, 0.25),
    route("pitch_delete", Action::PitchDelete, &["DELETE"], &["/api/pitches/{id}"], 204, 0)
        .taking(0.004, 0.25),
    route("form", Action::Form, GET, &["/form"], 200, 456).taking(0.003, 0.25),
    route("form_post", Action::FormPost, POST, &["/form"], 303, 0).taking(0.005, 0.25),
    route("form_done", Action::FormDone, GET, &["/form/done"], 200, 150).taking(0.001, 0.25),
    route("upload", Action::Upload, POST, &["/api/upload"], 201, 95).taking(0.010, 0.30),
    route("redirected", Action::Redirected, GET, &["/redirect/0"], 200, 20).taking(0.001, 0.25),
    route("redirect", Action::Redirect, GET, &["/redirect/{n}"], 302, 0).taking(0.001, 0.25),
];

const fn route(
    name: &'static str,
    action: Action,
    methods: &'static [&'static str],
    paths: &'static [&'static str],
    status: u16,
    bytes: u32,
) -> Route {
    let (hit_ratio, median_s, miss_median_s, sigma) = (None, 0.0, 0.0, 0.0);
    Route { name, action, methods, paths, status, bytes, hit_ratio, median_s, miss_median_s, sigma }
}

const fn page(name: &'static str, paths: &'static [&'static str], median_s: f64, sigma: f64) -> Route {
    route(name, Action::Page, GET, paths, 200, 0).taking(median_s, sigma)
}

const fn cached(route: Route, hit_ratio: f64, miss_median_s: f64) -> Route {
    Route { hit_ratio: Some(hit_ratio), miss_median_s, ..route }
}

impl Route {
    const fn taking(self, median_s: f64, sigma: f64) -> Self {
        Self { median_s, miss_median_s: median_s, sigma, ..self }
    }

    /// The pattern among this route's paths that a path matches.
    fn pattern(&self, path: &str) -> Option<&'static str> {
        self.paths.iter().copied().find(|pattern| matches(pattern, path))
    }
}

impl RouteId {
    /// The properties of this route.
    pub(super) fn route(self) -> &'static Route {
        &ROUTES[self.index()]
    }

    /// Its place among all routes; pages come first.
    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// Every route. Shape: always in the same order, pages first.
pub(super) fn all() -> impl Iterator<Item = (RouteId, &'static Route)> {
    (0u8..).map(RouteId).zip(ROUTES.iter())
}

/// The pages, each with its path. Shape: five, always in the same order.
pub(super) fn pages() -> impl Iterator<Item = (RouteId, &'static str, &'static str)> {
    all().filter(|(_, route)| route.action == Action::Page).flat_map(|(id, route)| {
        let name = route.name;
        route.paths.iter().map(move |path| (id, name, *path))
    })
}

/// The route that serves a method on a path, both without a query string; HEAD is served as GET.
pub(super) fn find(method: &str, path: &str) -> Option<RouteId> {
    let method = if method == "HEAD" { "GET" } else { method };
    let serves = |route: &Route| route.methods.contains(&method) && route.pattern(path).is_some();
    all().find(|(_, route)| serves(route)).map(|(id, _)| id)
}

/// The pattern of the first route that a path matches, whatever its methods.
pub(super) fn pattern(path: &str) -> Option<&'static str> {
    all().find_map(|(_, route)| route.pattern(path))
}

/// The methods that are served on a path, as the header `allow` lists them; `None` where no route serves it.
pub(super) fn allowed(path: &str) -> Option<String> {
    let mut allowed: Vec<&str> = Vec::new();
    for (_, route) in all().filter(|(_, route)| route.pattern(path).is_some()) {
        for method in
            route.methods.iter().filter(|method| !allowed.contains(*method)).copied().collect::<Vec<_>>()
        {
            allowed.push(method);
            if method == "GET" {
                allowed.push("HEAD");
            }
        }
    }
    (!allowed.is_empty()).then(|| allowed.join(", "))
}

/// The route with this name.
pub(super) fn named(name: &str) -> Option<RouteId> {
    all().find(|(_, route)| route.name == name).map(|(id, _)| id)
}

/// The names of all routes, separated by commas, for an error message.
pub(super) fn names() -> String {
    ROUTES.each_ref().map(|route| route.name).join(", ")
}

fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('{') {
        None => pattern == path,
        Some((before, _)) => {
            path.strip_prefix(before).is_some_and(|segment| !segment.is_empty() && !segment.contains('/'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_and_a_path_find_their_route() {
        let check = |method: &str, path: &str, expected: &str| {
            let found = find(method, path).map_or("", |id| id.route().name);
            assert_eq!(found, expected, "{method} {path}");
        };
        for (_, name, path) in pages() {
            check("GET", path, name);
            check("HEAD", path, name);
            check("POST", path, "");
        }
        check("POST", "/api/auth/signup", "signup");
        check("POST", "/api/auth/login", "login");
        check("POST", "/api/auth/creator/login", "login");
        check("GET", "/api/auth/login", "");
        check("POST", "/api/pitches", "pitch_create");
        check("HEAD", "/api/pitches", "pitch_list");
        check("GET", "/api/pitches/x", "pitch_read");
        check("PUT", "/api/pitches/x", "pitch_update");
        check("PATCH", "/api/pitches/x", "pitch_update");
        check("DELETE", "/api/pitches/x", "pitch_delete");
        check("GET", "/api/pitches/", "");
        check("GET", "/api/pitches/x/y", "");
        check("GET", "/api/pitches/browse/enhanced", "browse");
        check("DELETE", "/api/pitches/browse/enhanced", "");
        check("GET", "/redirect/0", "redirected");
        check("GET", "/redirect/7", "redirect");
        check("GET", "/redirect/loop", "redirect");
        check("get", "/", "");
        check("", "", "");
    }

    #[test]
    fn a_path_lists_its_methods() {
        let check = |path: &str, expected: Option<&str>| {
            assert_eq!(allowed(path).as_deref(), expected, "{path}");
            assert_eq!(pattern(path).is_some(), expected.is_some(), "{path}");
        };
        check("/", Some("GET, HEAD"));
        check("/api/pitches", Some("GET, HEAD, POST"));
        check("/api/pitches/x", Some("GET, HEAD, PUT, PATCH, DELETE"));
        check("/form", Some("GET, HEAD, POST"));
        check("/redirect/0", Some("GET, HEAD"));
        check("/no", None);
    }

    #[test]
    fn names_are_unique_and_pages_come_first() {
        for (id, route) in all() {
            assert_eq!(named(route.name), Some(id));
            assert_eq!(route.action == Action::Page, id.index() < PAGES, "{}", route.name);
            assert!(route.median_s > 0.0 && route.sigma > 0.0, "{}", route.name);
        }
        assert_eq!(pages().count(), PAGES);
    }
}
