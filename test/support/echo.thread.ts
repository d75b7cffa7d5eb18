import { ClozeError } from '../../worker/base/errors.ts';
import { serveThread } from '../../worker/base/thread-entry.ts';
import { echoKind } from './echo.ts';

serveThread(echoKind, async ({ say, fail, wait }, progress) => {
  progress(0.5);
  if (wait !== undefined) await new Promise((resolve) => setTimeout(resolve, wait));
  if (fail === 'cloze') throw new ClozeError('data', 'no data', { hint: 'find some' });
  if (fail === 'plain') throw new TypeError('broken');
  if (fail === 'exit') process.exit(1);
  return say;
});
