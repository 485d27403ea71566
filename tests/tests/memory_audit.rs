//! The audit log of the store in memory. Core does not read it, so that it is no rule of the seam
//! that can be seen from outside.

use serde_json::json;
use tank_registry_core::memory::MemoryStore;
use tank_registry_core::store::{Actor, AuditEvent, Command, Meta, Outcome, Writes as _};
use tank_registry_tests::fixtures::{NOW, meta, user};

#[tokio::test]
async fn an_event_is_written_with_its_command_and_only_then() {
    let store = MemoryStore::new();
    let event = AuditEvent::new("user.create", "ada", json!({}));
    let told = |at| {
        let mut meta: Meta = meta(at);
        meta.actor = Actor::Operator;
        meta.audit = Some(event.clone());
        meta
    };
    let first = told(NOW);
    let create = || Command::CreateUser(Box::new(user("ada")));
    let outcome = store.apply(first.clone(), create()).await.unwrap();
    assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
    // Neither a repeat nor a refusal writes one.
    let repeat = store.apply(first.clone(), create()).await.unwrap();
    assert!(matches!(repeat, Outcome::Repeat(_)), "{repeat:?}");
    let refused = store.apply(told(NOW), create()).await.unwrap();
    assert_eq!(refused, Outcome::Exists);
    let log = store.audit_log();
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].command, log[0].at), (first.id, NOW));
    assert_eq!((log[0].actor, &log[0].event), (Actor::Operator, &event));
}
