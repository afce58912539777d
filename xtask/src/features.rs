//! Which features there are: each must build without the others.

use std::fmt;
use std::fs;
use std::path::Path;

use crate::step::Failed;

/// A package with one of its features, or none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    package: String,
    feature: Option<String>,
}

impl Selection {
    pub(crate) fn arguments(&self) -> String {
        let features = self.feature.iter().map(|feature| format!(" --features {feature}"));
        format!("--package {} --no-default-features{}", self.package, features.collect::<String>())
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.feature {
            None => write!(f, "{} without features", self.package),
            Some(feature) => write!(f, "{} with {feature}", self.package),
        }
    }
}

/// Each package of the workspace that has features: without any, then with each by itself.
pub(crate) fn each_alone(workspace: &Path) -> Result<Vec<Selection>, Failed> {
    let entries = fs::read_dir(workspace).map_err(|error| Failed::at(workspace, &error))?;
    let mut manifests: Vec<_> = entries.flatten().map(|entry| entry.path().join("Cargo.toml")).collect();
    manifests.retain(|manifest| manifest.is_file());
    manifests.sort();

    let mut selections = Vec::new();
    for path in manifests {
        let manifest = fs::read_to_string(&path).map_err(|error| Failed::at(&path, &error))?;
        selections.extend(selections_of(&manifest));
    }
    Ok(selections)
}

fn selections_of(manifest: &str) -> Vec<Selection> {
    let Some(package) = keys(manifest, "[package]").find(|(key, _)| *key == "name") else {
        return Vec::new();
    };
    let package = package.1.trim_matches('"');
    let features: Vec<_> = keys(manifest, "[features]").map(|(feature, _)| feature).collect();
    if features.is_empty() {
        return Vec::new();
    }
    let alone =
        features.into_iter().filter(|feature| *feature != "default").map(|feature| Some(feature.to_owned()));
    [None]
        .into_iter()
        .chain(alone)
        .map(|feature| Selection { package: package.to_owned(), feature })
        .collect()
}

/// The keys of a table and what follows each on its line: as much of TOML as our manifests use.
fn keys<'a>(manifest: &'a str, table: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let lines = manifest.lines().skip_while(move |line| *line != table).skip(1);
    lines.take_while(|line| !line.starts_with('[')).filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        let is_key = !key.starts_with(['#', ' ']);
        is_key.then(|| (key.trim(), value.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "\
[package]
name = \"store\"
version = \"1.0.0\"

[features]
default = [\"sqlite\"]
# A comment = not a key.
sqlite = [
    \"dep:sqlite\",
    \"other/feature = odd\",
]
postgres = [\"dep:postgres\"]

[dependencies]
serde = \"1\"
";

    #[test]
    fn a_package_is_tried_without_features_and_with_each_alone() {
        let shown: Vec<_> = selections_of(MANIFEST).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["store without features", "store with sqlite", "store with postgres"]);
        let arguments: Vec<_> = selections_of(MANIFEST).iter().map(Selection::arguments).collect();
        assert_eq!(arguments[0], "--package store --no-default-features");
        assert_eq!(arguments[2], "--package store --no-default-features --features postgres");
    }

    #[test]
    fn a_package_without_features_is_tried_by_the_whole_build_only() {
        assert_eq!(selections_of("[package]\nname = \"plain\"\n\n[dependencies]\n"), []);
        assert_eq!(selections_of("[workspace]\nmembers = []\n"), []);
    }

    #[test]
    fn the_workspaces_own_features_are_found() {
        let found = each_alone(crate::workspace()).unwrap();
        let shown: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert!(shown.contains(&"khata-store-sql with conformance".to_owned()), "{shown:?}");
        assert!(shown.contains(&"khata-http with sqlite".to_owned()), "{shown:?}");
    }
}
