// A worker has died in the middle of a run, and nobody could tell the toolbox: the context would stand still for as long as that run may last.
// The toolbox starts a new worker with the next request, and takes what it writes for frames of the current run: the end of the dead one is written there.

import { closeSocket, listen } from "../connections.js";

/** How often to look for the new worker. Where nothing stands still, the request has ended by then. */
const LOOK_MS = 150;

/** How long all of it may take, in milliseconds. */
const MOST_MS = 4_000;

/** Gets a context going again, and says whether that worked. `parent` is the process of the toolbox, whose children are the workers. */
export async function revive(agent, contextId, parent) {
  const before = await workers(agent, parent);
  const socket = await agent.connect();
  let unlisten;
  try {
    const isClosed = new Promise((resolve) => {
      const open = () => socket.send(JSON.stringify({ code: "pass", contextId }));
      unlisten = listen(socket, { open, message: () => {}, close: (event) => resolve(event?.code === 1000) });
      if (socket.readyState === 1) open();
    });
    for (const end = Date.now() + MOST_MS; Date.now() < end; ) {
      const hasRun = await within(LOOK_MS, isClosed);
      if (hasRun !== undefined) return hasRun;
      const started = (await workers(agent, parent)).filter((pid) => !before.includes(pid));
      // With two, it can't be told which is this context's.
      if (started.length !== 1) continue;
      // Runs that waited for the dead worker are thrown away now.
      agent.context(contextId).diedAt = Date.now();
      await agent.command(agent.ending("completed", started[0], 1));
      // Once only: the next one would end another run.
      return (await within(MOST_MS, isClosed)) === true;
    }
    return false;
  } finally {
    unlisten?.();
    closeSocket(socket);
  }
}

/** The processes of Python that the toolbox has started. */
export async function workers(agent, parent) {
  const isWorker = `s=\${s##*) }; set -- $s; [ "$2" = ${parent} ] && read -r s < $p/comm && case $s in python*) echo \${p#/proc/} ;; esac`;
  return (await agent.command(`for p in /proc/[0-9]*; do read -r s < $p/stat && { ${isWorker}; }; done 2> /dev/null; true`)).split("\n").filter(Boolean);
}

/** Waits for a promise, for so long at most; then it is undefined. */
function within(milliseconds, promise) {
  return Promise.race([promise, new Promise((resolve) => setTimeout(resolve, milliseconds))]);
}
