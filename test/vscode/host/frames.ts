import type { Page } from 'playwright-core';
import * as z from 'zod';

const TraceSchema = z.looseObject({
  traceEvents: z.array(z.looseObject({ name: z.string(), pid: z.number(), ts: z.number() })),
});
const CATEGORY = 'disabled-by-default-devtools.timeline.frame';

/** Frames a second of the process that drew the most of them while something went on, as the browser's trace tells. */
export async function framesPerSecond(page: Page, body: () => Promise<void>): Promise<number> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('the page has no browser to trace');
  await browser.startTracing(page, { categories: [CATEGORY] });
  await body();
  const trace = TraceSchema.parse(JSON.parse((await browser.stopTracing()).toString('utf8')));
  const times = new Map<number, number[]>(); // by process, in microseconds
  for (const { name, pid, ts } of trace.traceEvents) {
    if (name === 'DrawFrame') times.set(pid, [...(times.get(pid) ?? []), ts]);
  }
  const [most = []] = [...times.values()].sort((a, b) => b.length - a.length);
  const seconds = (Math.max(...most) - Math.min(...most)) / 1e6;
  return most.length < 2 ? 0 : (most.length - 1) / seconds;
}
