//! What an answer tells of a rate limit.

use super::Answer;

/// Limit and remaining, where there are any; then all three are there.
pub fn counted(answer: &Answer) -> Option<(i64, i64)> {
    let [limit, left, reset] = ["limit", "remaining", "reset"]
        .map(|name| answer.header_number(&format!("x-ratelimit-{name}")));
    assert_eq!(limit.is_some(), left.is_some());
    assert_eq!(limit.is_some(), reset.is_some());
    Some((limit?, left?))
}

/// A 429 of a bucket of `limit` requests in `period` seconds.
pub fn assert_spent(answer: &Answer, period: u64, limit: u64) {
    assert_eq!(answer.refusal(), (429, "Rate limit exceeded"));
    let after = answer.number("retryAfter");
    assert!((1..=period / limit).contains(&after), "{answer:?}");
    assert_eq!(
        answer.header("retry-after"),
        Some(after.to_string().as_str())
    );
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
}
