//! What `/metrics` says, read as strictly as the format is defined:
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>. By hand, for the usual parser in Rust takes a brace in
//! a label's value for the end of the labels, and passes over what it can't read.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::TestApp;

type Labels = BTreeMap<String, String>;

/// One reading.
#[derive(Debug, Default)]
pub(crate) struct Scrape {
    pub(crate) types: BTreeMap<String, String>,
    samples: BTreeMap<(String, Labels), f64>,
}

impl Scrape {
    /// Reads it as its own machine does.
    pub(crate) async fn of(app: &TestApp) -> Self {
        let reply = app.get("/metrics").from("127.0.0.1:4711").await.expect(200);
        assert_eq!(reply.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
        let scrape = Self::read(reply.text());
        scrape.insist_on_sound_histograms();
        scrape
    }

    fn read(text: &str) -> Self {
        assert!(text.ends_with('\n'), "{text}");
        let mut scrape = Self::default();
        let (mut helped, mut family) = (BTreeSet::new(), "");
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, help) = help.split_once(' ').expect("a text");
                assert!(helped.insert(name) && !help.is_empty(), "{line}");
            } else if let Some(typed) = line.strip_prefix("# TYPE ") {
                let (name, kind) = typed.split_once(' ').expect("a type");
                assert!(["counter", "gauge", "histogram"].contains(&kind) && helped.contains(name), "{line}");
                assert!(scrape.types.insert(name.to_owned(), kind.to_owned()).is_none(), "{line}");
                family = name;
            } else {
                let (name, labels, value) = sample(line);
                let suffixes: &[&str] = match scrape.types[family].as_str() {
                    "histogram" => &["_bucket", "_sum", "_count"],
                    _ => &[""],
                };
                let suffix = name.strip_prefix(family).expect("the samples of a family stand together");
                assert!(suffixes.contains(&suffix), "{line}");
                assert!(scrape.samples.insert((name.to_owned(), labels), value).is_none(), "twice: {line}");
            }
        }
        scrape
    }

    /// Each bucket holds the one before, and the last one all.
    fn insist_on_sound_histograms(&self) {
        let mut buckets: BTreeMap<(String, Labels), Vec<(f64, f64)>> = BTreeMap::new();
        for ((name, labels), count) in &self.samples {
            if let Some(family) = name.strip_suffix("_bucket") {
                let mut labels = labels.clone();
                let bound = labels.remove("le").expect("a bound").parse().expect("a number");
                buckets.entry((family.to_owned(), labels)).or_default().push((bound, *count));
            }
        }
        for ((family, labels), mut buckets) in buckets {
            buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert!(buckets.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1), "{family} {labels:?}: {buckets:?}");
            let all = self.samples[&(format!("{family}_count"), labels.clone())];
            assert_eq!(buckets.last(), Some(&(f64::INFINITY, all)), "{family} {labels:?}");
            assert!(self.samples[&(format!("{family}_sum"), labels)] >= 0.0, "{family}");
        }
    }

    /// The value of one figure, told apart by exactly these; 0 if there is none.
    pub(crate) fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.samples.get(&(name.to_owned(), labels)).copied().unwrap_or_default()
    }

    /// How many requests were counted, by method, route and status.
    pub(crate) fn requests(&self) -> BTreeMap<(&str, &str, &str), f64> {
        let requests = self.samples.iter().filter(|((name, _), _)| name == "khata_http_requests_total");
        requests
            .map(|((_, labels), count)| {
                assert_eq!(labels.len(), 3, "{labels:?}");
                let [method, route, status] = ["method", "route", "status"].map(|name| labels[name].as_str());
                ((method, route, status), *count)
            })
            .collect()
    }

    /// Every value of every label.
    pub(crate) fn label_values(&self) -> BTreeSet<&str> {
        self.samples.keys().flat_map(|(_, labels)| labels.values().map(String::as_str)).collect()
    }
}

/// `name{label="value",…} number`
fn sample(line: &str) -> (&str, Labels, f64) {
    let end = line.find(['{', ' ']).expect("a value");
    let (name, rest) = line.split_at(end);
    assert!(is_name(name), "{line}");
    let (labels, value) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest),
        None => (Labels::new(), rest),
    };
    let value = value.strip_prefix(' ').expect("a space before the value");
    (name, labels, value.parse().unwrap_or_else(|_| panic!("{line}")))
}

/// The labels, and what follows their brace.
fn labels(mut rest: &str) -> (Labels, &str) {
    let mut labels = Labels::new();
    loop {
        let (name, value) = rest.split_once("=\"").expect("a label");
        let end = value.find(['"', '\\', '\n']).expect("a quotation mark");
        assert!(is_name(name) && value[end..].starts_with('"'), "{name}: nothing in there needs an escape");
        assert!(labels.insert(name.to_owned(), value[..end].to_owned()).is_none(), "{name} twice");
        rest = &value[end + 1..];
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return (labels, rest.strip_prefix('}').expect("a brace")),
        }
    }
}

fn is_name(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.chars().all(is_part) && text.starts_with(|c: char| !c.is_ascii_digit())
}
