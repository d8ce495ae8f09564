// Plain JavaScript, because it answers before any package is installed, on any Node that npm runs on.
import { createServer } from "node:http";
import { renderStartJson, renderStartPage } from "./start-page.mjs";
import { WrongUse } from "./usage.mjs";

/**
 * Answers on 127.0.0.1 with the start page until it is closed. Throws WrongUse when the port is taken.
 * @param {{ port: number, state: () => import("./start-page.mjs").StartState }} options
 * @returns {Promise<{ close(): Promise<void> }>} `close` resolves when the port is free again.
 */
export function openStartPage({ port, state }) {
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const { status, type, body } = answerTo(path, state());
    response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store", Connection: "close" });
    response.end(request.method === "HEAD" ? undefined : body);
  });
  const close = () =>
    new Promise((/** @type {(nothing: void) => void} */ resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const isTaken = "code" in error && error.code === "EADDRINUSE";
      reject(isTaken ? new WrongUse(busyPortMessage(port)) : error);
    });
    server.listen(port, "127.0.0.1", () => resolve({ close }));
  });
}

/** @param {number} port */
function busyPortMessage(port) {
  const other = port < 65_535 ? port + 1 : port - 1;
  return `Port ${port} on 127.0.0.1 is taken by another program, so nothing was started. End that program, or choose another port: PORT=${other} npm run demo`;
}

/**
 * @param {string} path
 * @param {import("./start-page.mjs").StartState} state
 */
function answerTo(path, state) {
  if (path === "/start.json") {
    return { status: 200, type: "application/json", body: renderStartJson(state) };
  }
  if (path.startsWith("/api/")) {
    return { status: 503, type: "application/json", body: JSON.stringify({ status: "starting" }) };
  }
  return { status: 200, type: "text/html; charset=utf-8", body: renderStartPage(state) };
}
