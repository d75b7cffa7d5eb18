/** Execution providers: which there are, and what they need. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { listSupportedBackends } from 'onnxruntime-node';
import { ClozeError } from '../base/errors.ts';
import { type ProviderChoice, type ProviderName, PROVIDERS } from './provider-name.ts';

export { type ProviderChoice, type ProviderName, PROVIDERS };

/** Providers that onnxruntime-node was built with on this platform. */
export function bundledProviders(): ProviderName[] {
  const bundled = new Set(listSupportedBackends().map((backend) => backend.name));
  return PROVIDERS.filter((name) => bundled.has(name));
}

/** Libraries that CUDA is made of; the package downloads them only when its install script runs. */
const CUDA_LIBRARIES: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'],
  win32: ['onnxruntime_providers_shared.dll', 'onnxruntime_providers_cuda.dll'],
};

/** Libraries of a provider that are not beside onnxruntime-node's own: loading it would fail, and print so. */
export function missingLibraries(provider: ProviderName): string[] {
  if (provider !== 'cuda') return [];
  const { platform, arch } = process;
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  const folder = join(entry, '../../bin/napi-v6', platform, arch);
  return (CUDA_LIBRARIES[platform] ?? []).filter((name) => !existsSync(join(folder, name)));
}

/** Checks a provider's name as a user wrote it. Throws `usage`. */
export function parseProvider(name: string): ProviderChoice {
  const known = ['auto', ...PROVIDERS] as const;
  const found = known.find((provider) => provider === name);
  if (found === undefined) {
    throw new ClozeError('usage', `unknown provider '${name}'; expected one of ${known.join(', ')}`);
  }
  return found;
}
