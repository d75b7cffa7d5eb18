/** What is told of failures that nobody waits for. */

/** Tells of an error once in a row: a model that can not be opened fails with the same one at each key. */
export function onceEach(tell: (error: unknown) => void): (error: unknown) => void {
  let last: unknown;
  return (error) => {
    if (error === last) return;
    last = error;
    tell(error);
  };
}
