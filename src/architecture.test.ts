import { readFileSync, readdirSync } from 'fs';
import path from 'path';

// From the top down: a tier may import itself and what is below.
const tiers = ['pages', 'components', 'hooks', 'api', 'types'];

const sources = readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file))
  .map((file) => ({ file: file.split(path.sep).join('/'), text: readFileSync(path.join(__dirname, file), 'utf8') }));

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1]);
}

describe('the layers of the frontend', () => {
  it.each(tiers)('%s imports only downward', (tier) => {
    const upward = sources
      .filter(({ file }) => file.startsWith(`${tier}/`))
      .flatMap(({ file, text }) =>
        importsOf(text)
          .filter((target) => target.startsWith('.'))
          .map((target) => path.posix.join(path.posix.dirname(file), target))
          .filter((target) => {
            const other = tiers.indexOf(target.split('/')[0]);
            return target.startsWith('testing/') || (other >= 0 && other < tiers.indexOf(tier));
          })
          .map((target) => `${file} imports ${target}`)
      );
    expect(upward).toEqual([]);
  });

  it('talks to the backend in api/ only', () => {
    const elsewhere = sources
      .filter(({ file }) => !file.startsWith('api/') && !file.startsWith('testing/'))
      .filter(({ text }) => /getBackendSrv|getGrafanaLiveSrv|\bfetch\(/.test(text))
      .map(({ file }) => file);
    expect(elsewhere).toEqual([]);
  });

  it('names each data-testid in one file only', () => {
    const elsewhere = sources
      .filter(({ file }) => file !== 'components/testIds.ts')
      .filter(({ text }) => /['"`]data-testid mockforge/.test(text))
      .map(({ file }) => file);
    expect(elsewhere).toEqual([]);
  });
});
