//! Answers that are the same for everyone: made once, tagged, compressed once.

use std::future::Future;
use std::sync::Arc;

use http::header::{ETAG, VARY};
use http::{Response, StatusCode};

use super::Call;
use crate::cache::{CachedSkill, Document, DocumentKey, DocumentKind, MadeOf};
use crate::error::Error;
use crate::http::body::Body;
use crate::http::{answer, compress, condition};

impl Call<'_> {
    /// Answers with a document of a skill that anyone may have: the one at hand, or else what
    /// `make` makes, which is then kept.
    pub(super) async fn document(
        &self,
        skill: &CachedSkill,
        kind: DocumentKind,
        make: impl Future<Output = Result<Vec<u8>, Error>>,
    ) -> Result<Response<Body>, Error> {
        let (registry, cache) = (self.registry, self.registry.cache());
        let now = registry.inner.clock.now();
        let key = DocumentKey {
            skill: skill.id,
            revision: skill.revision,
            kind,
            hour: now.hour_floor(),
        };
        let made_of = MadeOf {
            publisher: registry.publisher_revision(skill).await?,
            moved: skill.moved(),
        };
        let held = cache.document(&key);
        let document = match held {
            Some(document) if document.is_current(made_of, now) => document,
            held => {
                let document = Document::new(make.await?, made_of, now, held.as_deref());
                let document = Arc::new(document);
                cache.keep_document(key, Arc::clone(&document));
                document
            }
        };
        let etag = document.etag();
        if condition::is_known(&self.head.headers, etag.to_str().unwrap_or_default()) {
            let mut answer = condition::not_modified(etag.clone());
            // A cache takes these headers for those of the whole document.
            if document.is_worth_compressing() {
                answer.headers_mut().append(VARY, compress::BY_ENCODING);
            }
            return Ok(answer);
        }
        let mut response = answer::with_json(StatusCode::OK, document.body());
        response.headers_mut().insert(ETAG, etag.clone());
        if compress::takes_gzip(&self.head.headers)
            && let Some(bytes) = document.gzip(&*registry.inner.workers).await
        {
            compress::set_gzip(&mut response, bytes);
        }
        Ok(response)
    }
}
