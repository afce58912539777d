//! The programs that read what Khata exports: hledger and Beancount.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::Failed;
use crate::{apt, find, program, servers, wheel};

/// The variable that names hledger, to the tests and to us.
const HLEDGER: &str = "KHATA_TEST_HLEDGER";

/// The variable that names the folder that Python finds Beancount in.
const BEANCOUNT: &str = "KHATA_TEST_BEANCOUNT";

/// Beancount and what it needs, for Python 3.10 to 3.13 on Linux.
const BEANCOUNT_WHEELS: &str = include_str!("beancount.txt");

/// What is not in everybody's `PATH`.
const USUAL: [&str; 3] = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/// Finds them, or gets them, and says where they are.
pub(crate) fn for_tests() -> Result<[(&'static str, PathBuf); 2], Failed> {
    Ok([(HLEDGER, hledger()?), (BEANCOUNT, beancount()?)])
}

fn hledger() -> Result<PathBuf, Failed> {
    let installed = || Some(find::folder_with(&["hledger"], &USUAL)?.join("hledger"));
    if let Some(hledger) = program::named(HLEDGER).or_else(installed) {
        return Ok(hledger);
    }
    let tree = servers::folder()?.join("hledger");
    let fetched = tree.join("usr/bin/hledger");
    if !fetched.is_file() {
        let missing = |why: String| {
            let hint = format!("Install it (https://hledger.org/install), or name the program in {HLEDGER}.");
            Failed::new("finding hledger", why).hint(hint)
        };
        if !apt::is_here() {
            return Err(missing("it is not installed".to_owned()));
        }
        servers::make_whole(&tree, |tree| apt::unpack(&["hledger"], tree))
            .map_err(|failed| missing(failed.to_string()))?;
    }
    program::wrapped(&fetched, Some(&tree), None)
}

fn beancount() -> Result<PathBuf, Failed> {
    if let Some(folder) = program::named(BEANCOUNT).or_else(installed_beancount) {
        return Ok(folder);
    }
    let folder = servers::folder()?.join("beancount");
    if !has_beancount(&folder) {
        let missing = |why: String| {
            let hint = format!(
                "It takes Python 3.10 to 3.13. Install it (python3 -m pip install beancount), or name the folder that \
                 it is in in {BEANCOUNT}."
            );
            Failed::new("finding Beancount", why).hint(hint)
        };
        servers::make_whole(&folder, |folder| wheel::unpack(BEANCOUNT_WHEELS, folder))
            .map_err(|failed| missing(failed.to_string()))?;
        if !has_beancount(&folder) {
            return Err(missing("Python can't load what was downloaded".to_owned()));
        }
    }
    Ok(folder)
}

fn installed_beancount() -> Option<PathBuf> {
    const WHERE: &str =
        "import beancount.loader, pathlib; print(pathlib.Path(beancount.__file__).parent.parent)";
    let output = Command::new("python3").args(["-c", WHERE]).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(path.trim()))
}

/// Whether the Python there is can load it from there; what was fetched for another one it can't.
fn has_beancount(folder: &Path) -> bool {
    let mut python = Command::new("python3");
    let output = python.args(["-c", "import beancount.loader"]).env("PYTHONPATH", folder).output();
    output.is_ok_and(|output| output.status.success())
}
