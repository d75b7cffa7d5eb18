/** Calls at most once in an interval: at once, and once more at its end if there were calls meanwhile. */
export function throttled(intervalMs: number, act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again = false;
  const run = (): void => {
    again = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (again) run();
    }, intervalMs);
    act();
  };
  return () => {
    if (timer === undefined) run();
    else again = true;
  };
}
