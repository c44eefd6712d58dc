//! How many tests passed, failed and were skipped: read from what the test programs print, and added up.

use std::fmt;

/// The outcome of some tests.
#[derive(Default, Clone, PartialEq, Eq, Debug)]
pub struct Count {
    /// How many passed.
    pub passed: usize,
    /// How many failed.
    pub failed: usize,
    /// How many were skipped.
    pub skipped: usize,
    /// What failed, by name, as far as names were printed.
    pub failures: Vec<String>,
}

impl Count {
    /// One check that passed.
    pub fn pass() -> Self {
        Self {
            passed: 1,
            ..Self::default()
        }
    }

    /// One check that failed, for a reason.
    pub fn fail(what: String) -> Self {
        Self {
            failed: 1,
            failures: vec![what],
            ..Self::default()
        }
    }

    /// One check that could not be made here.
    pub fn skip() -> Self {
        Self {
            skipped: 1,
            ..Self::default()
        }
    }

    /// Adds another outcome.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.failures.extend(other.failures);
    }

    /// Reads what `cargo test` prints, natively or from a browser.
    pub fn of_cargo(lines: &[String]) -> Self {
        let mut count = Self::default();
        for line in lines.iter().map(|line| line.trim()) {
            if let Some(numbers) = line.strip_prefix("test result: ") {
                count.passed += number_before(numbers, "passed");
                count.failed += number_before(numbers, "failed");
                count.skipped += number_before(numbers, "ignored");
            } else if let Some(name) = failed_test(line)
                && !count.failures.iter().any(|known| known == name)
            {
                count.failures.push(name.to_owned());
            }
        }
        count
    }

    /// Reads what a suite that runs in Node prints: its last line is `N passed, N failed[, N skipped]`.
    pub fn of_node(lines: &[String]) -> Option<Self> {
        let last = lines.iter().rev().find(|line| is_total(line))?;
        let failures = lines
            .iter()
            .filter_map(|line| failed_check(line.trim()).map(str::to_owned));
        let mut count = Self {
            passed: number_before(last, "passed"),
            failed: number_before(last, "failed"),
            skipped: number_before(last, "skipped"),
            failures: Vec::new(),
        };
        if count.failed > 0 {
            for failure in failures {
                if !count.failures.contains(&failure) {
                    count.failures.push(failure);
                }
            }
        }
        Some(count)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// The name in `test <name> ... FAILED` (native) or `... FAIL` (browsers).
fn failed_test(line: &str) -> Option<&str> {
    let (name, outcome) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    outcome.starts_with("FAIL").then_some(name)
}

/// The name after the mark that a Node suite puts before a failure.
fn failed_check(line: &str) -> Option<&str> {
    let after_clock = line
        .split_once(" s  ")
        .filter(|(clock, _)| clock.trim().parse::<u32>().is_ok())
        .map_or(line, |(_, rest)| rest);
    ["✗ ", "✘ ", "FAIL ", "FAILED ", "not ok "]
        .iter()
        .find_map(|mark| after_clock.strip_prefix(mark))
        .map(str::trim)
}

fn is_total(line: &str) -> bool {
    let mut parts = line.trim().split(", ").map(|part| {
        part.split_once(' ')
            .is_some_and(|(number, _)| number.parse::<usize>().is_ok())
    });
    line.contains(" passed, ") && line.contains(" failed") && parts.all(|counts| counts)
}

fn number_before(text: &str, word: &str) -> usize {
    let words: Vec<_> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words
        .windows(2)
        .find(|pair| pair[1] == word)
        .and_then(|pair| pair[0].parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Count;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn several_results_of_cargo_are_added() {
        let count = Count::of_cargo(&lines(
            "running 2 tests\ntest a ... ok\ntest close::b ... FAILED\n\ntest result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             test result: ok. 5 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.10s",
        ));
        assert_eq!(
            count,
            Count {
                passed: 6,
                failed: 1,
                skipped: 2,
                failures: vec!["close::b".into()]
            }
        );
        assert_eq!(count.to_string(), "6 passed, 1 failed, 2 skipped");
    }

    #[test]
    fn a_browser_s_failure_is_named_once() {
        let count = Count::of_cargo(&lines(
            "test web::stops ... FAIL\ntest web::stops ... FAIL\ntest result: FAILED. 3 passed; 1 failed; 0 ignored; 0 filtered out",
        ));
        assert_eq!(
            count,
            Count {
                passed: 3,
                failed: 1,
                skipped: 0,
                failures: vec!["web::stops".into()]
            }
        );
    }

    #[test]
    fn a_node_suite_s_last_line_counts() {
        let count = Count::of_node(&lines(
            "  12 s  FAIL  vite: no output\n   3 s  ok    next\n12 passed, 1 failed, 2 skipped\n",
        ))
        .unwrap();
        assert_eq!(
            count,
            Count {
                passed: 12,
                failed: 1,
                skipped: 2,
                failures: vec!["vite: no output".into()]
            }
        );
        assert_eq!(
            Count::of_node(&lines("7 passed, 0 failed"))
                .unwrap()
                .to_string(),
            "7 passed, 0 failed"
        );
    }

    #[test]
    fn without_a_last_line_there_is_no_count() {
        assert_eq!(
            Count::of_node(&lines("npm error missing script: test")),
            None
        );
        assert_eq!(
            Count::of_node(&lines("the page says: 3 passed, or so, and 1 failed")),
            None
        );
    }
}
