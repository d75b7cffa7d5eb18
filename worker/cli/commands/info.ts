import type { Command } from 'commander';
import { PRESET_NAMES } from '../../models/presets.ts';
import type { MemoryEstimate, ModelInfo, ModuleParameters } from '../../protocol/info.ts';
import { describeModel } from '../../services/info.ts';
import { applySettings } from '../../services/settings.ts';
import { collect, positiveInteger } from '../arguments.ts';
import { formatBytes, formatCount, formatTable } from '../format.ts';
import type { Output } from '../output.ts';

export function addInfo(program: Command, output: Output): void {
  program
    .command('info')
    .summary("count a model's parameters, estimate its memory")
    .description(
      'Prints the parameters of a preset or of a model folder by module, and estimates the memory that training and inference take.',
    )
    .argument('<model>', `a folder, or one of ${PRESET_NAMES.join(', ')}`)
    .option('--batch <n>', 'sequences a training step takes at once', positiveInteger, 1)
    .option('--context <n>', 'tokens a sequence (default: what the model is made for)', positiveInteger)
    .option(
      '--set <name=value>',
      'change a model field first, for example model.layers=8; repeatable',
      collect,
    )
    .action((model: string, options: { batch: number; context?: number; set?: string[] }) => {
      const { set = [], ...rest } = options;
      const info = describeModel({ model, settings: applySettings(set), ...rest });
      output.result(info, () =>
        [parameterTable(info), ...activeLine(info), '', memoryTable(info)].join('\n'),
      );
    });
}

function parameterTable({ modules, parameters }: ModelInfo): string {
  const share = (n: number) => `${((100 * n) / parameters).toFixed(1)} %`;
  const rows = moduleRows(modules, 0).map(({ name, times, each }) => [
    name,
    times === 1 ? '' : `${times} x ${formatCount(each)}`,
    formatCount(times * each),
    share(times * each),
  ]);
  return formatTable([['module', '', 'parameters', 'share'], ...rows], [1, 2, 3]);
}

/** Said where not all parameters compute each token. */
function activeLine({ parameters, activeParameters: active }: ModelInfo): string[] {
  if (active === parameters) return [];
  return [`\nA token is computed by ${formatCount(active)} of them: it goes to some of the experts.`];
}

interface ModuleRow {
  readonly name: string;
  readonly times: number;
  /** Parameters of one of them. */
  readonly each: number;
}

/** A module and what is in it, indented; layers that are alike share their rows. */
function moduleRows(module: ModuleParameters, depth: number, times = 1, name = module.name): ModuleRow[] {
  const rows: ModuleRow[] = [{ name: '  '.repeat(depth) + name, times, each: module.parameters }];
  for (const group of alike(module.children)) {
    const [first, last] = [group[0]!, group.at(-1)!];
    const shared = first === last ? first.name : numbered(first.name, last.name);
    rows.push(...moduleRows(first, depth + 1, times * group.length, shared));
  }
  return rows;
}

/** 'layer 0' and 'layer 11' as 'layers 0 to 11'. */
function numbered(first: string, last: string): string {
  return `${first.replace(/ (\d+)$/, 's $1')} to ${last.split(' ').at(-1)!}`;
}

/** Runs of layers with the same modules in them. */
function alike(modules: readonly ModuleParameters[]): ModuleParameters[][] {
  const groups: ModuleParameters[][] = [];
  for (const module of modules) {
    const group = groups.at(-1);
    if (group !== undefined && shape(group[0]!) === shape(module)) group.push(module);
    else groups.push([module]);
  }
  return groups;
}

/** What two layers have in common if they differ only in their number. */
function shape({ name, parameters, children }: ModuleParameters): string {
  return JSON.stringify([name.replace(/\d+$/, ''), parameters, children]);
}

function memoryTable({ memory, batch, context }: ModelInfo): string {
  const parts: readonly (readonly [string, keyof MemoryEstimate])[] = [
    ['parameters', 'parameters'],
    ['gradients', 'gradients'],
    ['optimizer', 'optimizer'],
    ['activations', 'activations'],
    ['logits', 'logits'],
    ['KV cache', 'kvCache'],
    ['total', 'total'],
  ];
  const columns = ['training', 'lora', 'quantisedLora', 'inference'] as const;
  const bytes = (n: number) => (n === 0 ? '-' : formatBytes(n));
  const rows = parts.map(([name, key]) => [name, ...columns.map((use) => bytes(memory[use][key]))]);
  const head = [
    'memory, float32',
    `training, ${batch} x ${context} tokens`,
    'LoRA',
    'LoRA, int4 base',
    `inference, 1 x ${context} tokens`,
  ];
  return formatTable([head, ...rows], [1, 2, 3, 4]);
}
