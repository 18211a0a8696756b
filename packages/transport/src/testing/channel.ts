import type { MessagePortLike } from "../ipc/frames.ts";

type Listener = (...message: unknown[]) => void;

/** One of several channels over a single port: messages carry the channel's name and others are not heard. */
export const channel = (port: MessagePortLike, name: string): MessagePortLike => {
  const inner = new Map<Listener, Listener>();
  const unpack =
    (listener: Listener): Listener =>
    (message) => {
      if (typeof message === "object" && message !== null && name in message) listener(Reflect.get(message, name));
    };
  return {
    send: (message, callback) => port.send?.({ [name]: message }, callback) ?? false,
    on: (event: "message" | "disconnect", listener: Listener) => {
      if (event === "disconnect") return port.on("disconnect", listener);
      const unpacking = unpack(listener);
      inner.set(listener, unpacking);
      return port.on("message", unpacking);
    },
    off: (event: "message" | "disconnect", listener: Listener) => {
      if (event === "disconnect") return port.off("disconnect", listener);
      return port.off("message", inner.get(listener) ?? listener);
    },
  };
};
