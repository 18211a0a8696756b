/** The rules of a Role or ClusterRole. */
export interface RoleRules {
  readonly rules?: readonly { readonly apiGroups?: readonly string[]; readonly resources?: readonly string[]; readonly verbs: readonly string[] }[];
}

/** The parts of an audit log's line that say who did what. */
interface AuditEvent {
  readonly user: { readonly username: string };
  readonly verb: string;
  readonly objectRef?: { readonly resource: string; readonly subresource?: string; readonly apiGroup?: string };
  readonly responseStatus?: { readonly code?: number };
}

/** As text that sorts and compares: `patch sweeps/status.allot.dev`, `list pods`. */
const call = (verb: string, resource: string, group = ""): string => `${verb} ${resource}${group === "" ? "" : `.${group}`}`;

/** What roles allow, each call once and sorted. @throws Error for a wildcard, which allows more than anybody can list */
export const grantsOf = (...roles: readonly RoleRules[]): string[] => {
  const grants = roles
    .flatMap(({ rules = [] }) => rules)
    .flatMap(({ verbs, resources = [], apiGroups = [] }) =>
      verbs.flatMap((verb) => resources.flatMap((resource) => apiGroups.map((group) => call(verb, resource, group)))),
    );
  const wild = grants.find((grant) => grant.includes("*"));
  if (wild !== undefined) throw new Error(`role grants "${wild}": name the verbs and resources`);
  return unique(grants);
};

/**
 * What a user asked of an API server, granted or not, each call once and sorted; what is no object (such as `/version`) is left out.
 * @param auditLog text of the log, one event a line.
 * @param user such as `system:serviceaccount:<namespace>:<name>`.
 */
export const callsIn = (auditLog: string, user: string): string[] =>
  unique(
    auditLog
      .split("\n")
      .filter((line) => line !== "")
      .map((line): AuditEvent => JSON.parse(line))
      .filter(({ user: { username } }) => username === user)
      .flatMap(({ verb, objectRef, responseStatus }) => {
        if (!objectRef) return [];
        const { resource, subresource, apiGroup } = objectRef;
        const made = call(verb, subresource === undefined ? resource : `${resource}/${subresource}`, apiGroup);
        // An apply that makes its object needs the right to create it, too.
        return verb === "patch" && responseStatus?.code === 201 ? [made, call("create", resource, apiGroup)] : [made];
      }),
  );

const unique = (texts: readonly string[]): string[] => [...new Set(texts)].toSorted();
