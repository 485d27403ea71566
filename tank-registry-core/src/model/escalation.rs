//! The rule that a release may not quietly ask for more than its users agreed to.

use std::collections::HashSet;

use serde::Serialize;

use super::permissions::Permissions;
use super::version::Bump;

/// One permission that a version asks for although its bump does not allow it. Serialises as the contract's detail.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Escalation {
    /// Where in the permissions, `network.outbound` for one.
    pub field: &'static str,
    /// What was added and which bump would allow it.
    pub reason: String,
}

/// What `to` asks for beyond `from` that a release of this bump may not add: hosts, subprocess, reads, writes, in this
/// order, each once. Entries are compared as exact strings: `*.a.com` does not cover `x.a.com`.
///
/// `from` are the permissions of the highest earlier version; for a first version there is nothing to ask.
pub fn escalation(from: &Permissions, to: &Permissions, bump: Bump) -> Vec<Escalation> {
    let mut found = Vec::new();
    if bump < Bump::Major {
        found.extend(
            added(from.outbound(), to.outbound()).map(|host| Escalation {
                field: "network.outbound",
                reason: format!("New outbound host added: {host}. Requires MAJOR bump"),
            }),
        );
        if to.subprocess() && !from.subprocess() {
            found.push(Escalation {
                field: "subprocess",
                reason: "Subprocess execution enabled (was disabled). Requires MAJOR bump"
                    .to_owned(),
            });
        }
    }
    if bump < Bump::Minor {
        found.extend(added(from.read(), to.read()).map(|path| Escalation {
            field: "filesystem.read",
            reason: format!("New read path added: {path}. Requires MINOR bump"),
        }));
        found.extend(added(from.write(), to.write()).map(|path| Escalation {
            field: "filesystem.write",
            reason: format!("New write path added: {path}. Requires MINOR bump"),
        }));
    }
    found
}

/// Entries of `to` that `from` has not, in order, each once.
fn added<'a>(from: &'a [String], to: &'a [String]) -> impl Iterator<Item = &'a str> {
    let mut seen: HashSet<&str> = from.iter().map(String::as_str).collect();
    to.iter()
        .map(String::as_str)
        .filter(move |entry| seen.insert(entry))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn permissions(
        outbound: &[&str],
        read: &[&str],
        write: &[&str],
        subprocess: bool,
    ) -> Permissions {
        let value = json!({
            "network": {"outbound": outbound},
            "filesystem": {"read": read, "write": write},
            "subprocess": subprocess,
        });
        Permissions::parse(&value).unwrap()
    }

    fn everything() -> Permissions {
        permissions(&["b.com", "a.com"], &["/r"], &["/w"], true)
    }

    #[test]
    fn a_patch_release_may_add_nothing() {
        let found = escalation(&Permissions::NONE, &everything(), Bump::Patch);
        assert_eq!(
            serde_json::to_value(found).unwrap(),
            json!([
                {"field": "network.outbound", "reason": "New outbound host added: b.com. Requires MAJOR bump"},
                {"field": "network.outbound", "reason": "New outbound host added: a.com. Requires MAJOR bump"},
                {"field": "subprocess", "reason": "Subprocess execution enabled (was disabled). Requires MAJOR bump"},
                {"field": "filesystem.read", "reason": "New read path added: /r. Requires MINOR bump"},
                {"field": "filesystem.write", "reason": "New write path added: /w. Requires MINOR bump"},
            ])
        );
    }

    #[test]
    fn a_minor_release_may_add_paths_but_no_host_and_no_subprocess() {
        let found = escalation(&Permissions::NONE, &everything(), Bump::Minor);
        let fields: Vec<_> = found.iter().map(|found| found.field).collect();
        assert_eq!(
            fields,
            ["network.outbound", "network.outbound", "subprocess"]
        );
    }

    #[test]
    fn a_major_release_may_add_anything() {
        assert_eq!(
            escalation(&Permissions::NONE, &everything(), Bump::Major),
            []
        );
    }

    #[test]
    fn every_release_may_drop_permissions() {
        for bump in [Bump::Patch, Bump::Minor, Bump::Major] {
            assert_eq!(escalation(&everything(), &Permissions::NONE, bump), []);
        }
    }

    #[test]
    fn a_pattern_does_not_cover_a_host() {
        let wide = permissions(&["*.a.com"], &["./**"], &[], false);
        let narrow = permissions(&["x.a.com"], &["./a"], &[], false);
        assert_eq!(escalation(&wide, &narrow, Bump::Patch).len(), 2);
    }

    #[test]
    fn a_path_may_not_move_from_read_to_write() {
        let from = permissions(&[], &["/p"], &[], false);
        let to = permissions(&[], &[], &["/p"], false);
        let found = escalation(&from, &to, Bump::Patch);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].reason,
            "New write path added: /p. Requires MINOR bump"
        );
    }

    #[test]
    fn an_entry_sent_twice_is_reported_once() {
        let twice = permissions(&["a.com", "a.com"], &[], &[], false);
        assert_eq!(escalation(&Permissions::NONE, &twice, Bump::Patch).len(), 1);
    }

    fn any_permissions() -> impl Strategy<Value = Permissions> {
        let list = || proptest::option::of(proptest::collection::vec("[a-d]", 0..5));
        (list(), list(), list(), any::<Option<bool>>()).prop_map(
            |(outbound, read, write, subprocess)| {
                let mut value = json!({"network": {}, "filesystem": {}});
                let parts = [
                    ("network", "outbound", outbound),
                    ("filesystem", "read", read),
                    ("filesystem", "write", write),
                ];
                for (part, key, list) in parts {
                    if let Some(list) = list {
                        value[part][key] = json!(list);
                    }
                }
                if let Some(subprocess) = subprocess {
                    value["subprocess"] = json!(subprocess);
                }
                Permissions::parse(&value).unwrap()
            },
        )
    }

    proptest! {
        #[test]
        fn a_patch_release_passes_exactly_when_it_asks_for_no_more(from in any_permissions(), to in any_permissions()) {
            let (had, wants) = (from.effective(), to.effective());
            let asks_for_no_more = wants.outbound.is_subset(&had.outbound)
                && wants.read.is_subset(&had.read)
                && wants.write.is_subset(&had.write)
                && (had.subprocess || !wants.subprocess);
            prop_assert_eq!(escalation(&from, &to, Bump::Patch).is_empty(), asks_for_no_more);
        }

        #[test]
        fn how_permissions_are_written_down_does_not_matter(from in any_permissions(), to in any_permissions()) {
            prop_assert_eq!(escalation(&from, &from, Bump::Patch), []);
            if from.effective() == to.effective() {
                prop_assert_eq!(escalation(&from, &to, Bump::Patch), []);
            }
        }

        #[test]
        fn a_larger_bump_never_forbids_more(from in any_permissions(), to in any_permissions()) {
            let patch = escalation(&from, &to, Bump::Patch);
            let minor = escalation(&from, &to, Bump::Minor);
            prop_assert!(patch.starts_with(&minor));
            prop_assert_eq!(escalation(&from, &to, Bump::Major), []);
        }
    }
}
