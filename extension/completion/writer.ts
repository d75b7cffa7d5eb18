/** A document that text is written in. Offsets are in UTF-16 units. */
export interface Page {
  readonly eol: string;
  /** Changes with each edit. */
  readonly version: number;
  /** Resolves with false, or rejects, where the text could not be put in: the editor is closed, or somebody else wrote. */
  insert(offset: number, text: string, isFirst: boolean): PromiseLike<boolean>;
}

/** Writes pieces of text one after another, from an offset on. */
export class Writer {
  readonly #page: Page;
  readonly #onEnd: () => void;
  #offset: number;
  #version: number;
  #waiting = '';
  #writing: Promise<void> | undefined;
  #isFirst = true;
  #isOver = false;

  /** `onEnd` hears if somebody else writes in the document, or its editor is closed: then this writes no more. */
  constructor(page: Page, offset: number, onEnd: () => void) {
    this.#page = page;
    this.#onEnd = onEnd;
    this.#offset = offset;
    this.#version = page.version;
  }

  write(text: string): void {
    this.#waiting += text.replaceAll('\r', '').replaceAll('\n', this.#page.eol);
    this.#writing ??= this.#flush();
  }

  /** Resolves when all is written that can be. */
  async done(): Promise<void> {
    await this.#writing;
  }

  async #flush(): Promise<void> {
    while (this.#waiting !== '' && !this.#isOver) {
      const text = this.#waiting;
      this.#waiting = '';
      if (!(await this.#insert(text))) {
        this.#isOver = true;
        this.#onEnd();
      }
    }
    this.#writing = undefined;
  }

  async #insert(text: string): Promise<boolean> {
    if (this.#page.version !== this.#version) return false;
    try {
      if (!(await this.#page.insert(this.#offset, text, this.#isFirst))) return false;
    } catch {
      return false; // VS Code throws for an editor that is closed
    }
    this.#isFirst = false;
    this.#offset += text.length;
    this.#version = this.#page.version;
    return true;
  }
}
