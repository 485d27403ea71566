//! Answers that are the same for everyone: made once, tagged, compressed once.

use std::future::Future;
use std::sync::Arc;

use http::header::{ETAG, VARY};
use http::{Response, StatusCode};

use super::Call;
use crate::cache::{CachedSkill, Document, DocumentKey, DocumentKind, MadeOf, Tagged};
use crate::error::Error;
use crate::http::body::Body;
use crate::http::{answer, compress, condition};

impl Call<'_> {
    /// Answers with a document of a skill. One that anyone may have is the one at hand, or else what
    /// `make` makes, which is then kept; any other is made for whoever asks.
    pub(super) async fn document(
        &self,
        skill: &CachedSkill,
        for_anyone: bool,
        kind: DocumentKind,
        make: impl Future<Output = Result<Vec<u8>, Error>>,
    ) -> Result<Response<Body>, Error> {
        if !for_anyone {
            return Ok(answer::with_json(StatusCode::OK, make.await?));
        }
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
        Ok(self.tagged(document.answer()).await)
    }

    /// Answers with these bytes, or that the client has them.
    pub(super) async fn tagged(&self, answer: &Tagged) -> Response<Body> {
        let etag = answer.etag();
        if condition::is_known(&self.head.headers, etag.to_str().unwrap_or_default()) {
            let mut response = condition::not_modified(etag.clone());
            // A cache takes these headers for those of the whole answer.
            if answer.is_worth_compressing() {
                response.headers_mut().append(VARY, compress::BY_ENCODING);
            }
            return response;
        }
        let mut response = answer::with_json(StatusCode::OK, answer.body());
        response.headers_mut().insert(ETAG, etag.clone());
        if compress::takes_gzip(&self.head.headers)
            && let Some(bytes) = answer.gzip(&*self.registry.inner.workers).await
        {
            compress::set_gzip(&mut response, bytes);
        }
        response
    }
}
