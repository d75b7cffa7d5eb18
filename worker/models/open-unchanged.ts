import { ClozeError } from '../base/errors.ts';
import { modelFolder, modelVersion } from './model-folder.ts';

/** A run that saves more often than that while a model is opened would do so for ever. */
const TRIES = 5;

/**
 * Opens a model, or something of it, that a run may be replacing: from one and the same files, however many of them `open`
 * reads and however long it takes. If they are others at the end than at the beginning, it is opened again, and `discard` gets
 * what is out of date. Who opens something large does so around all of it, and what `open` calls does not do so once more:
 * the tries would multiply. Throws what `open` throws of files that stay, `usage` as `modelFolder`, `checkpoint` if they never stay.
 */
export async function openUnchanged<T>(
  model: string,
  open: (folder: string) => T | Promise<T>,
  discard: (outdated: T) => void | Promise<void>,
): Promise<T> {
  for (let tries = 0; tries < TRIES; tries++) {
    const version = modelVersion(model);
    let opened: T;
    try {
      opened = await open(modelFolder(model));
    } catch (error) {
      if (version === modelVersion(model)) throw error;
      continue;
    }
    if (version === modelVersion(model)) return opened;
    await discard(opened);
  }
  throw new ClozeError(
    'checkpoint',
    `expected ${model} to stay as it is while it is opened, but it was replaced each of ${TRIES} times`,
    {
      hint: 'pause its run or let it save less often, or take another checkpoint or an export of the run',
      details: { model, tries: TRIES },
    },
  );
}
