//! Debian's packages for those who may not, or don't want to, install them: unpacked into a folder.

use std::fs;
use std::path::Path;

use crate::step::{Failed, Step};
use crate::{find, servers};

const UNPACK: &str = r#"for package in "$1"/*.deb; do dpkg -x "$package" "$2"; done"#;

/// Whether this is a system that has such packages.
pub(crate) fn is_here() -> bool {
    find::has("apt-get") && find::has("dpkg")
}

/// Unpacks these packages, with what they need that is not installed, into `tree`. Nothing of the system is changed.
pub(crate) fn unpack(packages: &[&str], tree: &Path) -> Result<(), Failed> {
    let (lists, cache) = (servers::folder()?.join("apt"), tree.join("apt"));
    let apt_get = |what: &str| {
        let step = Step::program(what, "apt-get").args(["--quiet", "--option", "Debug::NoLocking=true"]);
        let step = step.args(["--option", &format!("Dir::State::lists={}", lists.display())]);
        let step = step.args(["--option", &format!("Dir::Cache={}", cache.display())]);
        // Root would download as another user, who may not write here.
        step.args(["--option", "APT::Sandbox::User="])
    };
    let archives = cache.join("archives");
    for folder in [lists.join("partial"), archives.join("partial")] {
        fs::create_dir_all(&folder).map_err(|error| Failed::at(&folder, &error))?;
    }
    // The system's own lists may be empty, or so old that what they name is gone.
    apt_get("the packages there are").args(["update"]).run()?;
    let install = ["install", "--download-only", "--yes", "--no-upgrade", "--no-install-recommends"];
    apt_get(&packages.join(", ")).args(install).args(packages).run()?;
    let unpack = Step::program("unpacking", "sh").args(["-ec", UNPACK, "sh"]);
    unpack.args([archives.as_path(), tree]).run()?;
    fs::remove_dir_all(&cache).map_err(|error| Failed::at(&cache, &error))
}
