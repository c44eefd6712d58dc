// Checks as tests of node:test: it runs them, prints them, and counts them.

/** Reports checks as subtests of `t`, a test's context. */
export function makeReport(t) {
  return {
    note: (name, text) => t.diagnostic(`${name}: ${text}`),
    skip: (name, why) => t.test(name, { skip: why }, () => {}),
    /** Runs one check; what it returns is a remark for its line. Resolves to whether it passed. */
    async check(name, body) {
      let passed = false;
      await t.test(name, async (check) => {
        const remark = await body();
        if (typeof remark === "string") check.diagnostic(`${name}: ${remark}`);
        passed = true;
      });
      return passed;
    },
  };
}
