import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { COMMANDS } from '../../../extension/contributions.ts';
import { cloze } from '../inside/cloze.ts';

describe('the extension', () => {
  it('activates', async () => {
    const extension = cloze();
    await extension.activate();
    assert.ok(extension.isActive);
  });

  it('registers every command that it has', async () => {
    await cloze().activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      Object.values(COMMANDS).filter((id) => !registered.has(id)),
      [],
    );
  });

  it('says in its manifest what a user may read, in words', () => {
    const manifest = JSON.stringify(cloze().packageJSON);
    assert.doesNotMatch(manifest, /"%[^"]*%"/, 'a string of package.nls.json is missing');
  });
});
