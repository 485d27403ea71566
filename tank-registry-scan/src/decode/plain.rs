//! From decoded bytes to a text that rules can read.

use std::borrow::Cow;
use std::io::Read as _;
use std::sync::LazyLock;

use flate2::read::{GzDecoder, ZlibDecoder};
use regex::Regex;

use super::SPAN;
use crate::archive::Magic;
use crate::language::Language;
use crate::pattern::{compiled, pattern};

/// The layer of what is no text but a program.
pub(super) const PROGRAM: &str = "program";

/// What bytes are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plain {
    Text(String),
    /// Something that a machine runs.
    Program(&'static str),
}

/// What bytes are, and what had to be undone in addition; `None` for what nobody reads.
pub(super) fn read(bytes: &[u8]) -> Option<(Plain, Vec<&'static str>)> {
    let mut layers = Vec::new();
    let mut bytes = Cow::Borrowed(bytes);
    // A stream within a stream, and no more.
    for _ in 0..2 {
        let (layer, inflated) = match &*bytes {
            [0x1F, 0x8B, 8, ..] => ("gzip", inflate(GzDecoder::new(&*bytes))),
            [0x78, 0x01 | 0x5E | 0x9C | 0xDA, ..] => ("zlib", inflate(ZlibDecoder::new(&*bytes))),
            _ => break,
        };
        if inflated.is_empty() {
            break;
        }
        layers.push(layer);
        bytes = Cow::Owned(inflated);
    }
    if let Some(magic) = Magic::of(&bytes).filter(|magic| magic.is_program()) {
        layers.push(PROGRAM);
        return Some((Plain::Program(magic.name()), layers));
    }
    if let Some(text) = utf16(&bytes) {
        layers.push("utf-16");
        return Some((Plain::Text(text), layers));
    }
    Some((Plain::Text(printable(&bytes)?), layers))
}

/// As much of a stream as is kept; what comes before an error counts.
fn inflate(stream: impl std::io::Read) -> Vec<u8> {
    let mut inflated = Vec::new();
    let limit = u64::try_from(SPAN).unwrap_or(u64::MAX);
    // A broken or cut stream is read as far as it goes.
    let _ = stream.take(limit).read_to_end(&mut inflated);
    inflated
}

/// UTF-16 as PowerShell takes it: little-endian, and nearly all of it ASCII.
fn utf16(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix(&[0xFF, 0xFE]).unwrap_or(bytes);
    if bytes.len() < 8 {
        return None;
    }
    let pairs = bytes.chunks_exact(2);
    let ascii = pairs
        .clone()
        .filter(|pair| pair[1] == 0 && pair[0] != 0)
        .count();
    if ascii * 10 < pairs.len() * 9 {
        return None;
    }
    let units: Vec<u16> = pairs
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    printable(String::from_utf16_lossy(&units).as_bytes())
}

/// Text that people can read, most of it ASCII; `None` for anything else.
pub(super) fn printable(bytes: &[u8]) -> Option<String> {
    const SHORTEST: usize = 6;
    let bytes = bytes.trim_ascii_end();
    let end = bytes.iter().rposition(|byte| *byte != 0).map(|at| at + 1)?;
    let text = match std::str::from_utf8(&bytes[..end]) {
        Ok(text) => text,
        // Cut in the middle of a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let ascii = text.bytes().filter(u8::is_ascii).count();
    let fit = text.len() >= SHORTEST
        && ascii * 4 >= text.len() * 3
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    fit.then(|| text.to_owned())
}

static FORMS: LazyLock<[(Language, Regex); 4]> = LazyLock::new(|| {
    [
        (
            Language::PowerShell,
            r"(?i)\b(?:iex|iwr|irm|invoke-\w+|new-object|start-process|set-executionpolicy|write-host|get-\w+item|out-file)\b|\$env:",
        ),
        (
            Language::Python,
            r"(?m)^\s*(?:import \w+(?:$|[;,. ])|from [\w.]+ import |def \w+\(|(?:exec|print|eval)\(|with open\()|__import__\(|\bos\.(?:system|popen|environ)|\bsubprocess\.\w",
        ),
        (
            Language::JavaScript,
            r"\brequire\(|\bprocess\.env\b|=>|\b(?:const|let|var) \w+ =|\bfetch\(|\bnew Function\(|\bglobalThis\b|\bdocument\.\w|\beval\(",
        ),
        (
            Language::Shell,
            r"(?m)(?:^|[;&|(`]|\bsudo|\bthen|\bdo)\s*(?:/\w+)*/?(?:curl|wget|bash|sh|zsh|ncat|nc|python3?|perl|ruby|node|rm|chmod|eval|exec|echo|cat|export|cp|mv|mkdir|nohup|tar|openssl|osascript|dd|crontab|git|npm|npx|pip3?|ssh|scp|sudo|source|xattr|open)\s+\S|^/(?:usr/)?s?bin/|\$\(\w|/dev/tcp/",
        ),
    ]
    .map(|(language, pattern)| (language, compiled(&[pattern])))
});

/// The language of decoded text.
pub(super) fn language(content: &str) -> Language {
    let content = content.trim_start();
    if content.starts_with("#!") {
        return Language::guess(content);
    }
    if matches!(content.as_bytes(), [b'{', .., b'}'] | [b'[', .., b']'])
        && serde_json::from_str::<serde::de::IgnoredAny>(content).is_ok()
    {
        return Language::Json;
    }
    if content.starts_with('<') && content.contains('>') && !content.contains("<?php") {
        return Language::Html;
    }
    FORMS
        .iter()
        .find(|(_, form)| form.is_match(content))
        .map_or(Language::Prose, |(language, _)| *language)
}

// Words that people hide: commands, addresses, places of secrets.
pattern!(pub(super) HIDDEN, r"(?i)https?://|\b(?:curl|wget|bash|powershell|invoke-expression|iex|eval|exec|system|popen|subprocess|child_process|execsync|spawn|__import__|import os|import socket|os\.environ|process\.env|requests|urllib|urlopen|socket|base64|marshal|pickle|nc -|rm -|chmod|mkfifo|crontab|authorized_keys|id_rsa|netcat|ignore (?:all|previous|the)|instructions|system prompt|exfiltrat\w*|passwords?|credentials?|api[_ ]keys?|private key)\b|/dev/tcp|/bin/|/etc/(?:passwd|shadow)|\.ssh\b|\.aws\b|\.env\b");
