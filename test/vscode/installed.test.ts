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
import { supervised } from '../process/workers.ts';
import { tinyRun } from '../process/training.ts';
import { assertGolden } from './golden.ts';
import { copyOfWorkspace } from './host/sample.ts';
import type { Server } from './host/server.ts';
import { runSuites } from './run-suites.ts';
import { CLOZE, openCloze, steps } from './session.ts';

const MAX_MEGABYTES = 25;

/** Suites that use each part of the package: its workers, their threads and native code, its pages. Others test what is no matter of it. */
const PACKED = '^(the extension|the commands|importing|the tokenizer page|training) ';

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

  it('has a readme that leads to nothing that is not there', async () => {
    const readme = (await packageFiles(hostTarget())).get('readme.md');
    assert.ok(readme !== undefined && 'text' in readme);
    assert.match(readme.text, /^# Cloze\n[^]*^## In VS Code$/m);
    const targets = [...readme.text.matchAll(/\]\(([^)]*)\)/g)].map(([, target]) => target!);
    assert.deepEqual(
      targets.filter((target) => !target.startsWith('https://')),
      [],
    );
  });

  it(`is smaller than ${MAX_MEGABYTES} MB`, () => {
    const megabytes = statSync(vsix).size / 1e6;
    assert.ok(megabytes < MAX_MEGABYTES, `${megabytes.toFixed(1)} MB`);
  });

  it('installs, and works where nothing else of Cloze is', { timeout: 400_000 }, async (t) => {
    const window = await openCloze(t, { installed: vsix });
    const step = steps(t, window);
    const extension = installedIn(window.server);

    await step('has the files that it should have', async () => {
      const files = globbySync('**/*', { cwd: extension, dot: true }).filter((path) => !ADDED.includes(path));
      assert.deepEqual(files.sort(), [...(await packageFiles(hostTarget())).keys()].sort());
    });

    await step('has a worker that trains', async () => {
      const { call } = supervised(t, { script: join(extension, 'dist', 'worker.js') });
      const { folder } = window.server;
      const run = tinyRun(copyOfWorkspace(window.server, 'texts'), join(folder, 'run'), ['training.steps=3']);
      const { reason } = await call('train', { ...run, tokenizer: 'bpe:300' });
      assert.equal(reason, 'completed');
    });

    await runSuites(t, window, PACKED);
  });
});

/** The folder that Cloze was installed into. */
function installedIn(server: Server): string {
  const extensions = join(server.folder, 'extensions');
  const [name = ''] = readdirSync(extensions).filter((entry) => entry.startsWith('cloze.cloze-'));
  return join(extensions, name);
}
