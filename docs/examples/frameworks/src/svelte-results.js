import { mount } from "svelte";
import PythonResults from "./PythonResults.svelte";
import { code, sandbox } from "./given.js";

mount(PythonResults, { target: document.querySelector("#app"), props: { sandbox, code } });
