//! Code to run, and the check of its output.

use anyhow::{Result, bail};

/// Bytes of a subprocess's line.
const ROW: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-\n";

/// Code that prints the numbers below `lines`, and its expected output.
pub fn lines(lines: u32) -> (String, String) {
    let code = format!("for i in range({lines}): print(i)");
    let text = (0..lines).map(|line| format!("{line}\n")).collect();
    (code, text)
}

/// Code whose subprocess writes `bytes` bytes to the standard output that it inherits, and its expected output.
pub fn subprocess(bytes: usize) -> Result<(String, String)> {
    let rows = bytes / ROW.len();
    if rows * ROW.len() != bytes {
        bail!("{bytes} bytes are no multiple of {}", ROW.len());
    }
    let child = format!(
        "import os\ndata = memoryview({ROW:?}.encode() * {rows})\nwhile data: data = data[os.write(1, data[:65536]):]"
    );
    let code = format!(
        "import subprocess, sys\nsubprocess.run([sys.executable, '-I', '-S', '-c', {child:?}], check=True)"
    );
    Ok((code, ROW.repeat(rows)))
}

/// Fails if `came` differs from `expected`, and reports the first difference.
pub fn exact(came: &str, expected: &str) -> Result<()> {
    if came == expected {
        return Ok(());
    }
    let same = came
        .bytes()
        .zip(expected.bytes())
        .take_while(|(one, other)| one == other)
        .count();
    bail!(
        "the output is not exact: {} bytes came instead of {}, and they part at byte {same}",
        came.len(),
        expected.len()
    );
}

#[cfg(test)]
mod tests {
    use super::{exact, lines, subprocess};

    #[test]
    fn lines_are_pythons() {
        let (code, text) = lines(3);
        assert_eq!(code, "for i in range(3): print(i)");
        assert_eq!(text, "0\n1\n2\n");
    }

    #[test]
    fn a_subprocess_writes_whole_rows() {
        assert_eq!(subprocess(640).unwrap().1.len(), 640);
        assert!(subprocess(650).is_err());
    }

    #[test]
    fn what_is_missing_is_said() {
        assert!(exact("0\n1\n", "0\n1\n").is_ok());
        let error = exact("0\n2\n", "0\n1\n2\n").unwrap_err().to_string();
        assert!(
            error.contains("4 bytes came instead of 6, and they part at byte 2"),
            "{error}"
        );
    }
}
