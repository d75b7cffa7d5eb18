import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { ClozeError } from '../base/errors.ts';
import { collectDocuments } from './documents.ts';
import { folderWith } from './test-support.ts';

/** Paths relative to the folder, and the counts. */
async function collect(folder: string, paths = ['.'], maxFileBytes?: number) {
  const { documents, leftOut } = await collectDocuments({
    paths: paths.map((path) =>
      path.startsWith('!') ? `!${join(folder, path.slice(1))}` : join(folder, path),
    ),
    ...(maxFileBytes === undefined ? {} : { maxFileBytes }),
  });
  return { names: documents.map(({ path }) => relative(folder, path)), leftOut };
}

const fails = (message: RegExp) => (error: unknown) =>
  error instanceof ClozeError && error.code === 'data' && message.test(error.message);

describe('collectDocuments', () => {
  it('walks a folder in path order and describes each document', async (t) => {
    const folder = folderWith(t, { 'b.ts': 'bé\n', 'a/z.ts': 'z', 'a.ts': '\uFEFFa', 'B.ts': 'B' });
    const { documents, leftOut } = await collectDocuments({ paths: [folder] });
    assert.deepEqual(
      documents.map(({ path, bytes, characters }) => [relative(folder, path), bytes, characters]),
      [
        ['B.ts', 1, 1],
        ['a.ts', 4, 1],
        ['a/z.ts', 1, 1],
        ['b.ts', 4, 3],
      ],
    );
    assert.match(documents[0]!.hash, /^[0-9a-f]{64}$/);
    assert.deepEqual(leftOut, {});
  });

  it('leaves out by reason and counts', async (t) => {
    const long = 'x'.repeat(600);
    const key =
      '-----BEGIN RSA PRIVATE KEY-----\n' + 'MIIEow+/'.repeat(20) + '\n-----END RSA PRIVATE KEY-----\n';
    const folder = folderWith(t, {
      'kept.ts': 'kept',
      'kept.env.ts': 'also kept',
      'reads-keys.ts': "if (text.includes('-----BEGIN PRIVATE KEY-----')) parse(text);",
      'docs.md': 'AKIAIOSFODNN7EXAMPLE is not a key',
      'long.txt': long, // prose may have a paragraph a line
      '.gitignore': '*.log\n/build/',
      'a.log': 'ignored',
      'build/x.ts': 'ignored',
      'build/y.ts': 'ignored',
      'node_modules/p/index.js': 'vendored',
      'dist/index.js': 'vendored',
      '.git/HEAD': 'vendored',
      '.env': 'X=1',
      '.env.local': 'X=2',
      'server.pem': 'x',
      id_rsa: 'x',
      credentials: 'x',
      'deploy.ts': key,
      'aws.ts': ['const id = "AKIA', 'ABCDEFGHIJKLMNOP";'].join(''),
      'aws.ini': `aws_secret_access_key = ${'aB3/'.repeat(10)}`,
      'hub.ts': `ghp_${'a1B2'.repeat(9)}`,
      'package-lock.json': '{}',
      'Cargo.lock': 'x',
      'image.dat': Uint8Array.of(137, 80, 78, 71, 0, 1),
      'big.ts': 'big\n'.repeat(1000),
      'big.png': Buffer.concat([Buffer.alloc(10), Buffer.alloc(5000, 1)]),
      'lib.min.js': 'x',
      'lib.js.map': 'x',
      'bundle.js': `// licence\n${long}\n`,
      'latin1.ts': Uint8Array.of(0x61, 0xe9, 0x62),
      'cut.ts': Uint8Array.of(0x61, 0xe2, 0x82),
      'empty.ts': '',
      'blank.ts': ' \n\n',
      'kept-again.ts': 'kept',
      'runs/a/run.json': '{}',
      'runs/a/tokenizer/tokenizer.json': '{}',
      'models/m/config.json': '{}',
      'models/m/model.safetensors': 'x',
    });
    symlinkSync(folder, join(folder, 'loop'));
    symlinkSync('kept.ts', join(folder, 'link.ts'));
    const { names, leftOut } = await collect(folder, ['.'], 3000);
    assert.deepEqual(names, [
      '.gitignore',
      'docs.md',
      'kept-again.ts',
      'kept.env.ts',
      'long.txt',
      'reads-keys.ts',
    ]);
    assert.deepEqual(leftOut, {
      ignored: 2, // a file, and a folder of two
      vendored: 3,
      model: 2,
      symlink: 2,
      secret: 9,
      lock: 2,
      binary: 2,
      'too-large': 1,
      minified: 3,
      'not-utf8': 2,
      empty: 2,
      duplicate: 1,
    });
  });

  it('knows secrets by their names and shapes', async (t) => {
    const names =
      '.env .env.production .envrc local.env .npmrc id_ed25519 server.key main.tfvars main.tfstate';
    const random = 'a1B2'.repeat(20);
    const tokens = [
      ['github_pat_', 40],
      ['glpat-', 20],
      ['xoxb-', 20],
      ['AIza', 35],
      ['rk_live_', 24],
      ['npm_', 36],
      ['hf_', 34],
      ['sk-proj-', 40],
      ['sk-ant-', 40],
    ] as const;
    const secret: [string, string][] = [
      ...names.split(' ').map((name): [string, string] => [name, name]),
      ...tokens.map(([prefix, length]): [string, string] => [
        `${prefix}.ts`,
        `const token = '${prefix}${random.slice(0, length)}';`,
      ]),
      ['openai.ts', ['sk-', random.slice(0, 20), 'T3BlbkFJ', random.slice(0, 20)].join('')],
    ];
    const kept = ['.env.example', 'env.ts', 'example.env', 'id_rsa.pub', 'keys.ts'];
    const folder = folderWith(
      t,
      Object.fromEntries([
        ...secret,
        ...kept.map((name): [string, string] => [name, `${name} hf_x npm_run`]),
      ]),
    );
    const { names: found, leftOut } = await collect(folder);
    assert.deepEqual([found, leftOut], [kept, { secret: secret.length }]);
  });

  it('finds what lies across the chunks in which a large file is read', async (t) => {
    const filler = 'x'.repeat(2 ** 20 - 10);
    const folder = folderWith(t, {
      'secret.txt': `${filler} ghp_${'a1B2'.repeat(9)}`,
      'text.txt': `${'x'.repeat(2 ** 20 - 1)}é`,
      'cut.txt': Buffer.concat([
        Buffer.from(`${'x'.repeat(2 ** 20 - 1)}é`).subarray(0, -1),
        Buffer.from('y'),
      ]),
      'minified.js': `${'x\n'.repeat(1000)}${filler}\n${filler}`,
    });
    const { names, leftOut } = await collect(folder, ['.'], 2 ** 22);
    assert.deepEqual(names, ['text.txt']);
    assert.deepEqual(leftOut, { secret: 1, 'not-utf8': 1, minified: 1 });
  });

  it('counts what cannot be read', async (t) => {
    const folder = folderWith(t, { 'a.ts': 'a', 'b.ts': 'b', 'closed/c.ts': 'c' });
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    chmodSync(folder, 0o755);
    chmodSync(join(folder, 'b.ts'), 0);
    chmodSync(join(folder, 'closed'), 0);
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid!(65534);
    try {
      const { names, leftOut } = await collect(folder);
      assert.deepEqual(names, ['a.ts']);
      assert.deepEqual(leftOut, { unreadable: 3 });
    } finally {
      if (root) process.seteuid!(0);
      chmodSync(join(folder, 'closed'), 0o755);
    }
  });

  it('takes what is named itself, whatever its size, ignore rules or folder, but no secret', async (t) => {
    const folder = folderWith(t, {
      '.git/HEAD': 'x',
      '.gitignore': 'node_modules\n*.out\n',
      'big.out': 'x'.repeat(5000),
      'yarn.lock': 'locked',
      '.env': 'A=1',
      'node_modules/p/dist/index.js': 'published',
      'node_modules/p/src/index.ts': 'source',
      'node_modules/p/node_modules/q/index.js': 'nested',
    });
    const named = await collect(folder, ['big.out', 'yarn.lock', '.env', 'node_modules/p', 'big.out'], 100);
    assert.deepEqual(named.names, [
      'big.out',
      'node_modules/p/dist/index.js',
      'node_modules/p/src/index.ts',
      'yarn.lock',
    ]);
    assert.deepEqual(named.leftOut, { secret: 1, vendored: 1 });
  });

  it('takes globs, in one walk, with exclusions', async (t) => {
    const folder = folderWith(t, {
      'src/a.ts': 'a',
      'src/a.test.ts': 'test',
      'src/b.js': 'b',
      'src/deep/c.ts': 'c',
      'src/deep/[id].ts': 'id',
      'src/node_modules/d.ts': 'd',
      'lib/e.ts': 'e',
    });
    const only = await collect(folder, ['src/**/*.ts', '!**/*.test.ts']);
    assert.deepEqual(only.names, ['src/a.ts', 'src/deep/[id].ts', 'src/deep/c.ts']);
    assert.deepEqual(only.leftOut, { vendored: 1 });
    assert.deepEqual((await collect(folder, ['src/deep/[id].ts'])).names, ['src/deep/[id].ts']);
    assert.deepEqual((await collect(folder, ['*/*.{ts,js}', '!src'])).names, ['lib/e.ts']);
    assert.deepEqual((await collect(folder, ['src/node_modules/*.ts'])).names, ['src/node_modules/d.ts']);
  });

  it('says which path does not exist, and what was left out when nothing remains', async (t) => {
    const folder = folderWith(t, { 'a.lock': 'x', 'sub/empty.ts': '' });
    await assert.rejects(collect(folder, ['sub', 'gone']), fails(/no such file or folder: .*gone/));
    await assert.rejects(collect(folder, ['sub/*.py']), fails(/no file below .*sub matches/));
    await assert.rejects(collect(folder), fails(/at least one text file in .*left out: 1 lock, 1 empty/));
    symlinkSync('loop', join(folder, 'loop'));
    await assert.rejects(collect(folder, ['loop']), fails(/cannot read .*loop: ELOOP/));
  });

  it('can be cancelled and reports progress', async (t) => {
    const folder = folderWith(t, { 'a.txt': 'hello' });
    const seen: unknown[] = [];
    await collectDocuments({ paths: [folder], onProgress: (progress) => seen.push(progress) });
    assert.deepEqual(seen.at(-1), { phase: 'collect', files: 1, bytes: 5 });
    const signal = AbortSignal.abort();
    await assert.rejects(
      collectDocuments({ paths: [folder], signal }),
      (error) => error instanceof ClozeError && error.code === 'cancelled',
    );
  });
});

