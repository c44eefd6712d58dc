import { createRoot } from "react-dom/client";
import { PythonResults } from "./PythonResults.jsx";
import { code, sandbox } from "./given.js";

createRoot(document.querySelector("#app")).render(<PythonResults sandbox={sandbox} code={code} />);
