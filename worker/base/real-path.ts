import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { systemCode } from './errors.ts';

/** Where a path leads to once all links are followed, also where nothing is there yet or for the moment. */
export function realPath(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || dirname(whole) === whole) return whole;
  }
  const parent = realPath(dirname(whole));
  const here = join(parent, basename(whole));
  const isLink = lstatSync(here, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink ? realPath(resolve(parent, readlinkSync(here))) : here;
}
