//! Programs that are run through a script, because they need more than to be called.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::Failed;
use crate::{find, servers};

/// Somebody to run a program as.
#[derive(Debug)]
pub(crate) struct User {
    name: String,
    group: String,
}

/// The path that a variable names, if it does.
pub(crate) fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// A script that runs `program`: with the libraries of `tree`, where packages were unpacked, and as `user`.
pub(crate) fn wrapped(program: &Path, tree: Option<&Path>, user: Option<&User>) -> Result<PathBuf, Failed> {
    let bin = servers::folder()?.join("bin");
    fs::create_dir_all(&bin).map_err(|error| Failed::at(&bin, &error))?;
    let script = bin.join(program.file_name().unwrap_or_default());
    // An environment that was made for tests may name the script itself.
    if program.canonicalize().ok() == Some(script.canonicalize().unwrap_or_default()) {
        return Ok(script);
    }

    let libraries = tree.map(|tree| find::matching(&tree.join("usr/lib/*-linux-gnu"))).unwrap_or_default();
    let text = script_of(program, &libraries, user);
    // What is right already may be running.
    if !fs::read_to_string(&script).is_ok_and(|there| there == text) {
        fs::write(&script, text).map_err(|error| Failed::at(&script, &error))?;
        make_executable(&script)?;
    }
    Ok(script)
}

/// The first of these users that there is, if we are root.
pub(crate) fn somebody_but_root(names: &[&str]) -> Option<User> {
    if id(&["-u"])? != "0" {
        return None;
    }
    let user = |name: &&str| Some(User { group: id(&["-g", name])?, name: (*name).to_owned() });
    names.iter().find_map(user)
}

fn id(arguments: &[&str]) -> Option<String> {
    let output = Command::new("id").args(arguments).output().ok()?;
    let id = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| id.trim().to_owned())
}

/// Whether the program can be run with these arguments, and then succeeds.
pub(crate) fn runs(program: impl AsRef<OsStr>, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

pub(crate) fn make_executable(file: &Path) -> Result<(), Failed> {
    let changed = Command::new("chmod").arg("a+x").arg(file).status();
    match changed {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failed::new(format!("chmod a+x {}", file.display()), status)),
        Err(error) => Err(Failed::new("chmod", error)),
    }
}

fn script_of(program: &Path, libraries: &[PathBuf], user: Option<&User>) -> String {
    let mut words = vec!["exec".to_owned()];
    if let Some(User { name, group }) = user {
        words.push(format!("setpriv --reuid={name} --regid={group} --clear-groups"));
        // May all the same go into root's folders, where the program and its data are. Without the secure bit, the
        // system's answer to what a process may do would not count that.
        words.push("--securebits=+no_setuid_fixup".to_owned());
        words.push("--inh-caps=+dac_override --ambient-caps=+dac_override".to_owned());
    }
    if !libraries.is_empty() {
        let folders: Vec<_> = libraries.iter().map(|folder| folder.display().to_string()).collect();
        words.push(format!("env {}", quoted(&format!("LD_LIBRARY_PATH={}", folders.join(":")))));
    }
    words.push(quoted(&program.display().to_string()));
    format!("#!/bin/sh\n{} \"$@\"\n", words.join(" "))
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_calls_the_program_with_what_it_needs() {
        let program = Path::new("/opt/it's here/postgres");
        let plain = script_of(program, &[], None);
        assert_eq!(plain, "#!/bin/sh\nexec '/opt/it'\\''s here/postgres' \"$@\"\n");

        let libraries = [PathBuf::from("/a"), PathBuf::from("/b")];
        let user = User { name: "nobody".to_owned(), group: "65534".to_owned() };
        let full = script_of(program, &libraries, Some(&user));
        assert!(full.starts_with("#!/bin/sh\nexec setpriv --reuid=nobody --regid=65534 "), "{full}");
        assert!(full.contains(" env 'LD_LIBRARY_PATH=/a:/b' '/opt/"), "{full}");
    }
}
