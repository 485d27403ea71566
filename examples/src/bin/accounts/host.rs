//! The application, which knows nothing of the registry: people sign in, teams have leads.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, post};
use http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use http::{HeaderMap, StatusCode};

#[derive(Debug)]
pub(crate) struct Host {
    /// Who is signed in, by the secret of the session.
    sessions: Mutex<HashMap<String, String>>,
    teams: Mutex<Vec<Team>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Team {
    /// Never given to another team; a slug may be.
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) name: String,
    /// Who belongs to it, and whether they lead it.
    pub(crate) members: BTreeMap<String, bool>,
}

impl Default for Host {
    fn default() -> Self {
        let acme = Team {
            id: "team-1".to_owned(),
            slug: "acme".to_owned(),
            name: "Acme".to_owned(),
            members: [("ada".to_owned(), true), ("bob".to_owned(), false)].into(),
        };
        Self {
            sessions: Mutex::default(),
            teams: Mutex::new(vec![acme]),
        }
    }
}

impl Host {
    /// Browsers send their session as a cookie, programs as a bearer token.
    pub(crate) fn signed_in(&self, headers: &HeaderMap) -> Option<String> {
        let text = |name| headers.get(name)?.to_str().ok();
        let mut cookies = text(COOKIE).unwrap_or_default().split("; ");
        let cookie = cookies.find_map(|cookie| cookie.strip_prefix("session="));
        let session = cookie.or_else(|| text(AUTHORIZATION)?.strip_prefix("Bearer "))?;
        lock(&self.sessions).get(session).cloned()
    }

    pub(crate) fn team(&self, is_meant: impl Fn(&Team) -> bool) -> Option<Team> {
        let teams = lock(&self.teams);
        teams.iter().find(|team| is_meant(team)).cloned()
    }

    pub(crate) fn teams_of(&self, login: &str) -> Vec<Team> {
        let mut teams = lock(&self.teams).clone();
        teams.retain(|team| team.members.contains_key(login));
        teams
    }
}

pub(crate) fn routes(host: Arc<Host>) -> Router {
    Router::new()
        .route("/login", post(log_in))
        .route("/teams/{team}/{login}", delete(remove_member))
        .with_state(host)
}

/// A real one asks for a password.
async fn log_in(State(host): State<Arc<Host>>, login: String) -> Result<Response, StatusCode> {
    if !["ada", "bob", "eve"].contains(&login.as_str()) {
        return Err(StatusCode::FORBIDDEN);
    }
    let random = || getrandom::u64().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR);
    let session = format!("{:016x}{:016x}", random()?, random()?);
    lock(&host.sessions).insert(session.clone(), login);
    // Without `SameSite` other sites could publish with their visitors' cookies.
    let cookie = format!("session={session}; Path=/; HttpOnly; SameSite=Strict");
    Ok(([(SET_COOKIE, cookie)], session).into_response())
}

async fn remove_member(
    State(host): State<Arc<Host>>,
    Path((team, login)): Path<(String, String)>,
    headers: HeaderMap,
) -> StatusCode {
    let caller = host.signed_in(&headers).unwrap_or_default();
    let mut teams = lock(&host.teams);
    let led = |held: &&mut Team| held.slug == team && held.members.get(&caller) == Some(&true);
    let team = teams.iter_mut().find(led);
    match team.and_then(|team| team.members.remove(&login)) {
        Some(_) => StatusCode::NO_CONTENT,
        None => StatusCode::NOT_FOUND,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
