/** States whose values a program is compiled with. */
import { basename, dirname } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import type { ExternalPlace } from '../graph/onnx-messages.ts';
import type { ExternalData, HostData } from './session.ts';
import type { DeviceState } from './state.ts';

/** A frozen state in memory is known by its name, one in a file by the file. */
export function placeOf(name: string, state: DeviceState): ExternalPlace {
  const place = state.place(name);
  return place === undefined
    ? { location: name, offset: 0 }
    : { location: basename(place.path), offset: place.offset };
}

/** The values of frozen states: in memory, or the folder with their files. Throws `graph` if that is more than one. */
export async function frozenData(
  program: string,
  names: readonly string[],
  state: DeviceState,
): Promise<ExternalData> {
  const memory = new Map<string, HostData>();
  const folders = new Set<string>();
  for (const name of names) {
    const place = state.place(name);
    if (place === undefined) memory.set(name, state.view(name) ?? (await state.read(name)).data);
    else folders.add(dirname(place.path));
  }
  const [folder, another] = folders;
  if (another === undefined) return { memory, folder };
  throw new ClozeError('graph', `program ${program}: its frozen states lie in ${folder!} and in ${another}`);
}
