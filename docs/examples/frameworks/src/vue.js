import { createApp } from "vue";
import PythonCell from "./PythonCell.vue";
import { code, sandbox } from "./given.js";

createApp(PythonCell, { sandbox, code }).mount("#app");
