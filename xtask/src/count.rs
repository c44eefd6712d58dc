//! How many tests passed, failed and were skipped.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::ExitStatus;

use anyhow::{Context, Result};
use roxmltree::Document;

/// The outcome of some tests.
#[derive(Default, Clone, PartialEq, Eq, Debug)]
pub struct Count {
    /// How many passed.
    pub passed: usize,
    /// How many failed.
    pub failed: usize,
    /// How many were skipped.
    pub skipped: usize,
    /// The names of those that failed.
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
    pub fn fail(reason: String) -> Self {
        Self {
            failed: 1,
            failures: vec![reason],
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

    /// The outcome, or a failure where there is none.
    pub fn of(outcome: Result<Self>) -> Self {
        outcome.unwrap_or_else(|error| Self::fail(format!("{error:#}")))
    }

    /// Says where its failures were.
    pub fn within(mut self, place: &str) -> Self {
        for failure in &mut self.failures {
            *failure = format!("{place}: {failure}");
        }
        self
    }

    /// Adds another outcome.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.failures.extend(other.failures);
    }

    /// Counts the tests in what `cargo test` printed, natively or from a browser: `test result: ok. 5 passed; 0 failed; 2 ignored; …`.
    pub fn of_cargo(printed: &str) -> Self {
        let mut count = Self::default();
        for line in printed.lines().map(str::trim) {
            if let Some(result) = line.strip_prefix("test result: ") {
                let mut numbers = result.split(' ').filter_map(|word| word.parse().ok());
                count.passed += numbers.next().unwrap_or(0);
                count.failed += numbers.next().unwrap_or(0);
                count.skipped += numbers.next().unwrap_or(0);
            } else if let Some((name, outcome)) = line
                .strip_prefix("test ")
                .and_then(|rest| rest.rsplit_once(" ... "))
                && outcome.starts_with("FAIL")
                && !count.failures.iter().any(|known| known == name)
            {
                count.failures.push(name.to_owned());
            }
        }
        count
    }

    /// Counts the tests in a report in JUnit's format, which the test runners for JavaScript and Python write.
    pub fn of_junit(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file)
            .with_context(|| format!("the test runner left no {}", file.display()))?;
        let report = Document::parse(&text)
            .with_context(|| format!("{} is not complete", file.display()))?;
        let mut count = Self::default();
        for case in report
            .descendants()
            .filter(|node| node.has_tag_name("testcase"))
        {
            let has = |name: &str| case.children().any(|child| child.has_tag_name(name));
            count.add(if has("failure") || has("error") {
                Self::fail(case.attribute("name").unwrap_or_default().to_owned())
            } else if has("skipped") {
                Self::skip()
            } else {
                Self::pass()
            });
        }
        Ok(count)
    }

    /// Adds a failure when the runner failed without a failed test, or ran no test.
    pub fn with_status(mut self, status: ExitStatus, runner: &str) -> Self {
        if !status.success() && self.failed == 0 {
            self.add(Self::fail(format!("{runner} ended with {status}")));
        } else if status.success() && self.passed + self.failed == 0 {
            self.add(Self::fail(format!("{runner} ran no test")));
        }
        self
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

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::Count;

    #[test]
    fn results_of_cargo_are_added_and_failures_named_once() {
        let count = Count::of_cargo(
            "running 2 tests\ntest a ... ok\ntest b ... FAILED\ntest b ... FAIL\n\
             test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             test result: ok. 5 passed; 0 failed; 2 ignored; 0 filtered out",
        );
        assert_eq!(count.to_string(), "6 passed, 1 failed, 2 skipped");
        assert_eq!(count.failures, ["b"]);
    }

    #[test]
    fn a_report_counts_its_test_cases_at_any_depth() {
        let file = std::env::temp_dir().join(format!("codecell-junit-{}.xml", std::process::id()));
        let report = r#"<testsuites><testsuite name="s"><testcase name="a"/><testsuite name="t"><testcase name="b"><failure/></testcase>
            <testcase name="c"><skipped/></testcase></testsuite></testsuite></testsuites>"#;
        std::fs::write(&file, report).unwrap();
        let count = Count::of_junit(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(count.to_string(), "1 passed, 1 failed, 1 skipped");
        assert_eq!(count.failures, ["b"]);
        assert!(Count::of_junit(&file).is_err());
    }

    #[test]
    fn a_runner_that_fails_or_runs_nothing_is_a_failure() {
        let [success, failure] = [0, 256].map(ExitStatus::from_raw);
        assert_eq!(Count::pass().with_status(success, "r"), Count::pass());
        assert_eq!(Count::pass().with_status(failure, "r").failed, 1);
        assert_eq!(
            Count::skip().with_status(success, "r").failures,
            ["r ran no test"]
        );
    }
}
