//! Who the caller is.

use http::Response;

use super::Call;
use crate::error::Error;
use crate::http::body::Body;
use crate::http::{answer, wire};

impl Call<'_> {
    /// `GET /auth/whoami`
    pub(super) fn who_am_i(&self) -> Result<Response<Body>, Error> {
        let user = self.viewer.user().ok_or(Error::Unauthorized)?;
        answer::json(&wire::WhoAmI {
            user_id: user.id.to_string(),
            name: user.name(),
            email: Some(&*user.email).filter(|email| !email.is_empty()),
        })
    }
}
