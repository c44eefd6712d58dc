// A worker has died in the middle of a run, and nobody could tell the toolbox: the context would stand still for as long as that run may last.
// The toolbox starts a new worker with the next request, and takes what it writes for frames of the current run: the end of the dead one is written there.
//
// Nothing says which worker is this context's. But the right one waits for the toolbox, and so does nothing else that matters: where a worker waits, no run
// goes on, and the toolbox drops the end of none. So the end is written to each new worker that waits, whatever others start at the same time.

import { closeSocket, listen } from "../connections.js";

/** How often to look for the new worker. Where nothing stands still, the request has ended by then. */
const LOOK_MS = 100;

/** All of it may take so long, in milliseconds. */
const MOST_MS = 4_000;

/** After so many looks, the worker is one that was there before: another client's request had started it. */
const LOOKS_FOR_NEW = 5;

/** Gets a context going again, and says whether that worked. */
export async function revive(agent, contextId, context) {
  const { pid: dead = 0 } = context;
  const before = await workers(agent, agent.parent);
  const socket = await agent.connect();
  let unlisten;
  try {
    const isClosed = new Promise((resolve) => {
      const open = () => socket.send(JSON.stringify({ code: "pass", contextId }));
      unlisten = listen(socket, { open, message: () => {}, close: (event) => resolve(event?.code === 1000) });
      if (socket.readyState === 1) open();
    });
    const end = Date.now() + MOST_MS;
    for (let looks = 0; Date.now() < end; looks += 1) {
      const hasRun = await within(LOOK_MS, isClosed);
      if (hasRun !== undefined) return hasRun;
      // A run that waited here has begun.
      if (context.pid > dead) return true;
      const isNew = (pid) => !before.includes(pid) || (looks >= LOOKS_FOR_NEW && pid > dead);
      const possible = (await workers(agent, agent.parent)).filter((pid) => isNew(pid) && !agent.isOther(pid, context) && !isEnded(agent, pid));
      for (const pid of possible) await endRun(agent, context, pid, possible.length === 1 && !before.includes(pid));
    }
    return false;
  } finally {
    unlisten?.();
    closeSocket(socket);
  }
}

/** Ends the run that the toolbox takes a worker to be at, if the worker waits. Where the system does not say what it does, it `isAlone`, or is left out. */
async function endRun(agent, context, pid, isAlone) {
  // Once only, whichever context is waiting for it: the next one would end another run.
  agent.ended.set(pid, Date.now());
  // Runs that waited for the dead worker are thrown away now.
  context.diedAt = Date.now();
  // A worker reads from a pipe. The place where a process waits is 0 or missing where the system hides it.
  const waits = `*pipe*${isAlone ? `|0|""` : ""}`;
  const said = await agent.command(`read -r w < /proc/${pid}/wchan; case $w in ${waits}) ${agent.ending("completed", pid, 1)} echo yes ;; esac 2> /dev/null; true`);
  if (!said.includes("yes")) agent.ended.delete(pid);
}

/** Whether the end was written to a worker, which has not used it by now. Numbers of processes are used again. */
function isEnded(agent, pid) {
  return Date.now() - agent.ended.get(pid) < MOST_MS;
}

/** The processes of Python that the toolbox has started. */
export async function workers(agent, parent) {
  const isWorker = `s=\${s##*) }; set -- $s; [ "$2" = ${parent} ] && read -r s < $p/comm && case $s in python*) echo \${p#/proc/} ;; esac`;
  return (await agent.command(`for p in /proc/[0-9]*; do read -r s < $p/stat && { ${isWorker}; }; done 2> /dev/null; true`)).split("\n").filter(Boolean).map(Number);
}

/** Waits for a promise, for so long at most; then it is undefined. */
function within(milliseconds, promise) {
  return Promise.race([promise, new Promise((resolve) => setTimeout(resolve, milliseconds))]);
}
