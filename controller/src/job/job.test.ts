import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { defaults, owner, sweepWith } from "../testing/sweeps.ts";
import { laneJob, laneTemplate, templateHash } from "./job.ts";

const sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/** What a cluster needs daily; each is a file beside this test. */
const cases = {
  plain: sweepWith(),
  gpu: sweepWith({ execution: { lanes: 8, resources: { limits: { "nvidia.com/gpu": 1, memory: "16Gi" }, requests: { cpu: "4" } } } }),
  mig: sweepWith({ execution: { resources: { limits: { "nvidia.com/mig-1g.10gb": 1 } } } }),
  "private-image": sweepWith({ execution: { image: "example.test/lab/worker:2", imagePullPolicy: "Always", imagePullSecrets: [{ name: "lab-pull" }] } }),
  data: sweepWith({
    execution: {
      data: [
        { name: "mnist", persistentVolumeClaim: { claimName: "images", path: "mnist" } },
        { name: "text", s3: { uri: "s3://lab/text.tar", sha256 } },
        { name: "weights", image: "example.test/lab/weights:1" },
      ],
    },
  }),
  placement: sweepWith({
    execution: {
      template: {
        spec: {
          nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-H100" },
          tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
          affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
          runtimeClassName: "nvidia",
          priorityClassName: "research",
          volumes: [{ name: "shm", emptyDir: { medium: "Memory", sizeLimit: "1Gi" } }],
          containers: [{ name: "lane", volumeMounts: [{ name: "shm", mountPath: "/dev/shm" }] }],
        },
      },
    },
  }),
  threads: sweepWith({ execution: { lanes: 2, resources: { requests: { cpu: "4" }, limits: { memory: "8Gi" } } } }),
  kueue: sweepWith({}, { "kueue.x-k8s.io/queue-name": "gpus", "kueue.x-k8s.io/priority-class": "high" }),
  command: sweepWith({
    trainer: { command: { image: "example.test/lab/train@sha256:" + sha256, args: ["python", "train.py", "--arm", "{arm}"] } },
    parameters: [{ name: "arm", values: [1, 2, 3, 4] }],
    objective: { metric: "loss", direction: "minimize" },
  }),
};

const hash = (execution: Record<string, unknown>): string => templateHash(laneTemplate({ sweep: sweepWith({ execution }), owner, defaults }));

describe("the Job of a sweep", () => {
  it.each(Object.entries(cases))("%s is the file", async (name, sweep) => {
    const job = laneJob({ sweep, owner, generation: 1, lanes: 4, suspend: name === "kueue", storeSecret: "allot-store", defaults });
    await expect(stringify(job)).toMatchFileSnapshot(`golden/${name}.yaml`);
  });

  it("takes the install's patch first and the manifest's after", () => {
    const install = {
      spec: {
        hostNetwork: true,
        nodeSelector: { pool: "default", disk: "ssd" },
        containers: [{ name: "lane", env: [{ name: "OMP_NUM_THREADS", value: "1" }] }],
      },
    };
    const sweep = sweepWith({ execution: { template: { spec: { nodeSelector: { pool: "mine" } } } } });
    const { spec } = laneTemplate({ sweep, owner, defaults: { ...defaults, template: install } });
    expect(spec).toMatchObject({ hostNetwork: true, nodeSelector: { pool: "mine", disk: "ssd" } });
    const [lane] = spec["containers"] as { name: string; env: { name: string }[] }[];
    expect(lane?.env.map(({ name }) => name)).toEqual(expect.arrayContaining(["ALLOT_SWEEP", "OMP_NUM_THREADS"]));
  });

  it("never gives a lane Kubernetes credentials, root or a writable root", () => {
    for (const sweep of Object.values(cases)) {
      const { spec } = laneTemplate({ sweep, owner, defaults });
      expect(spec).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } });
      for (const container of [...(spec["containers"] as unknown[]), ...((spec["initContainers"] as unknown[] | undefined) ?? [])]) {
        expect(container).toMatchObject({
          securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        });
      }
    }
  });

  it("is told from one of another template by its hash, not by its size", () => {
    expect(hash({ lanes: 1 })).toBe(hash({ lanes: 64 }));
    expect(hash({ image: "other:1" })).not.toBe(hash({}));
  });
});
