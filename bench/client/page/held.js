// Counts what a client keeps in its page: listeners, and objects that WebAssembly made for JavaScript. Counting starts on request, so that it
// does not slow down the measurements of time.

let watching = false;
/** Weak references to each target that has or had listeners. */
let targets = [];
/** target → type and phase → the listeners that were added and not removed. */
const listeners = new WeakMap();
let closures = 0;

/** Starts counting, once. What exists already is not counted. */
export function watch() {
  if (watching) return;
  watching = true;
  watchListeners();
  watchClosures();
}

/**
 * How many listeners stand on targets that are still there, and how many closures (and other objects that WebAssembly has a part in) were neither freed
 * by it nor collected. For both, what nobody holds has to have been collected just before.
 */
export function held() {
  targets = targets.filter((target) => target.deref());
  const sets = targets.flatMap((target) => [...listeners.get(target.deref()).values()]);
  return { listeners: sets.reduce((sum, set) => sum + set.size, 0), closures };
}

/** No contender adds a listener with `once` or a signal, which would remove it unseen. */
function watchListeners() {
  const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
  const key = (type, options) => `${type} ${typeof options === "object" ? Boolean(options?.capture) : Boolean(options)}`;
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    const target = this ?? globalThis;
    if (!listeners.has(target)) {
      listeners.set(target, new Map());
      targets.push(new WeakRef(target));
    }
    const kinds = listeners.get(target);
    const kind = key(type, options);
    kinds.set(kind, (kinds.get(kind) ?? new Set()).add(listener));
    return add.call(target, type, listener, options);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    const target = this ?? globalThis;
    listeners.get(target)?.get(key(type, options))?.delete(listener);
    return remove.call(target, type, listener, options);
  };
}

/** Each closure is registered with a FinalizationRegistry when WebAssembly makes it, and unregistered when it frees it. */
function watchClosures() {
  const { register, unregister } = FinalizationRegistry.prototype;
  const collected = new FinalizationRegistry(() => {
    closures -= 1;
  });
  FinalizationRegistry.prototype.register = function (target, value, token) {
    closures += 1;
    register.call(collected, target, undefined, token);
    return register.call(this, target, value, token);
  };
  FinalizationRegistry.prototype.unregister = function (token) {
    // False for what was made before the counting began.
    if (unregister.call(collected, token)) closures -= 1;
    return unregister.call(this, token);
  };
}
