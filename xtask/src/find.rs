//! Finds programs that are installed already.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder that has all of these programs: the first such of `PATH`, else of what `usual` matches the one with the
/// highest version in its name.
pub(crate) fn folder_with(programs: &[&str], usual: &[&str]) -> Option<PathBuf> {
    let has_all = |folder: &PathBuf| programs.iter().all(|program| folder.join(program).is_file());
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).find(has_all);
    on_path.or_else(|| {
        let found = usual.iter().flat_map(|pattern| matching(Path::new(pattern)));
        found.filter(has_all).max_by_key(|folder| numbers(folder))
    })
}

/// Whether this program is in `PATH`.
pub(crate) fn has(program: &str) -> bool {
    folder_with(&[program], &[]).is_some()
}

/// What there is of this name; a `*` in it stands for any part of one folder's name.
pub(crate) fn matching(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for component in pattern.components() {
        let name = component.as_os_str().to_string_lossy();
        found = match name.split_once('*') {
            None => found.into_iter().map(|folder| folder.join(component)).collect(),
            Some((start, end)) => found.iter().flat_map(|folder| entries(folder, start, end)).collect(),
        };
    }
    found.retain(|path| path.exists());
    found
}

fn entries(folder: &Path, start: &str, end: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let fits = |name: &str| name.strip_prefix(start).is_some_and(|rest| rest.ends_with(end));
    entries.filter(|entry| fits(&entry.file_name().to_string_lossy())).map(|entry| entry.path()).collect()
}

/// The numbers in a path, by which version 15 comes after 9.6.
fn numbers(path: &Path) -> Vec<u64> {
    let path = path.to_string_lossy();
    path.split(|letter: char| !letter.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_part_of_a_name() {
        let workspace = crate::workspace();
        let found = matching(&workspace.join("x*k/src/fi*.rs"));
        assert_eq!(found, [workspace.join("xtask/src/find.rs")]);
        assert!(matching(&workspace.join("xtask/src/none*.rs")).is_empty());
        assert!(matching(&workspace.join("xtask/none")).is_empty());
    }

    #[test]
    fn the_higher_version_is_newer() {
        let versions = ["/lib/9.6/bin", "/lib/15/bin", "/lib/15.3/bin"].map(|path| numbers(Path::new(path)));
        assert!(versions.is_sorted(), "{versions:?}");
    }

    #[test]
    fn a_program_is_found_with_those_it_needs_beside_it() {
        let usual = ["/usr/bin", "/bin"];
        let folder = folder_with(&["sh"], &usual).unwrap();
        assert!(folder.join("sh").is_file());
        assert_eq!(folder_with(&["sh", "a-program-that-nobody-has"], &usual), None);
        assert!(has("sh") && !has("a-program-that-nobody-has"));
    }
}
