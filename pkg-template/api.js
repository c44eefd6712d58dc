// What every entry point exports beside its own `connect`.

export { CodeInterpreter, Execution } from "./bindings.js";
export { daytonaSandbox } from "./daytona.js";
export * from "./errors.js";
export { initialize } from "./load.js";
