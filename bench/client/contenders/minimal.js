// The limit: a client written by hand that only handles the text of successful runs. No checks, no endings, no spare socket.

/** A client of the toolbox at `url`. */
export async function open(url, token) {
  const address = `${url.replace(/^http/, "ws")}/process/interpreter/execute?DAYTONA_SANDBOX_AUTH_KEY=${token}`;
  return { run: (code, onStdout) => run(address, code, onStdout), close() {} };
}

/** Runs code on a new socket. Returns its standard output. */
function run(address, code, onStdout) {
  return new Promise((resolve, reject) => {
    let stdout = "";
    const socket = new WebSocket(address);
    socket.onopen = () => socket.send(JSON.stringify({ code }));
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.type === "stdout") {
        stdout += frame.text;
        onStdout({ output: frame.text });
      }
    };
    socket.onclose = ({ code, reason }) => {
      if (code === 1000) resolve(stdout);
      else reject(new Error(`the socket closed with ${code} ${reason}`));
    };
  });
}
