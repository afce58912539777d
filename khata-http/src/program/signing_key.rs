//! The key that tokens are signed with: from the environment, or from a file beside the database that the first start
//! makes. Whoever has it can log in as anybody, so it is never an option, never printed, and its file is only the
//! user's.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use khata_core::auth::KeyRing;
use khata_core::error::Violation;
use khata_open::Place;
use secrecy::{ExposeSecret as _, SecretString};

const VARIABLE: &str = "KHATA_JWT_SECRET";
const VARIABLE_OLD: &str = "KHATA_JWT_SECRET_OLD";

/// The longest secret that is read from a file, in bytes.
const FILE_BYTES_MAX: u64 = 4096;

/// Why there is no key. None of them repeats the secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// A variable holds something that can't be a secret.
    #[error("{variable} {fault}; make a good one with: openssl rand -hex 32")]
    Variable {
        /// Its name.
        variable: &'static str,
        /// What would be right.
        fault: Violation,
    },
    /// The old secret is there without a new one.
    #[error("{VARIABLE_OLD} is set without {VARIABLE}; set the new secret too")]
    OldAlone,
    /// The book is on a server, beside which no file can lie.
    #[error(
        "{VARIABLE} is not set, and all processes that serve a database on a server must sign with the same secret; \
         make one, once, with: openssl rand -hex 32"
    )]
    Missing,
    /// The file holds something that can't be a secret.
    #[error(
        "the key in {} {fault}; put it right from a backup, or delete the file to have a new one made, which ends all \
         logins",
        .path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What would be right.
        fault: Violation,
    },
    /// Others could have read the file.
    #[error(
        "the key in {} can be used by other users (mode {mode:04o}); if none of them can have read it: chmod 600 {}",
        .path.display(),
        .path.display()
    )]
    Shared {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Another user could change the file.
    #[error(
        "the key in {} belongs to another user (id {owner}), and so can be known to them; delete it to have a new one made, \
         which ends all logins",
        .path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its owner's id.
        owner: u32,
    },
    /// It is no file.
    #[error("the key in {} is not a regular file; move it away to have a new key made", .path.display())]
    NoFile {
        /// What is there.
        path: PathBuf,
    },
    /// The file can't be read or made.
    #[error("the key in {} can't be read or made", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Where the key came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// The environment.
    Environment,
    /// This file.
    File(PathBuf),
    /// It was made for this process, and ends with it.
    Ephemeral,
}

impl Origin {
    /// One word for the log.
    pub(super) fn as_str(&self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::File(_) => "file",
            Self::Ephemeral => "ephemeral",
        }
    }
}

/// The keys for the book that is kept there. `variable` reads the environment.
///
/// # Errors
/// [`Error`].
pub(super) fn load(
    database: &Place,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<(KeyRing, Origin), Error> {
    let secret =
        |name| variable(name).filter(|value| !value.is_empty()).map(|value| from_variable(name, value));
    let current = secret(VARIABLE).transpose()?;
    let old = secret(VARIABLE_OLD).transpose()?;
    match (current, database) {
        (Some(current), _) => Ok((ring(current, old), Origin::Environment)),
        (None, _) if old.is_some() => Err(Error::OldAlone),
        (None, Place::File(file)) => {
            let path = beside(file);
            Ok((ring(from_file(&path)?, None), Origin::File(path)))
        }
        (None, Place::Memory) => Ok((KeyRing::generate(), Origin::Ephemeral)),
        (None, Place::Server(_)) => Err(Error::Missing),
    }
}

fn ring(current: SecretString, old: Option<SecretString>) -> KeyRing {
    let secrets: Vec<_> = [current].into_iter().chain(old).collect();
    KeyRing::from_secrets(&secrets).expect("each secret was checked")
}

/// Beside the database and named after it, so that a copy of the folder is a copy of both.
fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".key");
    name.into()
}

fn from_variable(variable: &'static str, value: OsString) -> Result<SecretString, Error> {
    let text = value.into_string().map_err(|_| not_text());
    text.map(SecretString::from).and_then(checked).map_err(|fault| Error::Variable { variable, fault })
}

/// A comma or a line break is a list of secrets, or a file read with its last newline: not what was meant.
fn checked(secret: SecretString) -> Result<SecretString, Violation> {
    if secret.expose_secret().contains([',', '\n', '\r']) {
        return Err(Violation::new("invalid_secret", "must not contain a comma or a line break"));
    }
    KeyRing::from_secret(&secret).map(|_| secret)
}

fn not_text() -> Violation {
    Violation::new("invalid_secret", "must be text in UTF-8")
}

fn from_file(path: &Path) -> Result<SecretString, Error> {
    let failed = |source| Error::Io { path: path.to_owned(), source };
    // Before it is opened: a pipe would keep the opening waiting.
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path).map_err(failed)?,
        Err(error) => return Err(failed(error)),
        Ok(found) if !found.is_file() => return Err(Error::NoFile { path: path.to_owned() }),
        Ok(_) => {}
    }
    let file = File::open(path).map_err(failed)?;
    check_access(path, &file.metadata().map_err(failed)?)?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(failed)?;
    let text = String::from_utf8(bytes).map_err(|_| not_text());
    text.map(|text| SecretString::from(text.trim_end()))
        .and_then(checked)
        .map_err(|fault| Error::File { path: path.to_owned(), fault })
}

/// Makes the file at one stroke: written under another name, readable for this user only, then named, unless another
/// process was first. So nobody ever reads half a key.
fn make(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".khata-key-").tempfile_in(folder)?;
    file.write_all(new_secret()?.expose_secret().as_bytes())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}

