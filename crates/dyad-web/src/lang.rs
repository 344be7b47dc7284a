//! The page's words, in the languages there are.

use std::convert::Infallible;
use std::sync::LazyLock;

use axum::extract::FromRequestParts;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use http::header;
use http::request::Parts;
use unic_langid::LanguageIdentifier;

use crate::state::Page;

/// Each language: its tag, its own name, its texts. The first is the one that is complete by definition.
const LANGUAGES: [(&str, &str, &str); 2] = [
    ("en", "English", include_str!("../locales/en.ftl")),
    ("de", "Deutsch", include_str!("../locales/de.ftl")),
];

static TEXTS: LazyLock<Vec<Texts>> = LazyLock::new(|| {
    LANGUAGES
        .iter()
        .map(|(tag, name, source)| Texts::parse(tag, name, source))
        .collect()
});

/// The texts of one language.
pub(crate) struct Texts {
    /// BCP 47 tag, for `lang`.
    pub(crate) tag: &'static str,
    /// What it calls itself.
    pub(crate) name: &'static str,
    bundle: FluentBundle<FluentResource>,
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Texts")
            .field("tag", &self.tag)
            .finish_non_exhaustive()
    }
}

impl Texts {
    fn parse(tag: &'static str, name: &'static str, source: &str) -> Self {
        let language: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // A test holds the files to be without errors; a line with one would be left out.
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(good, _)| good);
        bundle.add_resource_overriding(resource);
        Self { tag, name, bundle }
    }

    /// The languages there are.
    pub(crate) fn all() -> &'static [Self] {
        &TEXTS
    }

    /// Whether there is such a text.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.bundle.has_message(key)
    }

    /// A text without anything to put in.
    pub(crate) fn s(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// A text with a word to put in.
    pub(crate) fn v(&self, key: &str, name: &'static str, value: &str) -> String {
        let mut args = FluentArgs::new();
        args.set(name, value);
        self.format(key, Some(&args))
    }

    /// A text that depends on a number, `count`.
    pub(crate) fn n(&self, key: &str, count: impl Into<FluentValue<'static>>) -> String {
        let mut args = FluentArgs::new();
        args.set("count", count.into());
        self.format(key, Some(&args))
    }

    /// A text with several things to put in.
    pub(crate) fn many(&self, key: &str, values: &[(&'static str, &str)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in values {
            args.set(*name, *value);
        }
        self.format(key, Some(&args))
    }

    fn format(&self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let pattern = self
            .bundle
            .get_message(key)
            .and_then(|message| message.value());
        let Some(pattern) = pattern else {
            let fallback = &TEXTS[0];
            return if std::ptr::eq(fallback, self) {
                key.to_owned()
            } else {
                fallback.format(key, args)
            };
        };
        let mut errors = Vec::new();
        self.bundle
            .format_pattern(pattern, args, &mut errors)
            .into_owned()
    }
}

/// The language of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lang {
    pub(crate) texts: &'static Texts,
}

impl Default for Lang {
    fn default() -> Self {
        Self { texts: &TEXTS[0] }
    }
}

impl FromRequestParts<Page> for Lang {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, page: &Page) -> Result<Self, Infallible> {
        if let Some(chosen) = page.language().and_then(|tag| by_tag(&tag)) {
            return Ok(Self { texts: chosen });
        }
        let wanted = parts
            .headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        Ok(preferred(wanted).map_or_else(Self::default, |texts| Self { texts }))
    }
}

fn by_tag(tag: &str) -> Option<&'static Texts> {
    let primary = tag.split('-').next().unwrap_or_default();
    TEXTS
        .iter()
        .find(|texts| texts.tag.eq_ignore_ascii_case(primary))
}

