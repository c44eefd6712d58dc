// jsdom, with what codecell needs and jsdom lacks: Node's own.

import { TestEnvironment } from "jest-environment-jsdom";

export default class extends TestEnvironment {
  constructor(...given) {
    super(...given);
    Object.assign(this.global, { fetch, Headers, Request, Response, TextDecoder, TextEncoder });
  }
}
