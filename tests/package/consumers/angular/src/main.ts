import { Component, signal } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { connect, DaytonaValidationError } from "codecell/inline";

@Component({
  selector: "app-root",
  template: `
    <button id="run" (click)="run()">Run</button>
    <pre id="output">{{ output() }}</pre>
  `,
})
class App {
  output = signal("");

  async run() {
    const print = (text: string) => this.output.update((before) => before + text);
    this.output.set("");
    try {
      const { toolboxUrl = "", token = "" } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
      const interpreter = await connect({ toolboxUrl, token });
      await interpreter.runCode("for i in range(3): print(i)", { onStdout: (message) => print(message.output) });
      const { error } = await interpreter.runCode("1/0");
      print(`${error?.name}: ${error?.value}\n`);
      await interpreter.runCode("print(1)", { timeout: -1 }).catch((error) => {
        print(`refused: ${error instanceof DaytonaValidationError}\n`);
      });
      interpreter.close();
    } catch (error) {
      print(`${error}\n`);
    }
  }
}

bootstrapApplication(App);
