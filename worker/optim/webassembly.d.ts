/** The part of WebAssembly that the optimizer uses; Node's types leave it to the DOM's. */
declare namespace WebAssembly {
  const Module: new (bytes: Uint8Array) => Module;

  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  /** Pages of 64 KiB, zeroed. */
  const Memory: new (descriptor: { initial: number }) => Memory;

  interface Instance {
    readonly exports: unknown;
  }
  const Instance: new (module: Module, imports: Readonly<Record<string, object>>) => Instance;
}
