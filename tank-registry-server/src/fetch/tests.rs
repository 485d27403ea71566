//! Fetching from servers that stand on this machine, under names that only a test gives them.

mod elsewhere;
mod tls;

use tokio::io::AsyncWriteExt as _;

use super::*;
use elsewhere::{Elsewhere, answer, fetcher, ok, to};

const LIMIT: u64 = 1 << 20;

async fn fetch(fetcher: &HttpsFetcher, url: &str) -> Result<Fetched, FetchError> {
    fetcher.fetch(&Url::parse(url).unwrap(), LIMIT).await
}

/// The word for what went wrong.
async fn refusal(fetcher: &HttpsFetcher, url: &str) -> String {
    let error = fetch(fetcher, url).await.unwrap_err();
    let text = format!("{error:?}");
    text.split(['(', ' ']).next().unwrap().to_owned()
}

#[tokio::test]
async fn an_archive_of_a_repository_is_fetched_without_a_word_of_who_wants_it() {
    let server = Elsewhere::new(|asked| match asked {
        "codeload.github.com/acme/tools/tar.gz/main" => ok(b"\x1f\x8bbytes"),
        other => answer("404 Not Found", "", other.as_bytes()),
    })
    .await;
    let (fetcher, names) = fetcher(&[("codeload.github.com", &[server.address])]);
    let url = "http://github.com/acme/tools/tree/main/skills/a";
    let found = fetch(&fetcher, url).await.unwrap();
    assert_eq!(&found.bytes[..], b"\x1f\x8bbytes");
    let path = "skills/a".to_owned();
    assert_eq!(found.kind, FetchedKind::Folder { path });
    assert_eq!(*names.asked.lock().unwrap(), ["codeload.github.com"]);
    let requests = server.requests.lock().unwrap();
    let head = requests[0].to_ascii_lowercase();
    for header in ["authorization", "cookie", "referer", "x-forwarded-for"] {
        assert!(!head.contains(header), "{head}");
    }
    assert!(head.contains("accept-encoding: identity"), "{head}");
}

#[tokio::test]
async fn what_bytes_are_is_seen_in_them() {
    let server = Elsewhere::new(|asked| match asked.split_once('/').unwrap().1 {
        "a.tgz" => ok(b"\x1f\x8bbytes"),
        "SKILL.md" => ok(b"# A skill"),
        "page" => answer("200 OK", "content-type: text/html\r\n", b"<html>"),
        "binary" => ok(b"\x7fELF\0"),
        _ => answer("500 Internal Server Error", "", b""),
    })
    .await;
    let (fetcher, _) = fetcher(&[("skills.sh", &[server.address])]);
    let kind = async |path: &str| {
        let url = format!("http://skills.sh/{path}");
        fetch(&fetcher, &url).await.map(|found| found.kind)
    };
    assert_eq!(kind("a.tgz").await.unwrap(), FetchedKind::Archive);
    let name = "SKILL.md".to_owned();
    assert_eq!(kind("SKILL.md").await.unwrap(), FetchedKind::File { name });
    for none in ["page", "binary"] {
        let error = kind(none).await.unwrap_err();
        assert!(matches!(error, FetchError::NotASkill), "{none}: {error:?}");
    }
    let error = kind("broken").await.unwrap_err();
    assert!(matches!(error, FetchError::Failed(_)), "{error:?}");
}

