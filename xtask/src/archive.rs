//! Archives that Linux unpacks into its first root directory: cpio's format "newc".

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const FOLDER: u32 = 0o040_755;
const PROGRAM: u32 = 0o100_755;

/// Every entry starts at a multiple of this, and so does its content.
const ALIGNMENT: usize = 4;

/// An archive in the making. All in it belongs to root; everybody may read and execute it.
pub struct Archive<W> {
    out: W,
    entries: u32,
    folders: BTreeSet<PathBuf>,
}

impl<W: Write> Archive<W> {
    /// An empty archive that goes to `out`.
    pub fn new(out: W) -> Self {
        Self {
            out,
            entries: 0,
            folders: BTreeSet::new(),
        }
    }

    /// Adds a file at a path from the root directory on, and the folders on the way to it.
    pub fn file(&mut self, path: &str, content: &[u8]) -> io::Result<()> {
        let path = path.trim_start_matches('/');
        if let Some(folder) = Path::new(path).parent() {
            self.folder(folder)?;
        }
        self.entry(path, PROGRAM, content)
    }

    /// Ends the archive.
    pub fn finish(mut self) -> io::Result<()> {
        self.entry("TRAILER!!!", 0, &[])?;
        self.out.flush()
    }

    fn folder(&mut self, path: &Path) -> io::Result<()> {
        if path.as_os_str().is_empty() || self.folders.contains(path) {
            return Ok(());
        }
        if let Some(folder) = path.parent() {
            self.folder(folder)?;
        }
        self.folders.insert(path.to_path_buf());
        self.entry(&path.to_string_lossy(), FOLDER, &[])
    }

    fn entry(&mut self, name: &str, mode: u32, content: &[u8]) -> io::Result<()> {
        self.entries += 1;
        let size = |length: usize| u32::try_from(length).map_err(io::Error::other);
        let fields = [
            self.entries, // the file's number
            mode,
            0, // its user
            0, // its group
            1, // its links
            0, // its age
            size(content.len())?,
            0, // the device it is on, in two parts
            0,
            0, // the device it is, in two parts
            0,
            size(name.len() + 1)?,
            0, // a checksum, in another format
        ];
        let mut head = String::from("070701");
        head.extend(fields.map(|field| format!("{field:08x}")));
        head.push_str(name);
        head.push('\0');
        for part in [head.as_bytes(), content] {
            self.out.write_all(part)?;
            let rest = part.len().next_multiple_of(ALIGNMENT) - part.len();
            self.out.write_all(&[0; ALIGNMENT][..rest])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Archive;

    #[test]
    fn a_file_comes_after_its_folders_and_everything_is_aligned() {
        let mut made = Vec::new();
        let mut archive = Archive::new(&mut made);
        archive.file("/a/b/one", b"12345").unwrap();
        archive.file("a/two", b"").unwrap();
        archive.finish().unwrap();

        let starts: Vec<_> = (0..made.len())
            .filter(|at| made[*at..].starts_with(b"070701"))
            .collect();
        assert!(starts.iter().all(|at| at % 4 == 0), "{starts:?}");
        let names: Vec<_> = starts
            .iter()
            .map(|at| {
                let name = &made[at + 110..];
                let end = name.iter().position(|byte| *byte == 0).unwrap();
                String::from_utf8_lossy(&name[..end]).into_owned()
            })
            .collect();
        assert_eq!(names, ["a", "a/b", "a/b/one", "a/two", "TRAILER!!!"]);
        // The fields of `one`: its kind and rights, and its size.
        let head = &made[starts[2]..];
        assert_eq!(&head[14..22], b"000081ed");
        assert_eq!(&head[54..62], b"00000005");
        // A head of 110 bytes and a name of 8 with its end; the content starts at the next multiple of 4.
        assert_eq!(&head[120..128], b"12345\0\0\0");
    }
}
