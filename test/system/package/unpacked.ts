/** The package as `npm pack` makes it, unpacked into a folder that has nothing else. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

export interface Unpacked {
  /** The empty folder; the package is in its node_modules. */
  readonly folder: string;
  /** Where the package itself is. */
  readonly own: string;
  remove(): void;
}

/** Without what the package depends on: the library and the engine have to do without. */
export function unpack(): Unpacked {
  const folder = mkdtempSync(join(tmpdir(), 'ihead-package-'));
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [made] = JSON.parse(execFileSync('npm', pack, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' })) as [
    { filename: string },
  ];
  execFileSync('tar', ['-xzf', made.filename], { cwd: folder });
  const own = join(folder, 'node_modules', 'ihead');
  mkdirSync(dirname(own), { recursive: true });
  renameSync(join(folder, 'package'), own);
  rmSync(join(folder, made.filename));
  return { folder, own, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Puts what the package says it depends on beside it, and nothing else. */
export function linkDependencies({ folder, own }: Unpacked): void {
  const { dependencies } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as {
    dependencies: Readonly<Record<string, string>>;
  };
  for (const name of Object.keys(dependencies)) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), link, 'dir');
  }
}