fn new_secret() -> io::Result<SecretString> {
    let mut bytes = [0; KeyRing::MIN_SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(SecretString::from(hex::encode(bytes) + "\n"))
}

#[cfg(unix)]
fn check_access(path: &Path, file: &Metadata) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt as _;

    check_owner_and_mode(path, file.uid(), file.mode() & 0o7777, rustix::process::geteuid().as_raw())
}

#[cfg(unix)]
fn check_owner_and_mode(path: &Path, owner: u32, mode: u32, user: u32) -> Result<(), Error> {
    if owner != user {
        return Err(Error::Foreign { path: path.to_owned(), owner });
    }
    if mode & 0o077 == 0 { Ok(()) } else { Err(Error::Shared { path: path.to_owned(), mode }) }
}

/// Other systems have no such mode; a file there is the user's if its folder is.
#[cfg(not(unix))]
fn check_access(_path: &Path, _file: &Metadata) -> Result<(), Error> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret of at least 32 bytes and more";

    fn load_with(database: Option<&Path>, current: &str, old: &str) -> Result<(KeyRing, Origin), Error> {
        let place = database.map_or(Place::Memory, |file| Place::File(file.to_owned()));
        load_for(&place, current, old)
    }

    fn load_for(place: &Place, current: &str, old: &str) -> Result<(KeyRing, Origin), Error> {
        load(place, |name| {
            let value = if name == VARIABLE { current } else { old };
            Some(OsString::from(value))
        })
    }

    /// What two rings have in common only if their first key is the same.
    fn mark(ring: &KeyRing) -> [u8; 32] {
        ring.derive("test")
    }

    #[test]
    fn the_first_start_makes_a_file_and_the_next_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("khata.db");
        let (first, origin) = load_with(Some(&database), "", "").unwrap();
        let (second, _) = load_with(Some(&database), "", "").unwrap();
        let path = folder.path().join("khata.db.key");
        assert_eq!(mark(&first), mark(&second));
        assert_eq!(origin, Origin::File(path.clone()));
        assert_eq!(fs::read_to_string(&path).unwrap().trim_end().len(), 64);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_is_only_the_users() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("khata.db");
        let path = beside(&database);
        load_with(Some(&database), "", "").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = load_with(Some(&database), "", "").unwrap_err();
            assert!(matches!(error, Error::Shared { mode: found, .. } if found == mode), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_of_another_user_is_refused() {
        let path = Path::new("khata.db.key");
        assert!(check_owner_and_mode(path, 1000, 0o600, 1000).is_ok());
        for user in [0, 1001] {
            let error = check_owner_and_mode(path, 1000, 0o600, user).unwrap_err();
            assert!(matches!(error, Error::Foreign { owner: 1000, .. }), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("khata.db");
        let path = beside(&database);
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for target in [pipe.as_path(), Path::new("/dev/zero"), folder.path()] {
            std::os::unix::fs::symlink(target, &path).unwrap();
            let error = load_with(Some(&database), "", "").unwrap_err();
            assert!(matches!(error, Error::NoFile { .. }), "{error}");
            fs::remove_file(&path).unwrap();
        }
        fs::rename(&pipe, &path).unwrap();
        assert!(matches!(load_with(Some(&database), "", ""), Err(Error::NoFile { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_key_is_refused_and_left_alone() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("khata.db");
        let path = beside(&database);
        let simple = [b'a'; 64];
        for content in
            [&b""[..], b"too short\n", &simple, b"one, that is long enough but a list", &[0xff; 40]]
        {
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let error = load_with(Some(&database), "", "").unwrap_err();
            assert!(matches!(error, Error::File { .. }), "{error}");
            assert_eq!(fs::read(&path).unwrap(), content);
        }
    }

    #[test]
    fn a_file_that_another_process_made_first_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("khata.db.key");
        make(&path).unwrap();
        let first = fs::read(&path).unwrap();
        make(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), first);
    }

    #[test]
    fn the_environment_takes_the_place_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("khata.db");
        let (ring, origin) = load_with(Some(&database), SECRET, "").unwrap();
        assert_eq!(origin, Origin::Environment);
        assert_eq!(mark(&ring), mark(&KeyRing::from_secret(&SECRET.into()).unwrap()));
        assert!(!beside(&database).exists());
    }

    #[test]
    fn the_new_secret_signs_and_the_old_one_needs_it() {
        let old = "the secret before of 32 bytes or more";
        let (ring, _) = load_with(None, SECRET, old).unwrap();
        assert_eq!(mark(&ring), mark(&KeyRing::from_secret(&SECRET.into()).unwrap()));
        assert!(matches!(load_with(None, "", old), Err(Error::OldAlone)));
    }

    #[test]
    fn a_bad_variable_is_refused_and_not_repeated() {
        for bad in [
            "short",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "long enough, but with a comma in the middle",
            "long enough but with a line break\n",
        ] {
            for (current, old) in [(bad, ""), (SECRET, bad)] {
                let error = load_with(None, current, old).unwrap_err();
                assert!(matches!(error, Error::Variable { .. }), "{error}");
                assert!(!error.to_string().contains(bad));
            }
        }
    }

    #[test]
    fn a_book_on_a_server_needs_a_secret() {
        let place = Place::Server("postgres://h/khata".into());
        let error = load_for(&place, "", "").unwrap_err();
        assert!(matches!(error, Error::Missing), "{error}");
        assert_eq!(load_for(&place, SECRET, "").unwrap().1, Origin::Environment);
    }

    #[test]
    fn a_book_that_is_kept_nowhere_has_a_key_of_its_own() {
        let (first, origin) = load_with(None, "", "").unwrap();
        let (second, _) = load_with(None, "", "").unwrap();
        assert_eq!(origin, Origin::Ephemeral);
        assert_ne!(mark(&first), mark(&second));
    }
}
