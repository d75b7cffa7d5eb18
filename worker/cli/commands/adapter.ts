import type { Command } from 'commander';
import type { AdapterReport } from '../../protocol/adapter.ts';
import { describeAdapter } from '../../services/adapter-report.ts';
import { formatBytes, formatCount, formatTable } from '../format.ts';
import type { Output } from '../output.ts';

/** Singular values of a layer that are printed. */
const SHOWN_VALUES = 4;

export function addAdapter(program: Command, output: Output): void {
  program
    .command('adapter')
    .summary('tell what an adapter changes in its base')
    .description(
      'Prints how much an adapter has to train, and for each layer that it is added to the norm of the update, its share of the weight, and its largest singular values.',
    )
    .argument('<folder>', "an adapter's folder, or a run that trained one: then its last checkpoint")
    .action(async (model: string) => {
      const report = await describeAdapter({ model });
      output.result(report, () => [summary(report), '', layerTable(report)].join('\n'));
    });
}

function summary({ name, baseName, step, trainable, parameters, saved, memory }: AdapterReport): string {
  const at = step === undefined ? '' : `, at step ${formatCount(step)}`;
  const share = ((100 * trainable) / (parameters + trainable)).toFixed(2);
  const rows = [
    ['adapter', `${name}, of ${baseName}${at}`],
    ['trained', `${formatCount(trainable)} parameters beside ${formatCount(parameters)}, ${share} %`],
    ...(saved.length === 0 ? [] : [['kept whole', saved.join(', ')]]),
    [
      'a step',
      `about ${formatBytes(memory.adapter)}; of all weights ${formatBytes(memory.full)} (${memory.batch} x ${memory.context} tokens)`,
    ],
  ];
  return formatTable(rows);
}

function layerTable({ layers }: AdapterReport): string {
  const rows = layers.map(({ module, rank, norm, baseNorm, singularValues }) => [
    module,
    String(rank),
    norm.toPrecision(3),
    `${((100 * norm) / baseNorm).toFixed(2)} %`,
    singularValues
      .slice(0, SHOWN_VALUES)
      .map((value) => value.toPrecision(3))
      .join('  '),
  ]);
  return formatTable([['layer', 'rank', 'norm', 'of weight', 'singular values'], ...rows], [1, 2, 3]);
}
