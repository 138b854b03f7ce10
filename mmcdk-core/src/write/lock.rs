//! One run at a time in an output folder.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::disk::{create_missing, failed, remove_made, shown};
use crate::error::{Error, Result};

/// How long a run waits before it looks again whether another one is done.
const PAUSE: Duration = Duration::from_millis(20);

/// How often it looks: for 10 seconds.
const LOOKS: u32 = 500;

/// Keeps other runs out of an output folder until it is dropped, or until the process ends in any way.
#[derive(Debug)]
pub(super) struct Lock {
    held: File,
    /// Folders that were made for this run, outermost first.
    made: Vec<PathBuf>,
}

impl Lock {
    /// Makes the output folder if it is not there, and locks it. Waits 10 seconds for another run to end.
    pub(super) fn take(out: &Path) -> Result<Self> {
        Self::take_within(out, LOOKS)
    }

    fn take_within(out: &Path, looks: u32) -> Result<Self> {
        let mut made = Vec::new();
        for look in 0..looks {
            if look > 0 {
                thread::sleep(PAUSE);
            }
            // Before each look, since a run that failed may have removed the folder that it made.
            let locked = create_missing(out, &mut made)
                .and_then(|()| try_lock(out).map_err(|error| failed("locked", out, error)));
            match locked {
                Ok(Some(held)) => return Ok(Self { held, made }),
                Ok(None) => {}
                Err(error) => {
                    remove_made(&made);
                    return Err(error);
                }
            }
        }
        let waited = PAUSE * looks;
        Err(Error::new(format!("another run still writes to this folder after {} s", waited.as_secs()))
            .remedy("wait for it to end and run again, or give each program another output folder")
            .at(shown(out)))
    }

    /// Takes back the folders that were made, if nothing was written into them.
    pub(super) fn abandon(self) {
        let Self { held, made } = self;
        // Nobody else can lock the folder meanwhile. Windows removes it only without the file that stands for the lock.
        if cfg!(windows) {
            drop(held);
            remove_made(&made);
        } else {
            remove_made(&made);
            drop(held);
        }
    }
}

/// The lock of the folder; nothing if somebody else has it.
///
/// The folder itself is locked, so that no file is left in it, not even by a run that is killed.
#[cfg(unix)]
fn try_lock(out: &Path) -> io::Result<Option<File>> {
    use std::fs::{self, TryLockError};
    use std::os::unix::fs::MetadataExt;

    let folder = File::open(out)?;
    match folder.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        // The file system has no locks, as some network file systems: runs are not kept apart there.
        Err(TryLockError::Error(_)) => return Ok(Some(folder)),
    }
    let (held, there) = (folder.metadata()?, fs::metadata(out));
    let same = there.is_ok_and(|there| (there.dev(), there.ino()) == (held.dev(), held.ino()));
    Ok(same.then_some(folder))
}

/// The lock of the folder; nothing if somebody else has it.
///
/// Windows does not lock folders. A file stands for it that one process alone can open, and that goes when it is closed.
#[cfg(windows)]
fn try_lock(out: &Path) -> io::Result<Option<File>> {
    use std::os::windows::fs::OpenOptionsExt;

    const FILE_FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;
    const ERROR_ACCESS_DENIED: i32 = 5;
    const ERROR_SHARING_VIOLATION: i32 = 32;

    let mut options = File::options();
    options.write(true).create(true).share_mode(0).custom_flags(FILE_FLAG_DELETE_ON_CLOSE);
    match options.open(out.join(".mmcdk.lock")) {
        Ok(file) => Ok(Some(file)),
        // Access is denied while the file is being deleted.
        Err(error) if matches!(error.raw_os_error(), Some(ERROR_SHARING_VIOLATION | ERROR_ACCESS_DENIED)) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(not(any(unix, windows)))]
fn try_lock(out: &Path) -> io::Result<Option<File>> {
    File::open(out).map(Some)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_waits_and_then_fails_with_one_error() {
        let out = tempfile::TempDir::new().unwrap();
        let held = Lock::take(out.path()).unwrap();
        let error = Lock::take_within(out.path(), 3).unwrap_err();
        assert_eq!(error.all().count(), 1);
        assert!(error.to_string().contains("another run still writes to this folder"), "{error}");
        drop(held);
        Lock::take_within(out.path(), 1).unwrap();
    }

    #[test]
    fn a_second_run_goes_on_when_the_first_one_ends() {
        let out = tempfile::TempDir::new().unwrap();
        let held = Lock::take(out.path()).unwrap();
        let waiting = std::thread::spawn({
            let out = out.path().to_owned();
            move || Lock::take(&out).map(drop)
        });
        thread::sleep(PAUSE * 3);
        assert!(!waiting.is_finished());
        drop(held);
        waiting.join().unwrap().unwrap();
    }

    #[test]
    fn a_folder_that_was_removed_meanwhile_is_made_again() {
        let root = tempfile::TempDir::new().unwrap();
        let out = root.path().join("out");
        let held = Lock::take(&out).unwrap();
        std::fs::remove_dir(&out).unwrap();
        let second = Lock::take_within(&out, 1).unwrap();
        assert!(Lock::take_within(&out, 1).is_err());
        drop((held, second));
        assert!(out.is_dir());
    }
}
