// Compiles the AssemblyScript kernels in worker/**/kernels/ into TypeScript modules that hold the WebAssembly;
// with --check, only tells whether the modules are up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { globbySync } from 'globby';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The module that a kernel's source becomes. */
async function compileKernel(path) {
  let bytes;
  const { error, stderr } = await asc.main(
    [
      path,
      '--outFile',
      'out.wasm',
      '-O3',
      '--enable',
      'simd',
      '--runtime',
      'stub',
      '--importMemory',
      '--noAssert',
    ],
    {
      readFile: (name) => (name === path ? readFileSync(`${root}${path}`, 'utf8') : null),
      writeFile: (name, data) => {
        if (name === 'out.wasm') bytes = data;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${path}: ${stderr.toString()}`);
  const name = `${basename(path, '.ts').toUpperCase()}_WASM`;
  const text = Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,100}/g);
  return `// Made from ${basename(path)} by scripts/kernels.js.\nexport const ${name} =\n${text.map((line) => `  '${line}'`).join(' +\n')};\n`;
}

for (const path of globbySync(['worker/**/kernels/*.ts', '!**/*.wasm.ts'], { cwd: root })) {
  const target = `${root}${path.replace(/\.ts$/, '.wasm.ts')}`;
  const made = await compileKernel(path);
  if (!process.argv.includes('--check')) writeFileSync(target, made);
  else if (readFileSync(target, 'utf8') !== made) {
    console.error(`${target} is not what ${path} compiles to: run npm run kernels`);
    process.exitCode = 1;
  }
}
