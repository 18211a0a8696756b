/**
 * Structured concurrency: work started here ends before `join` returns, and the
 * first failure aborts the rest.
 */
export class TaskGroup {
  readonly #controller = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;

  /** @param parent when it aborts, so does the group. */
  constructor(parent: AbortSignal) {
    if (parent.aborted) this.#controller.abort(parent.reason);
    else parent.addEventListener("abort", () => this.#controller.abort(parent.reason), { once: true, signal: this.#controller.signal });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  start(work: (signal: AbortSignal) => Promise<void>): void {
    const task = work(this.signal).catch((error: unknown) => {
      // An abort that the group itself asked for is not a failure.
      if (!this.signal.aborted) this.#failure ??= { error };
      this.#controller.abort(error);
    });
    this.#running.add(task);
    void task.finally(() => this.#running.delete(task));
  }

  abort(reason?: unknown): void {
    this.#controller.abort(reason);
  }

  /** Waits for all work; throws the first failure. */
  async join(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    if (this.#failure) throw this.#failure.error;
  }
}
