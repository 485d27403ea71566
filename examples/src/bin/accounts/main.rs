//! The registry with the accounts and teams of the application around it: who is signed in there is
//! known here, a team there is an organization here, and who leaves it has left it here.
//!
//! `cargo run -p tank-registry-examples --bin accounts -- FOLDER`

mod host;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tank_registry_core::auth::{
    AuthenticatorError, DirectoryError, ExternalIdentity, OrganizationRef,
};
use tank_registry_core::model::{OrgId, OrgRole, OrgSlug};
use tank_registry_core::store::{ExternalId, Member, Membership, Reads as _, User, UserRef};
use tank_registry_core::{Authenticator, Directory};
use tank_registry_server::{ServeOptions, maintain, serve};
use tank_registry_sqlite::SqliteStore;

use host::{Host, Team};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: accounts FOLDER")?);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let host = Arc::new(Host::default());
    let store = tank_registry_examples::store(&folder).await?;
    let teams = Teams(Arc::clone(&host), store.clone());
    let url = format!("http://{address}/registry");
    let registry = tank_registry_examples::on(store, &folder, &url)?
        .authenticator(Arc::new(Accounts(Arc::clone(&host))))
        .directory(Arc::new(teams))
        .build()
        .await?;
    tokio::spawn(maintain(registry.clone()));

    let app = host::routes(host).nest_service("/registry", registry);
    println!("listening on http://{address}");
    let forever = std::future::pending();
    serve(listener, app, ServeOptions::default(), forever).await;
    Ok(())
}

/// The host's accounts, as the registry asks for them: once for each request without a key.
#[derive(Debug)]
struct Accounts(Arc<Host>);

/// The system that vouches for our people. Issuer and subject are who somebody is for ever.
const ISSUER: &str = "https://host.example";

fn identity(login: &str) -> ExternalId {
    ExternalId {
        issuer: ISSUER.to_owned(),
        subject: login.to_owned(),
    }
}

#[async_trait]
impl Authenticator for Accounts {
    async fn authenticate(
        &self,
        head: &http::request::Parts,
    ) -> Result<Option<ExternalIdentity>, AuthenticatorError> {
        let login = self.0.signed_in(&head.headers);
        Ok(login.map(|login| ExternalIdentity {
            id: identity(&login),
            display_name: None,
            email: format!("{login}@host.example"),
            administrator: false,
        }))
    }
}

/// The host's teams, and the store, where everyone who was ever seen has a row.
#[derive(Debug)]
struct Teams(Arc<Host>, SqliteStore);

#[async_trait]
impl Directory for Teams {
    async fn organization(
        &self,
        slug: &OrgSlug,
    ) -> Result<Option<OrganizationRef>, DirectoryError> {
        self.0
            .team(|team| team.slug == slug.as_str())
            .map(known)
            .transpose()
    }

    async fn organization_by_id(
        &self,
        id: &OrgId,
    ) -> Result<Option<OrganizationRef>, DirectoryError> {
        self.0
            .team(|team| team.id == id.as_str())
            .map(known)
            .transpose()
    }

    async fn memberships(&self, user: &User) -> Result<Vec<Membership>, DirectoryError> {
        // Whom the registry's own commands have made is in no team of ours.
        let Some(id) = user.external.as_ref().filter(|id| id.issuer == ISSUER) else {
            return Ok(Vec::new());
        };
        let membership = |team: Team| {
            Ok(Membership {
                org: OrgId::new(team.id),
                slug: OrgSlug::parse(&team.slug).map_err(DirectoryError::new)?,
                role: role(team.members[&id.subject]),
            })
        };
        let teams = self.0.teams_of(&id.subject).into_iter();
        teams.map(membership).collect()
    }

    async fn members(&self, slug: &OrgSlug) -> Result<Vec<Member>, DirectoryError> {
        let team = self.0.team(|team| team.slug == slug.as_str());
        let mut members = Vec::new();
        for (login, is_lead) in team.map(|team| team.members).unwrap_or_default() {
            let user = self.1.user(&UserRef::External(identity(&login))).await?;
            members.extend(user.map(|user| Member {
                user: user.id,
                role: role(is_lead),
            }));
        }
        Ok(members)
    }

    fn is_managed_here(&self) -> bool {
        false
    }
}

fn known(team: Team) -> Result<OrganizationRef, DirectoryError> {
    Ok(OrganizationRef {
        id: OrgId::new(team.id),
        slug: OrgSlug::parse(&team.slug).map_err(DirectoryError::new)?,
        name: team.name,
    })
}

fn role(is_lead: bool) -> OrgRole {
    if is_lead {
        OrgRole::Owner
    } else {
        OrgRole::Member
    }
}
