// The official client uses Node's global Buffer, which a page's bundle has to bring.

export { Buffer } from "buffer";
