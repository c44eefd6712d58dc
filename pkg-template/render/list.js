// Results one below the other, as a notebook shows them.

import { render } from "./render.js";

const CLEAR = "application/vnd.codecell.clear+json";

export function resultList(element, { limit = 100, ...options } = {}) {
  /** The `displayId` of each result that is shown. */
  const ids = new Map();
  let clearsNext = false;
  const clear = () => {
    clearsNext = false;
    ids.clear();
    element.replaceChildren();
  };
  const append = (id) => {
    const place = document.createElement("div");
    element.append(place);
    ids.set(place, id);
    for (const oldest of ids.keys()) {
      if (ids.size <= limit) break;
      ids.delete(oldest);
      oldest.remove();
    }
    return place;
  };
  return {
    clear,
    add(result) {
      const request = result.data[CLEAR];
      if (request) {
        if (request.wait) clearsNext = true;
        else clear();
        return;
      }
      if (clearsNext) clear();
      const { displayId, update } = result;
      const same = update ? [...ids.keys()].filter((place) => ids.get(place) === displayId) : [];
      for (const place of same.length > 0 ? same : [append(displayId)]) render(result, place, options);
    },
  };
}