#[tokio::test]
async fn the_document_of_a_version_names_its_archive_which_is_checked_too() {
    let server = Elsewhere::new(|asked| match asked {
        "registry.npmjs.org/good/latest" => {
            ok(br#"{"dist":{"tarball":"http://registry.npmjs.org/good/-/good-1.0.0.tgz"}}"#)
        }
        "registry.npmjs.org/good/-/good-1.0.0.tgz" => ok(b"\x1f\x8bgood"),
        "registry.npmjs.org/evil/latest" => {
            ok(br#"{"dist":{"tarball":"http://169.254.169.254/latest"}}"#)
        }
        _ => ok(b"{}"),
    })
    .await;
    let (fetcher, _) = fetcher(&[("registry.npmjs.org", &[server.address])]);
    let good = fetch(&fetcher, "http://www.npmjs.com/package/good").await;
    assert_eq!(&good.unwrap().bytes[..], b"\x1f\x8bgood");
    for (name, expected) in [("evil", "UnknownHost"), ("none", "Failed")] {
        let url = format!("http://registry.npmjs.org/{name}");
        assert_eq!(refusal(&fetcher, &url).await, expected);
    }
}

#[tokio::test]
async fn what_the_url_itself_shows_is_refused_before_any_name_is_looked_up() {
    let (fetcher, names) = fetcher(&[]);
    for (url, expected) in [
        ("https://skills.sh/a", "NotHttps"),
        ("ftp://skills.sh/a", "NotHttps"),
        ("file:///etc/passwd", "NotHttps"),
        ("http://user@skills.sh/a", "NotASkill"),
        ("http://:secret@skills.sh/a", "NotASkill"),
        ("http://skills.sh:8080/a", "NotASkill"),
        ("http://example.org/a", "UnknownHost"),
        ("http://skills.sh./a", "UnknownHost"),
        ("http://skills.sh.example.org/a", "UnknownHost"),
        ("http://127.0.0.1/a", "UnknownHost"),
        ("http://0x7f000001/a", "UnknownHost"),
        ("http://[::1]/a", "UnknownHost"),
    ] {
        assert_eq!(refusal(&fetcher, url).await, expected, "{url}");
    }
    assert!(names.asked.lock().unwrap().is_empty());
    let real = HttpsFetcher::new(Hosts::default());
    assert_eq!(refusal(&real, "http://skills.sh/a").await, "NotHttps");
}

#[tokio::test]
async fn a_host_of_which_one_address_is_private_is_not_asked() {
    let server = Elsewhere::new(|_| ok(b"text")).await;
    let private = "10.0.0.1:80".parse().unwrap();
    for addresses in [vec![private], vec![server.address, private]] {
        let (fetcher, _) = fetcher(&[("skills.sh", &addresses)]);
        let refused = refusal(&fetcher, "http://skills.sh/a").await;
        assert_eq!(refused, "PrivateAddress");
    }
    assert_eq!(server.count(), 0);
    let (fetcher, _) = fetcher(&[("ghcr.io", &[])]);
    assert_eq!(refusal(&fetcher, "http://ghcr.io/a").await, "Unresolved");
    assert_eq!(refusal(&fetcher, "http://skills.sh/a").await, "Unresolved");
}

#[tokio::test]
async fn to_the_real_rules_this_machine_is_private() {
    let server = Elsewhere::new(|_| ok(b"text")).await;
    let (mut fetcher, _) = fetcher(&[("skills.sh", &[server.address])]);
    fetcher.rules.is_public = HttpsFetcher::new(Hosts::default()).rules.is_public;
    let refused = refusal(&fetcher, "http://skills.sh/a").await;
    assert_eq!(refused, "PrivateAddress");
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn the_address_that_was_looked_at_is_the_one_that_is_asked() {
    let (first, second) = tokio::join!(
        Elsewhere::new(|_| ok(b"first")),
        Elsewhere::new(|_| ok(b"second"))
    );
    let (fetcher, names) = fetcher(&[]);
    // A name that is another host's when it is asked again.
    names.set("skills.sh", [vec![first.address], vec![second.address]]);
    let found = fetch(&fetcher, "http://skills.sh/a").await.unwrap();
    assert_eq!(&found.bytes[..], b"first");
    assert_eq!(names.asked.lock().unwrap().len(), 1);
    assert_eq!((first.count(), second.count()), (1, 0));
}

#[tokio::test]
async fn every_redirect_is_checked_as_the_url_was() {
    let server = Elsewhere::new(|asked| match asked {
        "skills.sh/good" => to("http://clawhub.ai/file"),
        "skills.sh/relative" => to("/text"),
        "skills.sh/elsewhere" => to("http://example.org/a"),
        "skills.sh/inside" => to("http://127.0.0.1/a"),
        "skills.sh/secure" => to("https://skills.sh/a"),
        "skills.sh/private" => to("http://ghcr.io/a"),
        "skills.sh/port" => to("http://skills.sh:22/a"),
        "skills.sh/nowhere" => answer("302 Found", "", b""),
        "skills.sh/again" => to("http://skills.sh/again"),
        _ => ok(b"text"),
    })
    .await;
    let private = "10.0.0.1:80".parse().unwrap();
    let (fetcher, names) = fetcher(&[
        ("skills.sh", &[server.address]),
        ("clawhub.ai", &[server.address]),
        ("ghcr.io", &[private]),
    ]);
    let good = fetch(&fetcher, "http://skills.sh/good").await.unwrap();
    let name = "file".to_owned();
    assert_eq!(good.kind, FetchedKind::File { name });
    fetch(&fetcher, "http://skills.sh/relative").await.unwrap();
    for (path, expected) in [
        ("elsewhere", "UnknownHost"),
        ("inside", "UnknownHost"),
        ("secure", "NotHttps"),
        ("private", "PrivateAddress"),
        ("port", "NotASkill"),
        ("nowhere", "Failed"),
    ] {
        let asked = server.count();
        let url = format!("http://skills.sh/{path}");
        assert_eq!(refusal(&fetcher, &url).await, expected, "{path}");
        assert_eq!(server.count(), asked + 1, "{path}");
    }
    let (asked, looked) = (server.count(), names.asked.lock().unwrap().len());
    assert_eq!(refusal(&fetcher, "http://skills.sh/again").await, "Failed");
    assert_eq!(server.count(), asked + 1 + MAX_REDIRECTS);
    let looked_again = names.asked.lock().unwrap().len() - looked;
    assert_eq!(looked_again, 1 + MAX_REDIRECTS);
}

#[tokio::test]
async fn no_more_bytes_are_taken_than_are_allowed() {
    let server = Elsewhere::with(|mut stream, asked| async move {
        if asked.ends_with("/announced") {
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 1048577\r\n\r\n";
            stream.write_all(head.as_bytes()).await.unwrap();
            // Nothing follows: it must not be waited for.
            std::future::pending::<()>().await;
        }
        let head = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
        stream.write_all(head).await.unwrap();
        if asked.ends_with("/most") {
            stream.write_all(&vec![b'a'; 1 << 20]).await.unwrap();
            return;
        }
        while stream.write_all(&[b'a'; 4096]).await.is_ok() {}
    })
    .await;
    let (fetcher, _) = fetcher(&[("skills.sh", &[server.address])]);
    let most = fetch(&fetcher, "http://skills.sh/most").await.unwrap();
    assert_eq!(most.bytes.len() as u64, LIMIT);
    for path in ["announced", "endless"] {
        let url = format!("http://skills.sh/{path}");
        match fetch(&fetcher, &url).await.unwrap_err() {
            FetchError::TooLarge { size, limit } => assert!(size > limit && limit == LIMIT),
            other => panic!("{path}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_left_alone_after_a_while() {
    let server = Elsewhere::with(|stream, _| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let (mut fetcher, _) = fetcher(&[("skills.sh", &[server.address])]);
    fetcher.rules.time = Duration::from_millis(50);
    assert_eq!(refusal(&fetcher, "http://skills.sh/a").await, "TimedOut");
}
