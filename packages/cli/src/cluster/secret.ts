import { defaultStoreSecret, lanesSecretName, type SweepObject, storeVariables } from "@allot/controller";
import { isForbidden, type Secret, secrets } from "@allot/kube";
import type { StoreEnvironment } from "@allot/store";
import { CliError, exitCodes } from "../exit.ts";
import type { Cluster } from "./connection.ts";
import { specOf } from "./view.ts";

/** Where the install keeps what it gives namespaces without a store of their own. */
const installNamespace = "allot-system";

const decoded = ({ data }: Secret): StoreEnvironment =>
  Object.fromEntries(storeVariables.flatMap((name) => (data?.[name] === undefined ? [] : [[name, Buffer.from(data[name], "base64").toString("utf8")]])));

/**
 * The Secret that a sweep's lanes reach the store with: the one that the manifest names or its namespace has, else what
 * the controller handed the lanes, else the install's own. Its values are never shown.
 * @param object the sweep; without one only what does not depend on it.
 * @throws CliError that names the Secrets looked for
 */
export const secretOf = async (
  object: SweepObject | undefined,
  { kube, namespace, context }: Cluster,
): Promise<{ name: string; variables: StoreEnvironment }> => {
  const named = (object && specOf(object).execution?.store?.secretName) ?? defaultStoreSecret;
  const candidates = [
    { namespace, name: named },
    ...(object ? [{ namespace, name: lanesSecretName(object.metadata.name) }] : []),
    { namespace: installNamespace, name: defaultStoreSecret },
  ];
  const missed: string[] = [];
  for (const candidate of candidates) {
    const found = await kube
      .resource(secrets)
      .get(candidate.name, { namespace: candidate.namespace, signal: context.signal })
      .catch((error: unknown) => {
        if (!isForbidden(error)) throw error;
        return "forbidden" as const;
      });
    const name = `${candidate.namespace}/${candidate.name}`;
    if (found !== undefined && found !== "forbidden" && found.data?.["ALLOT_STORE"] !== undefined) return { name, variables: decoded(found) };
    missed.push(`${name} (${found === undefined ? "is not there" : found === "forbidden" ? "you may not read it" : "has no ALLOT_STORE"})`);
  }
  const text = `no Secret says how to reach the store: ${missed.join(", ")}; set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and, for a server other than Amazon's, ALLOT_S3_ENDPOINT`;
  throw new CliError(exitCodes.cluster, text);
};
