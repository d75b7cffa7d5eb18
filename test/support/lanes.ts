import { existsSync } from 'node:fs';

const MINUTE = 60_000;

/** Debian's chromium package ships this software Vulkan device. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** A set of test files that run under the same conditions. */
export interface Lane {
  /** Patterns. Files of an earlier one start first: what takes longest, so that nothing long is left alone at the end. */
  readonly files: readonly string[];
  /** Test files at a time. */
  readonly concurrency: number;
  /**
   * Test files in one process, default 1: of files of milliseconds, starting a process for each takes half of the time. A
   * hook outside of any suite is then one of all of them.
   */
  readonly together?: number;
  /** How long one process may take, in ms. */
  readonly timeout: number;
  /** Environment variables for the lane's processes. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Lanes in the order in which they run: the quickest answer first. */
export const lanes: Readonly<Record<string, Lane>> = {
  unit: {
    files: [
      'extension/**/*.test.ts',
      'test/*.test.ts',
      'test/support/**/*.test.ts',
      'webview/**/*.test.ts',
      'worker/**/*.test.ts',
    ],
    concurrency: 2,
    together: 8,
    timeout: 5 * MINUTE,
  },
  parity: {
    files: ['test/parity/torch-{encoders,precision}.test.ts', 'test/parity/**/*.test.ts'],
    concurrency: 2,
    timeout: 10 * MINUTE,
  },
  gpu: {
    files: ['test/gpu/{encoders,training}.test.ts', 'test/gpu/run.test.ts', 'test/gpu/**/*.test.ts'],
    concurrency: 2,
    timeout: 10 * MINUTE,
    env: softwareVulkan(),
  },
  process: { files: ['test/process/**/*.test.ts'], concurrency: 2, timeout: 10 * MINUTE },
  // two windows at a time on two cores take longer than one after the other
  vscode: { files: ['test/vscode/**/*.test.ts'], concurrency: 1, timeout: 10 * MINUTE },
};

/** Points the Vulkan loader at SwiftShader, unless the caller has chosen a device. */
function softwareVulkan(): Record<string, string> {
  const chosen = process.env.VK_ICD_FILENAMES !== undefined;
  return !chosen && existsSync(SWIFTSHADER) ? { VK_ICD_FILENAMES: SWIFTSHADER } : {};
}
