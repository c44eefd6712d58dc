// `codecell/render`: see index.d.ts.

export { resultList } from "./list.js";
export { render } from "./render.js";
