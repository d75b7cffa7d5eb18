/** Where an example stands, for messages: `mails.jsonl:12`, or a question's id. */
interface Placed {
  readonly where: string;
}

/** A text, or a pair of texts, of a class. */
export interface TextExample extends Placed {
  readonly text: string;
  readonly pair?: string | undefined;
  readonly label: string;
}

/** Words with a tag each, such as `B-PER`. */
export interface TagExample extends Placed {
  readonly tokens: readonly string[];
  readonly tags: readonly string[];
}

/** A question on a text; without answers if the text does not answer it. */
export interface QuestionExample extends Placed {
  readonly id: string;
  readonly question: string;
  readonly context: string;
  readonly answers: readonly Answer[];
}

export interface Answer {
  readonly text: string;
  /** Where it stands in the context, in UTF-16 units. */
  readonly start: number;
}