/// The first language of the header (RFC 9110 section 12.5.4) that we have; of equal weights the earlier.
fn preferred(header: &str) -> Option<&'static Texts> {
    let mut wanted: Vec<(u16, &str)> = header
        .split(',')
        .take(32)
        .map(|part| {
            let (tag, weight) = part.split_once(";q=").unwrap_or((part, "1"));
            let weight: f32 = weight.trim().parse().unwrap_or(0.0);
            // At most three digits after the point.
            ((weight.clamp(0.0, 1.0) * 1_000.0) as u16, tag.trim())
        })
        .filter(|(weight, _)| *weight > 0)
        .collect();
    wanted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    wanted.into_iter().find_map(|(_, tag)| by_tag(tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn keys(source: &str) -> BTreeSet<String> {
        source
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
            .filter_map(|line| line.split_once(" ="))
            .map(|(key, _)| key.to_owned())
            .collect()
    }

    fn variables(source: &str, key: &str) -> BTreeSet<String> {
        let start = source.find(&format!("\n{key} =")).unwrap() + 1;
        let rest = &source[start..];
        let end = rest
            .match_indices('\n')
            .find(|(place, _)| !rest[place + 1..].starts_with([' ', '}']))
            .map_or(rest.len(), |(place, _)| place);
        rest[..end]
            .split('$')
            .skip(1)
            .map(|part| {
                part.chars()
                    .take_while(|c| c.is_ascii_alphanumeric())
                    .collect()
            })
            .collect()
    }

    #[test]
    fn every_language_says_everything_with_the_same_values() {
        for (tag, _, source) in LANGUAGES {
            assert!(FluentResource::try_new(source.to_owned()).is_ok(), "{tag}");
            // What the app says itself is English already: other languages have more texts for that.
            let said_by_the_app =
                |key: &String| key.starts_with("error-") || key.starts_with("notice-");
            let (here, first) = (keys(source), keys(LANGUAGES[0].2));
            let more: Vec<_> = here
                .difference(&first)
                .filter(|k| !said_by_the_app(k))
                .collect();
            let less: Vec<_> = first.difference(&here).collect();
            assert!(
                more.is_empty() && less.is_empty(),
                "{tag}: {more:?} {less:?}"
            );
            for key in first {
                let (here, first) = (format!("\n{source}"), format!("\n{}", LANGUAGES[0].2));
                assert_eq!(
                    variables(&here, &key),
                    variables(&first, &key),
                    "{tag} {key}"
                );
            }
        }
    }

    #[test]
    fn no_text_has_two_wordings() {
        for texts in [
            include_str!("../locales/en.ftl"),
            include_str!("../locales/de.ftl"),
        ] {
            let keys = texts
                .lines()
                .filter(|line| !line.starts_with([' ', '#', '}']));
            let mut keys: Vec<&str> = keys
                .filter_map(|line| line.split_once(" ="))
                .map(|(key, _)| key)
                .collect();
            let all = keys.len();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), all);
        }
    }

    /// Every word for a failure that the crates below know: a person may meet each.
    #[test]
    fn every_failure_has_its_words_in_every_language() {
        let mut codes = BTreeSet::new();
        let mut folders = vec![
            concat!(env!("CARGO_MANIFEST_DIR"), "/../dyad-client/src").into(),
            std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../dyad-app/src")),
            concat!(env!("CARGO_MANIFEST_DIR"), "/src").into(),
        ];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let text = std::fs::read_to_string(path).unwrap();
                    let text = text.split("#[cfg(test)]").next().unwrap();
                    codes.extend(codes_in(text));
                }
            }
        }
        assert!(codes.len() > 50, "{codes:?}");
        let known = keys(LANGUAGES[1].2);
        let missing: Vec<_> = codes
            .iter()
            .filter(|code| !known.contains(&format!("error-{code}")))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    /// The first words given to what makes an error.
    fn codes_in(source: &str) -> Vec<String> {
        let mut codes = Vec::new();
        for maker in ["usage(", "unavailable(", "later(", "config(", "other("] {
            for maker in [format!("Error::{maker}"), format!("Self::{maker}")] {
                for part in source.split(&maker).skip(1) {
                    let part = part.trim_start();
                    if let Some(code) = part.strip_prefix('"').and_then(|p| p.split('"').next()) {
                        codes.push(code.to_owned());
                    }
                }
            }
        }
        // Here the kind is said first.
        for part in source.split("Error::new(").skip(1) {
            let kind = part.split(',').next().unwrap_or_default();
            let code = part[kind.len()..].trim_start_matches(',').trim_start();
            if let Some(code) = code.strip_prefix('"').and_then(|p| p.split('"').next()) {
                codes.push(code.to_owned());
            }
        }
        codes
    }

    #[test]
    fn every_text_that_a_page_asks_for_exists_and_none_is_left_over() {
        let mut used = BTreeSet::new();
        let mut sources = String::new();
        let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders: Vec<_> = ["templates", "src", "assets"].map(|f| here.join(f)).into();
        while let Some(folder) = folders.pop() {
            for file in std::fs::read_dir(folder).unwrap() {
                let path = file.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    sources += &std::fs::read_to_string(path).unwrap_or_default();
                }
            }
        }
        for call in ["t.s(\"", "t.v(\"", "t.n(\"", "t.many(\""] {
            for part in sources.split(call).skip(1) {
                used.insert(part.split('"').next().unwrap().to_owned());
            }
        }
        let known = keys(LANGUAGES[0].2);
        let missing: Vec<_> = used
            .difference(&known)
            .filter(|key| !key.is_empty())
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
        let unused: Vec<_> = known
            .difference(&used)
            .filter(|key| !sources.contains(&format!("\"{key}\"")))
            .filter(|key| {
                ![
                    "error-",
                    "state-",
                    "notice-",
                    "provenance-",
                    "game-white-",
                    "game-black-",
                ]
                .iter()
                .any(|p| key.starts_with(p))
            })
            .collect();
        assert!(unused.is_empty(), "{unused:?}");
    }

    #[test]
    fn the_browsers_first_language_that_we_have_is_taken() {
        let tag = |header| preferred(header).map(|texts| texts.tag);
        assert_eq!(tag("de-AT,de;q=0.9,en;q=0.8"), Some("de"));
        assert_eq!(tag("fr, en-GB;q=0.5, de;q=0.7"), Some("de"));
        assert_eq!(tag("fr"), None);
        assert_eq!(tag("de;q=0"), None);
        assert_eq!(tag(""), None);
    }
}
