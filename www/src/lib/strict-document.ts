/**
 * xterm.js writes its colours into `<style>` elements and `style` attributes, which a policy of `style-src 'self'` refuses.
 * It makes its elements through a document that can be handed in. This one gives it elements that take
 * the same text by the ways that the policy allows: constructed style sheets, and the CSS object model.
 */
export function strictDocument(real: Document): Document {
  return new Proxy(real, {
    get(target, property) {
      if (property === "createElement") return (name: string) => createElement(target, name);
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    set: (target, property, value) => Reflect.set(target, property, value, target),
  });
}

/** Does `action` with the real document giving such elements too: the viewport of xterm.js 6 asks it, whatever was handed in. */
export function withStrictElements(real: Document, action: () => void): void {
  Object.defineProperty(real, "createElement", { configurable: true, value: (name: string) => createElement(real, name) });
  try {
    action();
  } finally {
    Reflect.deleteProperty(real, "createElement");
  }
}

function createElement(real: Document, name: string): HTMLElement {
  // Even an empty <style> is refused, and noted in the console: a <template> is as invisible, and nobody checks it.
  const element = Document.prototype.createElement.call(real, name === "style" ? "template" : name);
  if (name === "style") adoptText(real, element);
  else if (name === "span") styleThroughObjectModel(element);
  return element;
}

function adoptText(real: Document, element: HTMLElement): void {
  const sheet = new CSSStyleSheet();
  real.adoptedStyleSheets.push(sheet);
  Object.defineProperty(element, "textContent", { set: (text: string) => sheet.replaceSync(text) });
  const remove = element.remove.bind(element);
  element.remove = () => {
    real.adoptedStyleSheets = real.adoptedStyleSheets.filter((each) => each !== sheet);
    remove();
  };
}

function styleThroughObjectModel(element: HTMLElement): void {
  const setAttribute = element.setAttribute.bind(element);
  element.setAttribute = (name, value) => {
    if (name === "style") element.style.cssText = value;
    else setAttribute(name, value);
  };
}
