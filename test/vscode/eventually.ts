/** Time for what a test waits for to come true, on two cores that do other things too, in ms. */
const PATIENCE = 60_000;
const INTERVAL = 50;

/** Tries until it does not throw, and gives what it returns. At the end of its patience it throws what it met last. */
export async function eventually<T>(check: () => T | Promise<T>, patience = PATIENCE): Promise<T> {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    }
  }
}
