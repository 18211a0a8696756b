import { expect, test } from "vitest";
import { renderHtml } from "../html/page.ts";
import { renderMarkdown } from "../markdown.ts";
import { summarise } from "../summarise.ts";
import { type Ending, expansionOf, outcomesOf, provenance } from "../testing/synthetic.ts";

const manifest = (claims: string, more = ""): string => `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: claims }
spec:
  objective: { metric: validation.accuracy, direction: maximize }
  trainer: { study: { data: { kind: mnist }, model: { kind: mlp }, optimizer: { kind: adam, learningRate: 0.01, epochs: 1, batch: 10 } } }
  parameters:
    - { name: width, path: "model.hidden[0]", values: [8, 16] }
    - { name: optimizer.learningRate, role: tuned, values: [0.1, 0.2] }
    ${more}
  baseline: { width: 8 }
  replicates: { count: 8 }
  claims: [${claims}]
`;

const summaryOf = async (text: string, end: (trial: { labels: Record<string, unknown>; replicate: number; arm: number }) => Ending | undefined) => {
  const expansion = expansionOf(text);
  return summarise({ expansion, outcomes: outcomesOf(expansion, (trial) => end(trial)), provenance });
};

const above = `{ id: wider, metric: test.accuracy, arms: [{ width: 16 }, {}], comparator: ">=", margin: 0.0125 }`;

test("an arm is read at the tuned values that it chose", async () => {
  const { claims } = await summaryOf(manifest(above), ({ labels, replicate }) => {
    const [wide, good] = [labels["width"] === 16, labels["optimizer.learningRate"] === 0.2];
    // Only the rate that validation chooses is better, and by 2 points of the test only where it is chosen.
    return {
      metrics: { "validation.accuracy": (good ? 0.9 : 0.2) + replicate / 1000, "test.accuracy": (good ? (wide ? 0.72 : 0.7) : 0.99) + replicate / 1000 },
    };
  });
  expect(claims).toMatchObject([{ id: "wider", verdict: "pass", replicates: 8, arms: [1, 0] }]);
  expect(claims[0]!.value).toBeCloseTo(0.02, 12);
  expect(claims[0]!.statement).toBe("mean test.accuracy: width 16 ≥ width 8 + 1.25 points");
});

test("failed, pruned, pending and absent values are said apart", async () => {
  const { claims } = await summaryOf(manifest(above), ({ labels, replicate }) => {
    if (labels["width"] === 16 && replicate === 0) return { state: "Failed", failure: "diverged", message: "", metrics: {} };
    if (labels["width"] === 16 && replicate === 1) return { state: "Pruned", metrics: {} };
    if (labels["width"] === 8 && replicate === 2) return undefined;
    if (labels["width"] === 8 && replicate === 3) return { metrics: { "validation.accuracy": 0.5 } };
    return { metrics: { "validation.accuracy": 0.5, "test.accuracy": 0.5 } };
  });
  expect(claims[0]).toMatchObject({ verdict: "undecided", replicates: 4 });
  expect(claims[0]!.reason).toBe(
    "4 replicates of 8 have no value (1 failed, 1 pruned, 1 pending, 1 without a finite one); nothing is decided below 8 replicates",
  );
});

test("blocked values are averaged within each replicate, and what was measured can be claimed", async () => {
  const text = manifest(
    `{ id: mean, metric: test.accuracy, arms: [{}], reduce: every, comparator: "==", margin: 0.5, tolerance: 1.0e-12 }, { id: quick, metric: training.seconds, arms: [{}], comparator: "<", margin: 2 }`,
    `- { name: optimizer.batch, role: blocked, values: [10, 20] }`,
  );
  const { claims } = await summaryOf(text, ({ labels }) => ({
    metrics: { "validation.accuracy": 0.5, "test.accuracy": labels["optimizer.batch"] === 10 ? 0.25 : 0.75 },
    measured: { "training.seconds": 1 },
  }));
  expect(claims.map(({ verdict }) => verdict)).toEqual(["pass", "pass"]);
});

const steady = ({ replicate }: { replicate: number }): Ending => ({ metrics: { "validation.accuracy": 0.5, "test.accuracy": 0.5 + replicate / 100 } });

test("both reports show every claim, and the same outcomes give the same bytes", async () => {
  const text = manifest(`${above}, { id: "<b>", metric: test.accuracy, arms: [{}], reduce: median, comparator: "<", margin: 0.1 }`);
  const summary = await summaryOf(text, steady);
  const markdown = renderMarkdown(summary);
  expect(markdown).toContain("| wider | fail | mean test.accuracy: width 16 ≥ width 8 + 1.25 points |");
  expect(markdown).toContain("| \\<b\\> | fail |");
  const page = renderHtml(summary);
  expect(page).toContain("<h2>Claims</h2>");
  expect(page).not.toContain("<b>");
  expect(renderHtml(await summaryOf(text, steady))).toBe(page);
});
