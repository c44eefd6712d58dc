import { createRoot } from "react-dom/client";
import { PythonCell } from "./PythonCell.jsx";
import { code, sandbox } from "./given.js";

createRoot(document.querySelector("#app")).render(<PythonCell sandbox={sandbox} code={code} />);
