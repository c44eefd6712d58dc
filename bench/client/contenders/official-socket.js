// The official client's WebSocket, without the subprotocol that it offers in a page: codecell-server names none in its answer, and Chromium would
// fail the connection.

export default class extends WebSocket {
  constructor(url) {
    super(url);
  }
}
