/** What a WordPiece decoder goes by. */
export interface PieceSpelling {
  readonly continuingPrefix: string;
  readonly cleanup: boolean;
}

/** Text of tokens, as the WordPiece decoder of a tokenizer.json makes it: words apart by spaces, pieces joined. */
export function decodePieces(
  tokens: readonly string[],
  { continuingPrefix, cleanup }: PieceSpelling,
): string {
  return tokens
    .map((token, i) => {
      const continues = i > 0 && token.startsWith(continuingPrefix);
      const spaced = i === 0 ? token : continues ? token.slice(continuingPrefix.length) : ` ${token}`;
      return cleanup ? withoutSpaces(spaced) : spaced;
    })
    .join('');
}

/** Takes out the spaces that English does not set; the list is that of Hugging Face's `tokenizers`. */
function withoutSpaces(text: string): string {
  return text
    .replace(/ ([.?!,])/g, '$1')
    .replace(/ ' /g, "'")
    .replace(/ (n't|'m|'s|'ve|'re)/g, '$1');
}
