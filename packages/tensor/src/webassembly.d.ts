/** The part of the WebAssembly JavaScript API that this package uses: TypeScript has it only in its browser library. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
    private readonly compiled: never;
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum: number });
    readonly buffer: ArrayBuffer;
  }
  class Instance<Exports> {
    constructor(module: Module, imports: { env: { memory: Memory } });
    readonly exports: Exports;
  }
}
