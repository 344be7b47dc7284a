//! What a service says when it says no: problem details (RFC 9457), read with suspicion.

use serde::Deserialize;

use crate::request::Response;

/// What every problem of ours has before its code.
const TYPE_PREFIX: &str = "urn:dyad:problem:";

/// Longest code, in bytes; ours have about a dozen.
const MAX_CODE: usize = 64;

/// Longest detail kept, in characters: a sentence or two.
const MAX_DETAIL: usize = 400;

/// Why a service refused a request.
///
/// It comes from somebody else's machine. The code is a word of `a-z`, `0-9` and `-`; the detail has no
/// control characters, so that it can be shown in a terminal, but it is not to be believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteProblem {
    /// The word for programs, such as `token-used`.
    pub code: String,
    /// The sentence for a person.
    pub detail: String,
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    detail: String,
}

impl Response {
    /// The problem in this answer, if it holds one of ours.
    #[must_use]
    pub fn problem(&self) -> Option<RemoteProblem> {
        if self.is_success() || !self.is_type("application/problem+json") {
            return None;
        }
        let document: Document = serde_json::from_slice(&self.body).ok()?;
        let code = document.kind.strip_prefix(TYPE_PREFIX)?;
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if code.is_empty() || code.len() > MAX_CODE || !code.bytes().all(plain) {
            return None;
        }
        let detail = document
            .detail
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_DETAIL)
            .collect();
        Some(RemoteProblem {
            code: code.to_owned(),
            detail,
        })
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn problem(status: u16, kind: &str, body: &str) -> Option<RemoteProblem> {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", kind.parse().unwrap());
        Response::new(status, &headers, body.to_owned().into()).problem()
    }

    const KIND: &str = "application/problem+json";

    #[test]
    fn a_problem_of_ours_is_read() {
        let body =
            r#"{"type":"urn:dyad:problem:token-used","title":"x","status":409,"detail":"Used."}"#;
        let expected = RemoteProblem {
            code: "token-used".into(),
            detail: "Used.".into(),
        };
        assert_eq!(problem(409, KIND, body), Some(expected));
    }

    #[test]
    fn what_is_none_is_not_taken_for_one() {
        let good = r#"{"type":"urn:dyad:problem:full","detail":"d"}"#;
        assert!(problem(503, KIND, good).is_some());
        assert!(problem(200, KIND, good).is_none());
        assert!(problem(503, "application/json", good).is_none());
        for kind in [
            "about:blank",
            "urn:dyad:problem:",
            "urn:dyad:problem:A",
            "urn:dyad:problem:a b",
        ] {
            assert!(
                problem(503, KIND, &format!(r#"{{"type":"{kind}"}}"#)).is_none(),
                "{kind}"
            );
        }
        assert!(problem(503, KIND, "<html>").is_none());
    }

    #[test]
    fn a_detail_cannot_play_with_the_terminal_or_fill_it() {
        let body = format!(
            r#"{{"type":"urn:dyad:problem:x","detail":"a\u001b[2J\n{}"}}"#,
            "b".repeat(9999)
        );
        let found = problem(500, KIND, &body).unwrap();
        assert!(found.detail.starts_with("a[2Jbbb"));
        assert_eq!(found.detail.chars().count(), MAX_DETAIL);
    }
}
