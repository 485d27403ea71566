use governor::clock::FakeRelativeClock;

use super::*;

const ONE: NonZeroU32 = NonZeroU32::MIN;

fn quota(limit: u32) -> Quota {
    Quota::per_hour(NonZeroU32::new(limit).unwrap())
}

fn limiters(bound: usize) -> (Limiters<FakeRelativeClock>, FakeRelativeClock) {
    let clock = FakeRelativeClock::default();
    (Limiters::new(bound, clock.clone()), clock)
}

#[test]
fn the_whole_number_may_come_at_once_and_not_one_more() {
    let (limiters, _) = limiters(10);
    for left in (0..5).rev() {
        let decision = limiters.check(Bucket::Key, "a", quota(5), ONE).unwrap();
        assert!(decision.allowed);
        assert_eq!((decision.limit, decision.remaining), (5, left));
        assert_eq!(decision.reset, Duration::from_mins(12) * (5 - left));
    }
    let refused = limiters.check(Bucket::Key, "a", quota(5), ONE).unwrap();
    assert!(!refused.allowed);
    assert_eq!((refused.remaining, refused.retry_after.as_secs()), (0, 720));
    assert_eq!(refused.reset.as_secs(), 3600);
}

#[test]
fn one_request_is_earned_every_period_over_limit() {
    let (limiters, clock) = limiters(10);
    for _ in 0..5 {
        limiters.check(Bucket::Key, "a", quota(5), ONE).unwrap();
    }
    clock.advance(Duration::from_mins(12));
    assert!(
        limiters
            .check(Bucket::Key, "a", quota(5), ONE)
            .unwrap()
            .allowed
    );
    assert!(
        !limiters
            .check(Bucket::Key, "a", quota(5), ONE)
            .unwrap()
            .allowed
    );
}

#[test]
fn keys_buckets_and_quotas_are_counted_apart() {
    let (limiters, _) = limiters(10);
    for (bucket, key, limit) in [
        (Bucket::Key, "a", 1),
        (Bucket::Key, "b", 1),
        (Bucket::Anonymous, "a", 1),
        (Bucket::Key, "a", 2),
    ] {
        assert!(
            limiters
                .check(bucket, key, quota(limit), ONE)
                .unwrap()
                .allowed
        );
    }
    assert!(
        !limiters
            .check(Bucket::Key, "a", quota(1), ONE)
            .unwrap()
            .allowed
    );
}

#[test]
fn beyond_the_bound_new_keys_share_a_bucket_until_there_is_room() {
    let (limiters, clock) = limiters(2);
    for key in ["a", "b", "c"] {
        assert!(
            limiters
                .check(Bucket::Anonymous, key, quota(1), ONE)
                .unwrap()
                .allowed
        );
    }
    assert!(
        !limiters
            .check(Bucket::Anonymous, "d", quota(1), ONE)
            .unwrap()
            .allowed
    );
    assert!(limiters.keys.all() <= 3);
    clock.advance(Duration::from_hours(2));
    for key in ["d", "e"] {
        assert!(
            limiters
                .check(Bucket::Anonymous, key, quota(1), ONE)
                .unwrap()
                .allowed
        );
    }
}
#[test]
fn a_flood_of_one_kind_is_bounded_and_takes_no_room_from_the_others() {
    const BOUND: usize = 50;
    let (limiters, _) = limiters(BOUND);
    let check = |bucket, key: &str| {
        let decision = limiters.check(bucket, key, quota(3), ONE);
        decision.unwrap().allowed
    };
    let flooded = [
        Bucket::FailedAuthentication,
        Bucket::AnonymousScan,
        Bucket::Anonymous,
        Bucket::Scan,
    ];
    for bucket in flooded {
        for address in 0..20 * BOUND {
            check(bucket, &address.to_string());
        }
        assert!(!check(bucket, "new"), "{bucket:?}");
        assert!(check(bucket, "0"), "{bucket:?}");
    }
    // One more each is the bucket that those without room share.
    assert_eq!(limiters.keys.all(), flooded.len() * (BOUND + 1));
    for key in 0..BOUND {
        assert!((0..3).all(|_| check(Bucket::Key, &key.to_string())));
    }
}
