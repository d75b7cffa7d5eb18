/** The VSIX: what is in it, and that it works when it is installed where nothing else of Cloze is. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { globbySync } from 'globby';
import { packageFiles } from '../../scripts/package/files.ts';
import { hostTarget, TARGETS } from '../../scripts/package/targets.ts';
import { assertGolden } from './golden.ts';
import { runSuites } from './run-suites.ts';
import { CLOZE, openCloze } from './session.ts';

const MAX_MEGABYTES = 25;

/** What an installation adds to the files of the VSIX. */
const ADDED = ['.vsixmanifest'];

describe('the VSIX', () => {
  let folder = '';
  let vsix = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'cloze-package-'));
    vsix = join(folder, 'cloze.vsix');
    // what is built already is packed, since other lanes use it
    execFileSync(process.execPath, ['--import', 'tsx', 'scripts/package.ts', '--out', vsix], { cwd: CLOZE });
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const target of TARGETS) {
    it(`holds for ${target} only what is on its list`, async () => {
      const files = await packageFiles(target);
      assertGolden(`vsix/${target}.txt`, [...files.keys(), ''].join('\n'));
    });
  }

  it(`is smaller than ${MAX_MEGABYTES} MB`, () => {
    const megabytes = statSync(vsix).size / 1e6;
    assert.ok(megabytes < MAX_MEGABYTES, `${megabytes.toFixed(1)} MB`);
  });

  it('installs, and passes the mocha suites', async (t) => {
    const window = await openCloze(t, { installed: vsix });
    const extensions = join(window.server.folder, 'extensions');
    const [name = ''] = readdirSync(extensions).filter((entry) => entry.startsWith('cloze.cloze-'));
    const installed = globbySync('**/*', { cwd: join(extensions, name), dot: true }).filter(
      (path) => !ADDED.includes(path),
    );
    assert.deepEqual(installed.sort(), [...(await packageFiles(hostTarget())).keys()].sort());
    await runSuites(t, window);
  });
});
