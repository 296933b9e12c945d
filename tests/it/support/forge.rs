//! A stand-in for GitHub and GitLab, over real sockets: lists repositories page by page, and serves them by git itself.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::folder::{Folder, git};
use crate::standin::{Answer, Listener, Request, Stream, Tls, read_request};

/// So many repositories are on a page: few, so that there are many pages.
const PAGE: usize = 5;

/// A repository of the stand-in.
#[derive(Debug, Clone)]
pub(crate) struct Hosted {
    /// `acme/shop`.
    pub(crate) name: String,
    pub(crate) archived: bool,
    pub(crate) fork: bool,
    pub(crate) visibility: &'static str,
    /// In KiB.
    pub(crate) size: u64,
    /// As the API tells it.
    pub(crate) pushed: String,
    pub(crate) branch: String,
}

/// What a request gets instead of its answer; its number counts from 0.
pub(crate) type Rule = Box<dyn Fn(usize, &Request) -> Option<Answer> + Send + Sync>;

#[derive(Default)]
struct World {
    hosted: Vec<Hosted>,
    /// What pages hold beside repositories.
    rubbish: Vec<Value>,
    rule: Option<Rule>,
    log: Vec<Request>,
    /// Whether nobody needs the token.
    open: bool,
    /// The public key of an app, whose tokens last so many seconds.
    app: Option<(Vec<u8>, i64)>,
}

struct Shared {
    /// Bare repositories at their names.
    folder: Folder,
    /// Nothing is shown without it.
    token: Option<String>,
    scheme: &'static str,
    world: Mutex<World>,
}

/// A running stand-in.
pub(crate) struct Forge {
    listener: Listener,
    shared: Arc<Shared>,
    tls: Option<Arc<Tls>>,
}

impl Forge {
    /// Serves on a free port, to those who have the token.
    pub(crate) fn start(token: Option<&str>) -> Self {
        Self::serve(token, None)
    }

    /// Serves https, with a certificate of an authority of its own.
    pub(crate) fn start_tls(token: Option<&str>) -> Self {
        Self::serve(token, Some(Arc::new(Tls::new())))
    }

    fn serve(token: Option<&str>, tls: Option<Arc<Tls>>) -> Self {
        let shared = Arc::new(Shared {
            folder: Folder::new(),
            token: token.map(str::to_owned),
            scheme: if tls.is_some() { "https" } else { "http" },
            world: Mutex::default(),
        });
        let (state, wrap) = (Arc::clone(&shared), tls.clone());
        let listener = Listener::start(move |socket, _| {
            let stream: Box<dyn Stream> = match &wrap {
                Some(tls) => Box::new(tls.wrap(socket)),
                None => Box::new(socket),
            };
            let mut stream = BufReader::new(stream);
            // A client may hang up at any time.
            while let Ok(Some(request)) = read_request(&mut stream) {
                let answer = state.answer(&request);
                let sent = answer.send(stream.get_mut().as_mut(), || {});
                if !sent.is_ok_and(|good| good) || !request.keeps_alive() {
                    break;
                }
            }
        });
        Self { listener, shared, tls }
    }

    /// Its address, without a slash.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.shared.scheme, self.listener.address())
    }

    /// The certificate of the authority that signed its own, as PEM.
    pub(crate) fn ca_pem(&self) -> &str {
        self.tls.as_ref().expect("it serves https").ca_pem()
    }

    /// What a source is called here: `github:http://127.0.0.1:1234/acme`.
    pub(crate) fn source(&self, kind: &str, name: &str) -> String {
        format!("{kind}:{}/{name}", self.url())
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world.lock().unwrap()
    }

    /// Hosts a repository, empty at first, and gives the folder that it is served from.
    pub(crate) fn host(&self, name: &str) -> PathBuf {
        let folder = self.folder(name);
        std::fs::create_dir_all(&folder).unwrap();
        git(&folder, &["init", "-q", "--bare"]);
        self.world().hosted.push(Hosted {
            name: name.to_owned(),
            archived: false,
            fork: false,
            visibility: "private",
            size: 10,
            pushed: "2026-01-01T00:00:00Z".to_owned(),
            branch: "main".to_owned(),
        });
        folder
    }

    /// Where a repository is served from.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.shared.folder.path(&format!("{name}.git"))
    }

    /// Changes what is told of a repository.
    pub(crate) fn change(&self, name: &str, change: impl FnOnce(&mut Hosted)) {
        change(self.world().hosted.iter_mut().find(|it| it.name == name).unwrap());
    }

    /// Does not list a repository any more.
    pub(crate) fn unlist(&self, name: &str) -> Hosted {
        let mut world = self.world();
        let at = world.hosted.iter().position(|it| it.name == name).unwrap();
        world.hosted.remove(at)
    }

    /// Lists one again.
    pub(crate) fn list(&self, hosted: Hosted) {
        self.world().hosted.push(hosted);
    }

    /// Shows everybody everything from now on.
    pub(crate) fn open(&self) {
        self.world().open = true;
    }

    /// Puts something onto the pages that is no repository.
    pub(crate) fn add_rubbish(&self, value: Value) {
        self.world().rubbish.push(value);
    }

    /// Says what requests get instead of their answers.
    pub(crate) fn rule(&self, rule: impl Fn(usize, &Request) -> Option<Answer> + Send + Sync + 'static) {
        self.world().rule = Some(Box::new(rule));
    }

    /// Lets an app in by its public key, with tokens that last so many seconds.
    pub(crate) fn install(&self, key: Vec<u8>, lasts: i64) {
        self.world().app = Some((key, lasts));
    }

    /// The requests until now.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.world().log.clone()
    }

    /// Forgets the requests until now.
    pub(crate) fn forget(&self) {
        self.world().log.clear();
    }
}

