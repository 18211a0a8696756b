import { Condition } from "./condition.ts";
import type { Control, ControlSubject } from "./transport.ts";

/** The control value as one process knows it. */
export class ControlValue implements ControlSubject {
  readonly #changed = new Condition();
  #value: Control = "run";
  /** Counts changes; -1 while the value is only assumed. */
  #version: number;
  #closed = false;

  /** @param known whether `run` is the value, or stands in for one that is still to come. */
  constructor({ known }: { known: boolean }) {
    this.#version = known ? 0 : -1;
  }

  set(control: Control): void {
    if (control === this.#value && this.#version >= 0) return;
    this.#value = control;
    this.#version += 1;
    this.#changed.notifyAll();
  }

  get(): Control {
    return this.#value;
  }

  async *changes({ signal }: { signal: AbortSignal }): AsyncGenerator<Control> {
    let seen = -1;
    while (!signal.aborted && !this.#closed) {
      if (seen === this.#version) await this.#changed.wait({ signal });
      else {
        seen = this.#version;
        yield this.#value;
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#changed.notifyAll();
  }
}
