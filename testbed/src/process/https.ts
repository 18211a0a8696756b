import { get } from "node:https";

/** Whether a server on this machine answers 200; its certificate is not looked at. */
export const answersOk = async (url: string, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve, reject) => {
    get(url, { rejectUnauthorized: false, signal, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on("error", reject);
  });