/// An answer of a status, with headers.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &Value) -> Answer {
    let mut answer = Answer { status, body: body.to_string().into_bytes(), ..Answer::default() };
    answer.set("Content-Type", "application/json");
    for (name, value) in headers {
        answer.set(name, *value);
    }
    answer
}

impl Shared {
    fn answer(&self, request: &Request) -> Answer {
        {
            let mut world = self.world.lock().unwrap();
            let number = world.log.len();
            world.log.push(request.clone());
            if let Some(answer) = world.rule.as_ref().and_then(|rule| rule(number, request)) {
                return answer;
            }
        }
        let path = request.path().to_owned();
        if path.ends_with("/installation") || path.ends_with("/access_tokens") {
            return self.app(request);
        }
        if !self.allowed(request) {
            let mut refused = answer(401, &[], &json!({"message": "Bad credentials"}));
            refused.set("WWW-Authenticate", "Basic realm=\"forge\"");
            return refused;
        }
        match path.strip_prefix("/api/v3").or_else(|| path.strip_prefix("/api/v4")) {
            Some(rest) => self.api(rest, request, path.starts_with("/api/v4")),
            None => self.git(&path, request),
        }
    }

    fn allowed(&self, request: &Request) -> bool {
        let Some(token) = self.token.as_ref().filter(|_| !self.world.lock().unwrap().open) else {
            return true;
        };
        let given = request.header("authorization").unwrap_or_default();
        let basic = |user: &str| format!("Basic {}", STANDARD.encode(format!("{user}:{token}")));
        given == format!("Bearer {token}") || given == basic("x-access-token") || given == basic("oauth2")
    }

    /// Gives tokens to who has the key of the app, which `acme` has installed.
    fn app(&self, request: &Request) -> Answer {
        let Some((key, lasts)) = self.world.lock().unwrap().app.clone() else {
            return answer(404, &[], &json!({"message": "Not Found"}));
        };
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let now = i64::try_from(now).unwrap();
        if !proven(request, &key, now) {
            return answer(401, &[], &json!({"message": "A JSON web token could not be decoded"}));
        }
        match (request.method.as_str(), request.path()) {
            ("GET", "/api/v3/orgs/acme/installation") => answer(200, &[], &json!({"id": 7})),
            ("POST", "/api/v3/app/installations/7/access_tokens") => {
                let asked: Value = serde_json::from_slice(&request.body).unwrap();
                assert_eq!(asked, json!({"permissions": {"contents": "read", "metadata": "read"}}));
                let ends = hrkulint::instant::rfc3339(now + lasts);
                answer(201, &[], &json!({"token": self.token, "expires_at": ends}))
            }
            _ => answer(404, &[], &json!({"message": "Not Found"})),
        }
    }

    fn api(&self, path: &str, request: &Request, gitlab: bool) -> Answer {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let name = match parts.as_slice() {
            ["orgs", "moved", "repos"] => {
                let to = format!("{}?page=1", "/api/v3/organizations/7/repos");
                return answer(301, &[("Location", &to)], &json!({"message": "Moved Permanently"}));
            }
            ["organizations", "7", "repos"] => "acme".to_owned(),
            ["orgs", name, "repos"] => (*name).to_owned(),
            ["users", name, "repos" | "projects"] => format!("~{name}"),
            ["user"] => return answer(200, &[], &json!({"login": "Me"})),
            ["user", "repos"] => "~me".to_owned(),
            ["gists"] => "gist/me".to_owned(),
            ["users", name, "gists"] => format!("gist/{name}"),
            ["groups", name, "projects"] => name.replace("%2F", "/"),
            _ => return answer(404, &[], &json!({"message": "Not Found"})),
        };
        let world = self.world.lock().unwrap();
        // A user's repositories stand at `~name/...`.
        let own = |it: &&Hosted| it.name.starts_with(&format!("{name}/"));
        let mut all: Vec<Value> =
            world.hosted.iter().filter(own).map(|it| described(it, self.scheme, request, gitlab)).collect();
        if all.is_empty() && !name.starts_with("gist/") {
            return answer(404, &[], &json!({"message": "Not Found"}));
        }
        all.extend(world.rubbish.iter().cloned());
        let page: usize = query(request, "page").map_or(1, |page| page.parse().unwrap());
        let on = all.chunks(PAGE).nth(page - 1).unwrap_or_default();
        let mut links = Vec::new();
        if page * PAGE < all.len() {
            let host = request.header("host").unwrap();
            let scheme = self.scheme;
            links.push(format!(
                "<{scheme}://{host}{}?page={}&per_page=100>; rel=\"next\"",
                request.path(),
                page + 1
            ));
        }
        links.push("<http://nowhere.example/>; rel=\"last\"".to_owned());
        let (links, page) = (links.join(", "), Value::from(on.to_vec()));
        let mut hasher = DefaultHasher::new();
        (&links, page.to_string()).hash(&mut hasher);
        let tag = format!("W/\"{:016x}\"", hasher.finish());
        if request.header("if-none-match") == Some(&tag) {
            return Answer { body: Vec::new(), ..answer(304, &[("ETag", &tag)], &Value::Null) };
        }
        answer(200, &[("Link", &links), ("ETag", &tag)], &page)
    }

