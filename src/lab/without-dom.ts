/**
 * What `lab.js` finds where there is no DOM, so that importing it there, as a server that renders a page does, defines
 * nothing and throws nothing. The bundle takes these in place of the globals of the same names.
 */
const globals = globalThis as Partial<typeof globalThis>;
const nothing = {
  get: () => class {},
  define() {},
  createTreeWalker: () => ({}),
  createComment: () => ({}),
};

const document = globals.document ?? (nothing as unknown as Document);
const customElements = globals.customElements ?? (nothing as unknown as CustomElementRegistry);
const HTMLElement = globals.HTMLElement ?? (class {} as unknown as typeof globalThis.HTMLElement);

export { customElements, document, HTMLElement };
