//! Files that a book is written to.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::Place;

/// What becomes of a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is written.
    Keep,
    /// It is replaced.
    Replace,
}

/// Why a file was not written. What was there before is still there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// It is one of the files that the book itself is kept in.
    #[error("{} belongs to the database that is read; choose another file", .path.display())]
    OfDatabase {
        /// The file.
        path: PathBuf,
    },
    /// There is one already.
    #[error("{} exists already, and was not replaced", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// There is something else: a folder, a device, a pipe.
    #[error("{} is not a regular file; choose another name", .path.display())]
    NotAFile {
        /// What is there.
        path: PathBuf,
    },
    /// The system.
    #[error("{} can't be written", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl From<OutputError> for io::Error {
    /// For functions that write files and tell of failures as such.
    fn from(error: OutputError) -> Self {
        let kind = match &error {
            OutputError::OfDatabase { .. } => io::ErrorKind::PermissionDenied,
            OutputError::Exists { .. } => io::ErrorKind::AlreadyExists,
            OutputError::NotAFile { .. } => io::ErrorKind::InvalidInput,
            OutputError::Io { source, .. } => source.kind(),
        };
        match error {
            OutputError::Io { source, .. } => source,
            other => Self::new(kind, other),
        }
    }
}

/// A file that is being written. It gets its name when it is [finished](Self::finish); dropped before, it leaves nothing. On
/// Unix, only its owner can read it.
#[derive(Debug)]
pub struct OutputFile {
    file: NamedTempFile,
    path: PathBuf,
    existing: Existing,
}

impl Place {
    /// Begins a file with what is read from the database here.
    ///
    /// # Errors
    /// [`OutputError`] if the path is that of a file of the database, of something that is no regular file, or, unless
    /// `existing` is to be replaced, of a file that is there already.
    pub fn output(&self, path: &Path, existing: Existing) -> Result<OutputFile, OutputError> {
        let failed = |source| OutputError::Io { path: path.to_owned(), source };
        if self.files().iter().any(|own| is_same(own, path)) {
            return Err(OutputError::OfDatabase { path: path.to_owned() });
        }
        match fs::metadata(path) {
            Ok(there) if !there.is_file() => return Err(OutputError::NotAFile { path: path.to_owned() }),
            Ok(_) if existing == Existing::Keep => return Err(OutputError::Exists { path: path.to_owned() }),
            _ => {}
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // In the folder that it will be in, since a name can't be given across file systems.
        let file = NamedTempFile::new_in(folder).map_err(failed)?;
        Ok(OutputFile { file, path: path.to_owned(), existing })
    }

    /// The files of the database, whether they are there or not: itself, its log and index, and the signing key beside it.
    fn files(&self) -> Vec<PathBuf> {
        let beside = |path: &Path, end: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(end);
            PathBuf::from(name)
        };
        let ends = ["", "-wal", "-shm", "-journal", ".key"];
        self.file().into_iter().flat_map(|path| ends.map(|end| beside(path, end))).collect()
    }
}

/// Whether two paths lead to one file. It is not opened: to close it again would take away the locks that SQLite has on it.
fn is_same(one: &Path, other: &Path) -> bool {
    let (Ok(one), Ok(other)) = (fs::canonicalize(one), fs::canonicalize(other)) else { return false };
    one == other || is_linked(&one, &other)
}

/// Whether two names are of one file.
#[cfg(unix)]
fn is_linked(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |path| fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino())).ok();
    id(one).is_some_and(|one| id(other) == Some(one))
}

#[cfg(not(unix))]
fn is_linked(_: &Path, _: &Path) -> bool {
    false
}

impl OutputFile {
    /// Gives the file its name, once it is on the disk.
    ///
    /// # Errors
    /// [`OutputError::Exists`] if a file of that name was made meanwhile, and [`OutputError::Io`].
    pub fn finish(self) -> Result<(), OutputError> {
        let Self { file, path, existing } = self;
        let persisted = file.as_file().sync_all().and_then(|()| match existing {
            Existing::Replace => Ok(file.persist(&path)?),
            Existing::Keep => Ok(file.persist_noclobber(&path)?),
        });
        match persisted {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(OutputError::Exists { path }),
            Err(source) => Err(OutputError::Io { path, source }),
        }
    }

    /// The error of writing to it.
    #[must_use]
    pub fn failed(&self, source: io::Error) -> OutputError {
        OutputError::Io { path: self.path.clone(), source }
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(folder: &Path) -> Place {
        let file = folder.join("khata.db");
        fs::write(&file, "the book").unwrap();
        fs::write(folder.join("khata.db.key"), "the key").unwrap();
        Place::File(file)
    }

    fn write(place: &Place, path: &Path, existing: Existing) -> Result<(), OutputError> {
        let mut file = place.output(path, existing)?;
        file.write_all(b"new").unwrap();
        file.finish()
    }

    #[test]
    fn a_file_of_the_database_is_never_written() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(folder.path());
        let link = folder.path().join("link");
        fs::hard_link(folder.path().join("khata.db"), &link).unwrap();
        let around = folder.path().join("../").join(folder.path().file_name().unwrap()).join("khata.db");
        for path in [folder.path().join("khata.db"), folder.path().join("khata.db.key"), link, around] {
            let refused = write(&place, &path, Existing::Replace);
            assert!(matches!(refused, Err(OutputError::OfDatabase { .. })), "{refused:?}");
        }
        assert_eq!(fs::read_to_string(folder.path().join("khata.db")).unwrap(), "the book");
    }

    #[cfg(all(target_os = "linux", feature = "sqlite"))]
    #[tokio::test]
    async fn a_database_that_is_open_keeps_its_locks() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/khata.db", folder.path().display());
        let database = crate::Database::open(&url).await.unwrap();
        let path = folder.path().join("khata.db");
        let inode = std::os::unix::fs::MetadataExt::ino(&fs::metadata(&path).unwrap());
        let locks = || {
            let all = fs::read_to_string("/proc/locks").unwrap();
            all.lines().filter(|lock| lock.contains(&format!(":{inode} "))).count()
        };
        let held = locks();
        assert!(held > 0, "an open database is locked");
        let refused = database.place().output(&path, Existing::Replace);
        assert!(matches!(refused, Err(OutputError::OfDatabase { .. })), "{refused:?}");
        assert_eq!(locks(), held);
        database.close().await;
    }

    #[test]
    fn a_file_is_replaced_only_if_it_is_to_be() {
        let folder = tempfile::tempdir().unwrap();
        let (place, path) = (place(folder.path()), folder.path().join("book.jsonl"));
        write(&place, &path, Existing::Keep).unwrap();
        let refused = write(&place, &path, Existing::Keep);
        assert!(matches!(refused, Err(OutputError::Exists { .. })), "{refused:?}");
        fs::write(&path, "old").unwrap();
        write(&place, &path, Existing::Replace).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn one_that_is_made_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.jsonl");
        let begun = Place::Memory.output(&path, Existing::Keep).unwrap();
        fs::write(&path, "other").unwrap();
        assert!(matches!(begun.finish(), Err(OutputError::Exists { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "other");
    }

    #[test]
    fn what_is_no_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let refused = write(&Place::Memory, folder.path(), Existing::Replace);
        assert!(matches!(refused, Err(OutputError::NotAFile { .. })), "{refused:?}");
        #[cfg(unix)]
        {
            let refused = write(&Place::Memory, Path::new("/dev/null"), Existing::Replace);
            assert!(matches!(refused, Err(OutputError::NotAFile { .. })), "{refused:?}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    }
}