describe('.gitignore', () => {
  it('nests as in git', async (t) => {
    const ignores = {
      '.gitignore':
        '\uFEFF*.tmp\n# comment\nBuild\n*.log\n/top.ts\nfoo/\ndocs/*.md\n!important.log\nspace\\ \n',
      'sub/.gitignore': '!keep.log\n/only-here.ts\nfoo2\n!foo/\n',
      'sub/[x]/.gitignore': 'inner.ts\n',
    };
    const files = [
      ...['a.log', 'important.log', 'top.ts', 'sub/top.ts', 'foo/a.ts', 'sub/foo/a.ts', 'sub/deep/foo/b.ts'],
      ...[
        'docs/a.md',
        'docs/deep/a.md',
        'sub/docs/a.md',
        'sub/keep.log',
        'sub/deep/keep.log',
        'keep.log',
        'sub/b.log',
      ],
      ...['only-here.ts', 'sub/only-here.ts', 'sub/deep/only-here.ts', 'foo2/a.ts', 'sub/deep/foo2/a.ts'],
      ...['a.tmp', 'Build/a.ts', 'one/Build', 'two/BUILD', 'three/build/a.ts', 'b.LOG'],
      ...['sub/[x]/inner.ts', 'sub/[x]/deep/inner.ts', 'sub/x/inner.ts', 'space ', 'space'],
    ];
    const folder = folderWith(t, { ...ignores, ...Object.fromEntries(files.map((file) => [file, file])) });
    execFileSync('git', ['init', '-q', folder]);
    const list = ['ls-files', '--others', '--exclude-standard', '-z'];
    const expected = execFileSync('git', list, { cwd: folder, encoding: 'utf8' }).split('\0').filter(Boolean);
    assert.deepEqual((await collect(folder)).names, expected.sort());

    // a walk that begins in a subfolder obeys the rules above it
    const below = expected.filter((name) => name.startsWith('sub/'));
    assert.deepEqual((await collect(folder, ['sub'])).names, below);
    // unless they ignore the folder itself
    assert.deepEqual((await collect(folder, ['foo'])).names, ['foo/a.ts']);
  });

  it('does not look above the root of the repository', async (t) => {
    const folder = folderWith(t, { '.gitignore': '*.ts', 'sub/a.ts': 'a' });
    mkdirSync(join(folder, 'sub/.git'));
    assert.deepEqual((await collect(folder, ['sub'])).names, ['sub/a.ts']);
  });
});
