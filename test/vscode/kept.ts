import assert from 'node:assert/strict';
import { eventually } from './eventually.ts';
import type { Window } from './host/window.ts';

/** Waits until VS Code has stored something like this for the window: in the browser it does so every five seconds, not when it ends. */
export async function kept(window: Window, expected: RegExp): Promise<void> {
  await eventually(async () => {
    const stored = await window.page.evaluate<string[]>(STORED);
    assert.ok(stored.some((value) => expected.test(value)));
  });
}

/** Gives all texts that the page has in its databases. */
const STORED = `(async () => {
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const texts = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name));
    for (const store of database.objectStoreNames)
      texts.push(...(await done(database.transaction(store).objectStore(store).getAll())).map(String));
    database.close();
  }
  return texts;
})()`;
