import pidusage from 'pidusage';

/** CPU time that a process has used, user and system, in ms; undefined where the platform does not tell. */
export async function cpuTime(pid: number): Promise<number | undefined> {
  try {
    return (await pidusage(pid)).ctime;
  } catch {
    return undefined; // it has just ended, or a policy forbids to look
  }
}
