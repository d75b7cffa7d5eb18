/** Platforms for which onnxruntime-node has native files. */
const PLATFORMS: ReadonlySet<string> = new Set([
  'linux-x64',
  'linux-arm64',
  'darwin-arm64',
  'win32-x64',
  'win32-arm64',
]);

export function isSupported(platform: string = process.platform, arch: string = process.arch): boolean {
  return PLATFORMS.has(`${platform}-${arch}`);
}
