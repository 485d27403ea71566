//! Organizations, their members, and who is granted a skill.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{OrgRole, OrgSlug, Timestamp};
use crate::ops::{self, OrganizationPage, OrganizationSummary, Page, Paged};
use crate::store::Grants;

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Organization<'a> {
    id: &'a str,
    slug: &'a OrgSlug,
    name: &'a str,
    created_at: Option<Timestamp>,
}

impl<'a> From<&'a OrganizationSummary> for Organization<'a> {
    fn from(org: &'a OrganizationSummary) -> Self {
        Self {
            id: org.id.as_str(),
            slug: &org.slug,
            name: &org.name,
            created_at: org.created_at,
        }
    }
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Organizations<'a> {
    orgs: Vec<Organization<'a>>,
    page: u64,
    limit: u32,
    total: u64,
}

impl<'a> Organizations<'a> {
    pub(crate) fn new(orgs: &'a Paged<OrganizationSummary>, page: Page) -> Self {
        Self {
            orgs: orgs.items.iter().map(Organization::from).collect(),
            page: page.number,
            limit: page.limit,
            total: orgs.total,
        }
    }
}

/// A member's id is their user's.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganizationMember<'a> {
    id: String,
    user_id: String,
    name: &'a str,
    role: OrgRole,
}

impl<'a> From<&'a ops::OrganizationMember> for OrganizationMember<'a> {
    fn from(member: &'a ops::OrganizationMember) -> Self {
        Self {
            id: member.user.to_string(),
            user_id: member.user.to_string(),
            name: &member.name,
            role: member.role,
        }
    }
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct OrganizationDetail<'a> {
    #[serde(flatten)]
    organization: Organization<'a>,
    members: Vec<OrganizationMember<'a>>,
    page: u64,
    limit: u32,
    total: u64,
}

impl<'a> OrganizationDetail<'a> {
    pub(crate) fn new(org: &'a OrganizationPage, page: Page) -> Self {
        let members = org.members.items.iter();
        Self {
            organization: Organization::from(&org.organization),
            members: members.map(OrganizationMember::from).collect(),
            page: page.number,
            limit: page.limit,
            total: org.members.total,
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Access {
    user_ids: Vec<String>,
    org_ids: Vec<String>,
}

impl From<&Grants> for Access {
    fn from(grants: &Grants) -> Self {
        Self {
            user_ids: grants.users.iter().map(ToString::to_string).collect(),
            org_ids: grants.orgs.iter().map(ToString::to_string).collect(),
        }
    }
}
