import type { Program } from '../runtime/program.ts';

/** Programs that are kept, one a length: each has memory of its own. */
const MOST_PROGRAMS = 3;

/** Programs by the length of what they take, compiled when they are first needed; the last used are kept. */
export class ProgramsByLength {
  readonly #compile: (length: number) => Promise<Program>;
  /** The one used last comes last. */
  readonly #programs = new Map<number, Program>();

  constructor(compile: (length: number) => Promise<Program>) {
    this.#compile = compile;
  }

  async get(length: number): Promise<Program> {
    const known = this.#programs.get(length);
    this.#programs.delete(length);
    const program = known ?? (await this.#compile(length));
    this.#programs.set(length, program);
    if (this.#programs.size > MOST_PROGRAMS) {
      const [oldest, unused] = this.#programs.entries().next().value!;
      this.#programs.delete(oldest);
      await unused.dispose();
    }
    return program;
  }
}
