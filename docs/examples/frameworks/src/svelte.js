import { mount } from "svelte";
import PythonCell from "./PythonCell.svelte";
import { code, sandbox } from "./given.js";

mount(PythonCell, { target: document.querySelector("#app"), props: { sandbox, code } });
