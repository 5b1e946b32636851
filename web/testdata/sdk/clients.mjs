// The rerank clients of package.json, checked as check.py says: node clients.mjs http://localhost:PORT
// Node looks for packages in node_modules beside this file.
import { readFileSync } from "node:fs";
import { createCohere } from "@ai-sdk/cohere";
import { CohereRerank } from "@langchain/cohere";
import { rerank } from "ai";
import { CohereClient, CohereClientV2 } from "cohere-ai";

const base = process.argv[2];
const { query, documents: three, order, keys, reasons } = JSON.parse(readFileSync(new URL("task.json", import.meta.url)));

async function cohereV1(key, documents, topN, retries) {
  const client = new CohereClient({ token: key, environment: base, maxRetries: retries });
  const { results } = await client.rerank({ model: "rerank-v3.5", query, documents, topN, returnDocuments: true });
  return results.map((x) => ({ index: x.index, score: x.relevanceScore, text: x.document.text }));
}

async function cohereV2(key, documents, topN, retries) {
  const client = new CohereClientV2({ token: key, environment: base, maxRetries: retries });
  const { results } = await client.rerank({ model: "rerank-v3.5", query, documents, topN });
  return results.map((x) => ({ index: x.index, score: x.relevanceScore }));
}

async function aiCohere(key, documents, topN, retries) {
  const model = createCohere({ baseURL: `${base}/v2`, apiKey: key }).reranking("rerank-v3.5");
  const { ranking } = await rerank({ model, query, documents, topN, maxRetries: retries });
  return ranking.map((x) => ({ index: x.originalIndex, score: x.score, text: x.document }));
}

async function langchainCohere(key, documents, topN) {
  const client = new CohereClient({ token: key, environment: base });
  const found = await new CohereRerank({ client, model: "rerank-v3.5" }).rerank(documents, query, { topN });
  return found.map((x) => ({ index: x.index, score: x.relevanceScore }));
}

async function outcome(situation, documents, call) {
  let found;
  try {
    found = await call();
  } catch (e) {
    // ai's errors have a name of their own, cohere-ai's are called as their class is.
    const name = e.name === "Error" ? e.constructor.name : e.name;
    return e.message.includes(reasons[situation] ?? "") ? name : `${name}, without the server's reason`;
  }
  const scores = found.map((x) => x.score);
  if (scores.some((s, i) => s < 0 || s > 1 || s > scores[i - 1])) return `scores ${scores}`;
  const odd = found.find((x) => x.text !== undefined && x.text !== documents[x.index]);
  if (odd) return `document ${odd.index} came back as ${odd.text}`;
  return `[${found.map((x) => x.index).join(", ")}]`;
}

const errors = { "wrong key": "UnauthorizedError", "empty list": "BadRequestError", "over the limit": "BadRequestError", "429": "TooManyRequestsError" };
const aiErrors = { "wrong key": "AI_APICallError", "empty list": "[]", "over the limit": "AI_APICallError", "429": "AI_APICallError" };
const clients = [
  ["cohere-ai CohereClient", cohereV1, 500, { ...errors, "429, then again": "" }],
  ["cohere-ai CohereClientV2", cohereV2, 1000, { ...errors, "429, then again": "" }],
  ["ai, @ai-sdk/cohere", aiCohere, 1000, { ...aiErrors, "429, then again": "" }],
  ["@langchain/cohere CohereRerank", langchainCohere, 500, { ...errors, "429, then again": "" }],
];

const right = `[${order.join(", ")}]`;
const again = keys.again.values();
for (const [client, call, limit, wanted] of clients) {
  for (let [situation, want] of Object.entries({ right, "top 2": `[${order.slice(0, 2).join(", ")}]`, ...wanted })) {
    let [key, documents, topN, retries] = [keys.good, three, three.length, 0];
    switch (situation) {
      case "top 2": topN = 2; break;
      case "wrong key": key = keys.wrong; break;
      case "empty list": documents = []; break;
      case "over the limit": documents = Array.from({ length: limit + 1 }, (_, i) => `document ${i}`); break;
      case "429": key = keys.busy; break;
      case "429, then again": [key, retries, want] = [again.next().value, 1, right]; break;
    }
    const got = await outcome(situation, documents, () => call(key, documents, topN, retries));
    console.log(JSON.stringify({ client, situation, ok: got === want, got, want }));
  }
}
