import { spawnSync } from 'node:child_process';

let found: string | undefined;

/**
 * A Python that has PyTorch: CLOZE_PYTHON if it is set, else Debian's own, else the first on the PATH (which may be
 * another one, without Debian's packages). Throws if none has it.
 */
export function pythonWithTorch(): string {
  const candidates = [process.env.CLOZE_PYTHON ?? '/usr/bin/python3', 'python3'];
  const probe = ['-c', 'import importlib.util as u, sys; sys.exit(u.find_spec("torch") is None)'];
  found ??= candidates.find((python) => spawnSync(python, probe).status === 0);
  if (found === undefined) {
    throw new Error(
      `none of ${candidates.join(', ')} can import torch: run test/setup.sh, or set CLOZE_PYTHON`,
    );
  }
  return found;
}
