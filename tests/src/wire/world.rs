//! Skills of every kind and people of every kind, and what each of them sees.

use http::Method;
use serde_json::json;
use tank_registry_core::model::OrgRole;
use tank_registry_core::scan::Severity;

use super::{TestRegistry, TestScanner, finding, manifest, org_grant, report, user_grant};

/// `@acme/open` is public, with a held version 2.0.0 of mia's; `@acme/secret` is private, granted
/// to gil and to the organization of meg; `@acme/never` has only a held version of pat's.
#[derive(Debug)]
pub struct World {
    pub test: TestRegistry,
    pub pat: String,
    pub mia: String,
    pub hal: String,
    pub gil: String,
    pub meg: String,
    pub eve: String,
}

/// What follows the path of a skill, of everything that only reads.
const TAILS: [&str; 7] = [
    "",
    "/versions",
    "/star",
    "/1.0.0",
    "/1.0.0/scan",
    "/1.0.0/files",
    "/1.0.0/files/SKILL.md",
];

impl World {
    pub async fn new() -> Self {
        let scanner = TestScanner::new(report(vec![]));
        let test = TestRegistry::with(|builder| builder.scanner(scanner.clone())).await;
        let pat = test.user("pat").await;
        let (mia, hal) = (test.user("mia").await, test.user("hal").await);
        let (gil, meg) = (test.user("gil").await, test.user("meg").await);
        let eve = test.user("eve").await;
        test.create_user("owner").await;
        test.org("acme", "owner").await;
        test.org("guests", "meg").await;
        for name in ["pat", "mia", "hal"] {
            test.member("acme", name, OrgRole::Member).await;
        }
        test.published(&pat, &manifest("@acme/open", "1.0.0")).await;
        test.published(
            &pat,
            &json!({ "name": "@acme/secret", "version": "1.0.0", "visibility": "private" }),
        )
        .await;
        scanner.set(Some(report(vec![finding(Severity::Critical)])));
        test.published(&pat, &manifest("@acme/never", "1.0.0"))
            .await;
        test.published(&mia, &manifest("@acme/open", "2.0.0")).await;
        test.grant("@acme/secret", &user_grant("gil")).await;
        let guests = org_grant("guests");
        test.grant("@acme/secret", &guests).await;
        Self {
            test,
            pat,
            mia,
            hal,
            gil,
            meg,
            eve,
        }
    }

    async fn read(&self, key: Option<&str>, path: &str) -> u16 {
        let answer = self.test.get(key, &format!("/api/v1/skills/{path}")).await;
        assert_ne!(answer.status, 403, "a read never answers 403: {path}");
        answer.status
    }

    /// Reads of the public, the private, the held and the never-live one; a start; whoami.
    pub async fn row(&self, key: Option<&str>) -> [u16; 6] {
        let mut row = [0; 6];
        let held = "@acme/open/2.0.0";
        for (at, skill) in ["@acme/open", "@acme/secret", "@acme/never"]
            .iter()
            .enumerate()
        {
            let place = [0, 1, 3][at];
            row[place] = self.read(key, skill).await;
            for tail in TAILS {
                let path = format!("{skill}{tail}");
                assert_eq!(self.read(key, &path).await, row[place], "{path}");
            }
            if row[place] == 404 {
                self.refusals_are_those_of_absence(key, skill).await;
            } else {
                self.a_link_works(key, skill, "1.0.0").await;
            }
        }
        row[2] = self.read(key, held).await;
        if row[2] == 404 {
            let path = |version| format!("/api/v1/skills/@acme/open/{version}");
            let refused = self.test.get(key, &path("2.0.0")).await.shown();
            let absent = self.test.get(key, &path("9.0.0")).await.shown();
            let text = String::from_utf8(absent.2.to_vec())
                .unwrap()
                .replace("9.0.0", "2.0.0");
            assert_eq!((refused.0, refused.1), (absent.0, absent.1));
            assert_eq!(refused.2, text);
        } else {
            self.a_link_works(key, "@acme/open", "2.0.0").await;
        }
        let start = json!({ "manifest": manifest("@acme/open", "1.0.1") });
        row[4] = self.test.post(key, "/api/v1/skills", &start).await.status;
        row[5] = self.test.get(key, "/api/v1/auth/whoami").await.status;
        row
    }

    async fn refusals_are_those_of_absence(&self, key: Option<&str>, skill: &str) {
        for tail in TAILS {
            for method in [Method::GET, Method::HEAD] {
                let ask = async |skill: &str| {
                    let path = format!("/api/v1/skills/{skill}{tail}");
                    self.test
                        .call(method.clone(), &path, key, None)
                        .await
                        .shown()
                };
                assert_eq!(
                    ask(skill).await,
                    ask("@acme/absent").await,
                    "{method} {skill}{tail}"
                );
            }
        }
    }

    async fn a_link_works(&self, key: Option<&str>, skill: &str, version: &str) {
        let url = self.test.download_url(key, skill, version).await;
        assert_eq!(self.test.follow(&url).await.status, 200, "{skill}");
    }
}
