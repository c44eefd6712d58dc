// What a runtime brings along: WebSocket and WebAssembly.

/** A `WebAssembly.Module`, where the project's `lib` or types have one. */
export type WasmModule = typeof globalThis extends GlobalWithWasm<infer Module> ? Module : object;

/** What a `globalThis` with WebAssembly has. */
export interface GlobalWithWasm<Module> {
  /** The namespace of WebAssembly. */
  WebAssembly: WasmNamespace<Module>;
}

/** The part of the namespace that names the type of a module. */
export interface WasmNamespace<Module> {
  /** The class of a module. */
  Module: WasmModuleConstructor<Module>;
}

/** Makes a module. */
export interface WasmModuleConstructor<Module> {
  /** Compiles bytes. */
  new (...bytes: any): Module;
}

/** Makes a WebSocket, as the global `WebSocket` does; outside browsers it may take options as its second argument. */
export interface WebSocketConstructor {
  /** Connects to a URL. */
  new (url: string, options?: any): unknown;
}

/** A source of the client's WebAssembly: the module, its bytes, a response, or its URL. */
export type WasmSource = WasmModule | ArrayBuffer | ArrayBufferView | Response | string | URL;
