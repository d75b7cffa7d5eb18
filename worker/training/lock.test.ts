import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { ClozeError } from '../base/errors.ts';
import { RunLock } from './lock.ts';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'cloze-lock-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function claim(path: string, owner: { pid: number; host?: string; since?: number }): void {
  writeFileSync(join(path, '.lock'), JSON.stringify({ host: hostname(), since: Date.now(), ...owner }));
}

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0']);
  await once(child, 'exit');
  return child.pid!;
}

const isLockedBy = (pid: number) => (error: unknown) =>
  error instanceof ClozeError && error.code === 'locked' && error.message.includes(`process ${pid} `);

describe('RunLock', () => {
  it('is held by one at a time, and leaves nothing behind', async (t) => {
    const path = folder(t);
    const lock = await RunLock.acquire(path);
    await assert.rejects(RunLock.acquire(path), isLockedBy(process.pid));
    lock.requireHeld();
    lock.release();
    assert.deepEqual(readdirSync(path), []);
    (await RunLock.acquire(path)).release();
  });

  it('names the live process that has it', async (t) => {
    const path = folder(t);
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    t.after(() => child.kill());
    claim(path, { pid: child.pid! });
    await assert.rejects(RunLock.acquire(path), isLockedBy(child.pid!));
  });

  it('is taken over from a process that is dead, by one of many', async (t) => {
    const path = folder(t);
    claim(path, { pid: await deadPid() });
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => RunLock.acquire(path)));
    const locks = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    assert.equal(locks.length, 1);
    locks[0]!.requireHeld();
    locks[0]!.release();
    assert.deepEqual(readdirSync(path), []);
  });

  it('is taken over from before the machine was started, whatever runs under that number now', async (t) => {
    const path = folder(t);
    claim(path, { pid: 1, since: Date.now() - uptime() * 1000 - 60_000 });
    (await RunLock.acquire(path)).release();
  });

  it('stays with a process of another machine, of which nothing is known', async (t) => {
    const path = folder(t);
    const pid = await deadPid();
    claim(path, { pid, host: 'elsewhere' });
    await assert.rejects(RunLock.acquire(path), isLockedBy(pid));
  });

  it('notices that another process has taken it', async (t) => {
    const path = folder(t);
    const lock = await RunLock.acquire(path);
    claim(path, { pid: 4711 });
    assert.throws(() => lock.requireHeld(), isLockedBy(4711));
    lock.release();
    assert.match(readFileSync(join(path, '.lock'), 'utf8'), /4711/); // another's stays
  });
});
