// The memory and processor time of processes, from Linux's /proc.

import { readFileSync, readdirSync } from "node:fs";

/** Clock ticks a second in /proc/<pid>/stat: 100 on every Linux that Node runs on (proc(5), USER_HZ). */
const TICKS = 100;

/** Whether this system reports them. */
export const canBeAsked = process.platform === "linux";

/** All descendants of the process `pid`. */
export function descendants(pid) {
  const children = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = fields(name)?.[1];
    if (parent === undefined) continue;
    if (!children.has(parent)) children.set(parent, []);
    children.get(parent).push(Number(name));
  }
  const found = [];
  const open = [pid];
  while (open.length > 0) {
    const some = children.get(String(open.pop())) ?? [];
    found.push(...some);
    open.push(...some);
  }
  return found;
}

/**
 * Proportional memory of all of these, in MiB: a page that n processes share counts as a nth for each.
 *
 * Throws where the system does not tell this user.
 */
export function pss(pids) {
  let kibibytes = 0;
  for (const pid of pids) {
    try {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
      kibibytes += Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0);
    } catch (error) {
      // It has ended in the meantime.
      if (error.code !== "ENOENT" && error.code !== "ESRCH") throw error;
    }
  }
  return kibibytes / 1024;
}

/** The most memory that a process has held so far, in MiB. */
export function peak(pid) {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
}

/** Processor time that `pid` and every process below it have used, in seconds. */
export function cpuSeconds(pid) {
  let ticks = 0;
  for (const one of [pid, ...descendants(pid)]) {
    // utime, stime, cutime, cstime: what ended children have used counts too.
    const times = fields(one)?.slice(11, 15) ?? [];
    for (const time of times) ticks += Number(time);
  }
  return ticks / TICKS;
}

/** The fields of /proc/<pid>/stat from the third one (the state) on; undefined once it is gone. */
function fields(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name before it may hold spaces and parentheses.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