    /// What git's own server says.
    #[expect(clippy::disallowed_methods, reason = "the stand-in serves repositories with git itself")]
    fn git(&self, path: &str, request: &Request) -> Answer {
        let mut command = Command::new("git");
        command.args(["-c", "safe.directory=*", "http-backend"]).env_clear();
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        let query = request.target.split_once('?').map_or("", |(_, query)| query);
        command
            .env("GIT_PROJECT_ROOT", self.folder.root())
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("HOME", self.folder.root())
            .env("PATH_INFO", path)
            .env("QUERY_STRING", query)
            .env("REQUEST_METHOD", &request.method)
            .env("CONTENT_LENGTH", request.body.len().to_string())
            .env("CONTENT_TYPE", request.header("content-type").unwrap_or_default())
            .env("HTTP_CONTENT_ENCODING", request.header("content-encoding").unwrap_or_default())
            .env("GIT_PROTOCOL", request.header("git-protocol").unwrap_or_default())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("git is needed");
        let mut stdin = child.stdin.take().unwrap();
        let body = request.body.clone();
        // It may answer without reading everything.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&body)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        let at = output.stdout.windows(4).position(|it| it == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(output.stdout[..at].to_vec()).unwrap();
        let mut answer = Answer { status: 200, body: output.stdout[at + 4..].to_vec(), ..Answer::default() };
        for line in head.lines() {
            let (name, value) = line.split_once(": ").unwrap();
            match name {
                "Status" => answer.status = value.split(' ').next().unwrap().parse().unwrap(),
                name => answer.set(name, value),
            }
        }
        answer
    }
}

/// Whether a request has a proof that the app's key has signed, and that counts now.
fn proven(request: &Request, key: &[u8], now: i64) -> bool {
    let known = rustls::crypto::ring::default_provider().signature_verification_algorithms;
    let scheme = rustls::SignatureScheme::RSA_PKCS1_SHA256;
    let algorithm = known.mapping.iter().find(|it| it.0 == scheme).unwrap().1[0];
    let proof = request.header("authorization").and_then(|it| it.strip_prefix("Bearer "));
    let parts: Vec<&str> = proof.unwrap_or_default().split('.').collect();
    let [head, claims, signature] = parts[..] else { return false };
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    let claims_of: Value = serde_json::from_slice(&decode(claims)).unwrap_or_default();
    let (from, to) = (claims_of["iat"].as_i64().unwrap_or(now), claims_of["exp"].as_i64().unwrap_or(0));
    let signed = algorithm.verify_signature(key, format!("{head}.{claims}").as_bytes(), &decode(signature));
    claims_of["iss"] == "4711" && from < now && now < to && to - now <= 600 && signed.is_ok()
}

fn query<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let (_, query) = request.target.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// A repository, as the two APIs tell of it.
fn described(it: &Hosted, scheme: &str, request: &Request, gitlab: bool) -> Value {
    let host = request.header("host").unwrap();
    let url = format!("{scheme}://{host}/{}.git", it.name);
    if let Some((owner, id)) = it.name.strip_prefix("gist/").and_then(|name| name.split_once('/')) {
        return json!({
            "id": id, "git_pull_url": url, "public": it.visibility == "public", "updated_at": it.pushed,
            "owner": {"login": owner}
        });
    }
    if gitlab {
        let origin = if it.fork { json!({"id": 1}) } else { Value::Null };
        return json!({
            "path_with_namespace": it.name, "http_url_to_repo": url, "archived": it.archived,
            "forked_from_project": origin, "visibility": it.visibility, "last_activity_at": it.pushed,
            "statistics": {"repository_size": it.size * 1024}, "default_branch": it.branch
        });
    }
    json!({
        "full_name": it.name, "clone_url": url, "archived": it.archived, "fork": it.fork,
        "private": it.visibility != "public", "visibility": it.visibility, "pushed_at": it.pushed,
        "size": it.size, "default_branch": it.branch
    })
}
