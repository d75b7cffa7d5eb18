import type { TrainRequest } from '../../worker/protocol/train.ts';
import { startTraining } from '../../worker/services/train.ts';
import type { RunReport } from '../../worker/training/report.ts';

export const THREADS = 2;

/** Pre-LN and larger initial weights than the published ones, which are for a width of 768: a small encoder learns faster. */
export const SMALL_ENCODER = { normPlacement: 'pre', initRange: 0.05 };
/** A model this small does not learn by heart what it reads a few times. */
export const READING = { embeddingDropout: 0, attentionDropout: 0, residualDropout: 0 };
export const FITTING = { embeddingDropout: 0.1, attentionDropout: 0.1, residualDropout: 0.1 };

export interface Trained {
  readonly seconds: number;
  /** Where the objective has test data. */
  readonly report: RunReport | undefined;
}

/** Trains on `cpu` to the end, as `cloze train` does; evaluations are told on stderr. */
export async function trainAndReport(request: TrainRequest): Promise<Trained> {
  process.stderr.write(`${request.out}\n`);
  const started = performance.now();
  let report: RunReport | undefined;
  await startTraining(
    { provider: 'cpu', threads: THREADS, ...request },
    {
      onEvent: (event) => {
        if (event.event === 'report') ({ report } = event);
        if (event.event !== 'eval') return;
        const seconds = ((performance.now() - started) / 1000).toFixed(0);
        process.stderr.write(
          `  step ${event.step}, ${seconds} s: ${event.valLoss.toFixed(4)} ${JSON.stringify(event.metrics ?? {})}\n`,
        );
      },
    },
  );
  return { seconds: (performance.now() - started) / 1000, report };
}
