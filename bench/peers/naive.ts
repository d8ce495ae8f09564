import { createServer, type ServerResponse } from "node:http";
import { CoreV1Api, KubeConfig, makeInformer, type V1Pod } from "@kubernetes/client-node";

/**
 * What one would write in an afternoon: the official client's informer, each changed pod sent as it is, and a plain table of
 * all pods. Started with a kubeconfig and a port; says `ready` when it has all pods.
 */
const [kubeconfig = "", port = ""] = process.argv.slice(2);
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const api = config.makeApiClient(CoreV1Api);
const informer = makeInformer(config, "/api/v1/pods", () => api.listPodForAllNamespaces());
const readers = new Set<ServerResponse>();

function tell(pod: V1Pod): void {
  for (const reader of readers) {
    reader.write(`data: ${JSON.stringify(pod)}\n\n`);
  }
}
informer.on("add", tell);
informer.on("update", tell);
informer.on("error", (failure) => {
  throw failure;
});

const page = `<!doctype html><title>Pods</title><table><tbody id="pods"></tbody></table><script>
const restartsOf = (pod) => pod.status.containerStatuses?.[0]?.restartCount ?? 0;
const cells = new Map();
function show(pod) {
  const cell = cells.get(pod.metadata.uid);
  if (cell) { cell.textContent = restartsOf(pod); return; }
  const row = document.createElement("tr");
  row.dataset.pod = pod.metadata.name;
  for (const text of [pod.metadata.namespace, pod.metadata.name, pod.status.phase, pod.spec.nodeName]) {
    row.insertCell().textContent = text;
  }
  const restarts = row.insertCell();
  restarts.dataset.restarts = "";
  restarts.textContent = restartsOf(pod);
  cells.set(pod.metadata.uid, restarts);
  document.getElementById("pods").append(row);
}
fetch("/pods").then((answer) => answer.json()).then((pods) => {
  pods.forEach(show);
  new EventSource("/events").onmessage = ({ data }) => show(JSON.parse(data));
});
</script>`;

const server = createServer((request, response) => {
  switch (request.url) {
    case "/events":
      response.writeHead(200, { "Content-Type": "text/event-stream" }).flushHeaders();
      readers.add(response);
      response.on("close", () => readers.delete(response));
      break;
    case "/pods":
      response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(informer.list()));
      break;
    default:
      response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(page);
  }
});
await informer.start();
server.listen(Number(port), "127.0.0.1", () => console.log("ready"));
