/** custom-elements.json: what <ihead-lab> takes, says and lets itself be styled by, for editors and catalogues. */

/** The element is loaded from the bundle; its source is not in the package. */
const fromBundle = {
  name: 'from-bundle',
  packageLinkPhase({ customElementsManifest }) {
    for (const module of customElementsManifest.modules) {
      module.path = 'dist/lab.js';
      for (const { declaration } of module.exports ?? []) declaration.module = module.path;
      for (const { members } of module.declarations) {
        const shown = members?.filter(
          ({ privacy, name }) => !['private', 'protected'].includes(privacy) && !name.startsWith('#'),
        );
        members?.splice(0, Infinity, ...shown);
      }
    }
  },
};

// biome-ignore lint/style/noDefaultExport: the analyzer reads it so.
export default {
  globs: ['src/lab/page/element.ts'],
  outdir: 'dist',
  litelement: true,
  packagejson: false,
  plugins: [fromBundle],
};
