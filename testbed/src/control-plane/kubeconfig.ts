/** Who connects to which API server. */
export interface Access {
  /** URL of the API server, or of a proxy before it on 127.0.0.1. */
  readonly server: string;
  /** Certificates in PEM that the server's is checked against. */
  readonly authority: string;
  readonly token: string;
}

/** A kubeconfig file's text (JSON is YAML). */
export const kubeconfigOf = ({ server, authority, token }: Access): string =>
  JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "testbed", cluster: { server, "certificate-authority-data": Buffer.from(authority).toString("base64") } }],
      users: [{ name: "testbed", user: { token } }],
      contexts: [{ name: "testbed", context: { cluster: "testbed", user: "testbed" } }],
      "current-context": "testbed",
    },
    undefined,
    2,
  );
