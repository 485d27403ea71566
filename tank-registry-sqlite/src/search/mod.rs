//! Looking for skills.
//!
//! Each skill that core gave something to search by has an *entry*, listed or not. Of those that
//! are listed, the index holds the tokens, and the vocabulary counts the terms; both change in the
//! transaction that changes the skill. The row id of an entry and of its tokens is made of the
//! popularity class and the skill's ordinal, so that whatever the index finds comes in the order of
//! lists, and a list ends at its bound without a look at the rest.

mod document;
mod find;
mod hit;
mod index;
mod list;
mod near;
mod part;
mod recent;
mod row;
mod scope;
mod sort;
mod tidy;
mod tokens;
mod updates;
mod vocabulary;

use async_trait::async_trait;
use tank_registry_core::access::Audience;
use tank_registry_core::store::{Find, Found, Search, StoreError, Term};

pub(crate) use index::{counted, keep, starred};
pub(crate) use tidy::tidy;

use crate::store::SqliteStore;

#[async_trait]
impl Search for SqliteStore {
    async fn find(&self, find: Find) -> Result<Found, StoreError> {
        self.read(move |connection| find::find(connection, &find))
            .await
    }

    async fn near(
        &self,
        audience: &Audience,
        term: &Term,
        max_distance: u32,
    ) -> Result<Vec<Term>, StoreError> {
        let (audience, term) = (audience.clone(), term.clone());
        self.read(move |connection| near::near(connection, &audience, &term, max_distance))
            .await
    }
}
