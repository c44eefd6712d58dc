// What passed, failed and was skipped, printed as it happens and added up at the end.

export function makeReport() {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const began = Date.now();
  const say = (mark, name, rest = "") => {
    const seconds = ((Date.now() - began) / 1000).toFixed(0).padStart(4);
    console.log(`${seconds} s  ${mark.padEnd(4)}  ${name}${rest && `: ${rest}`}`);
  };
  return {
    counts,
    note: (name, text) => say("", name, text),
    skip(name, why) {
      counts.skipped += 1;
      say("skip", name, why);
    },
    /** Runs one check; what it returns is a remark for its line. True when it passed. */
    async check(name, body) {
      try {
        const remark = await body();
        counts.passed += 1;
        say("ok", name, typeof remark === "string" ? remark : "");
        return true;
      } catch (error) {
        counts.failed += 1;
        say("FAIL", name, error?.stack ?? String(error));
        return false;
      }
    },
    /** Runs a job that reports its own checks; a job that breaks counts as a failure. */
    async attempt(name, body) {
      try {
        await body();
      } catch (error) {
        counts.failed += 1;
        say("FAIL", name, error?.stack ?? String(error));
      }
    },
    end() {
      console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
      process.exitCode = counts.failed > 0 ? 1 : 0;
    },
  };
}
