/**
 * xterm.js writes its colours into `<style>` elements and `style` attributes, which a policy of `style-src 'self'` refuses,
 * and takes no nonce. It has an option for the document that makes its elements, but its rows and its viewport ask
 * the page's own document all the same. So the page's document gives out elements that take the same text by
 * the ways that the policy allows: constructed style sheets, and the CSS object model.
 */
export function allowStylesOfScripts(page: Document): void {
  Object.defineProperty(page, "createElement", {
    configurable: true,
    value(name: string, options?: ElementCreationOptions): HTMLElement {
      // Even an empty <style> is refused, and noted in the console: a <template> is as invisible, and nobody checks it.
      const element = Document.prototype.createElement.call(page, name === "style" ? "template" : name, options);
      if (name === "style") adoptText(page, element);
      else if (name === "span") styleThroughObjectModel(element);
      return element;
    },
  });
}

function adoptText(page: Document, element: HTMLElement): void {
  const sheet = new CSSStyleSheet();
  page.adoptedStyleSheets.push(sheet);
  Object.defineProperty(element, "textContent", { set: (text: string) => sheet.replaceSync(text) });
  const remove = element.remove.bind(element);
  element.remove = () => {
    page.adoptedStyleSheets = page.adoptedStyleSheets.filter((each) => each !== sheet);
    remove();
  };
}

function styleThroughObjectModel(element: HTMLElement): void {
  element.setAttribute = (name, value) => {
    if (name === "style") element.style.cssText = value;
    else Element.prototype.setAttribute.call(element, name, value);
  };
}
