/** Gives up the turn. */
export type Release = () => void;

/** Takes the turn if it is free. */
export function tryTurn(name: string): Promise<Release | undefined> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  if (!locks) return Promise.resolve(() => undefined);
  return new Promise((resolve, reject) => {
    const hold = (lock: Lock | null): Promise<void> | undefined => {
      if (lock) return new Promise((release) => resolve(release));
      resolve(undefined);
      return undefined;
    };
    locks.request(name, { ifAvailable: true }, hold).catch(reject);
  });
}

/**
 * Lets the tabs of one browser take turns in a context, which runs one piece of code at a time. `onWait` is called if another tab
 * has the turn now. Where the browser has no Web Locks (a page without https), the toolbox alone decides the order.
 */
export function takeTurn(name: string, signal: AbortSignal, onWait: () => void): Promise<Release> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  if (!locks) return Promise.resolve(() => undefined);
  return new Promise((resolve, reject) => {
    const hold = (): Promise<void> => new Promise((release) => resolve(release));
    const askOrWait = async (): Promise<void> => {
      const isFree = await locks.request(name, { ifAvailable: true }, async (lock) => {
        if (lock) await hold();
        return lock !== null;
      });
      if (isFree) return;
      onWait();
      await locks.request(name, { signal }, hold);
    };
    askOrWait().catch(reject);
  });
}
