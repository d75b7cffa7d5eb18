/** What a machine has to compute with. */
export interface DeviceReport {
  /** The provider that `auto` takes. */
  readonly auto: string | undefined;
  /** In the order in which `auto` tries them. */
  readonly providers: readonly {
    readonly provider: string;
    readonly usable: boolean;
    /** Why not. */
    readonly reason?: string;
    /** Why `auto` leaves it out although it is usable. */
    readonly slow?: string;
  }[];
  /** Threads inside one operator. */
  readonly threads: number;
  readonly memory: { readonly totalBytes: number; readonly availableBytes: number };
  readonly platform: string;
}
