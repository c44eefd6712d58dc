import { createApp } from "vue";
import PythonResults from "./PythonResults.vue";
import { code, sandbox } from "./given.js";

createApp(PythonResults, { sandbox, code }).mount("#app");
