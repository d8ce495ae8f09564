import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer as createPlainServer } from "node:http";
import { createServer, type RequestOptions, request, type Server } from "node:https";
import { connect, type Server as NetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";
import { accountOfFile } from "./kubeconfig.ts";

let directory: string;
let server: Server;
let port: number;

/** A certificate that vouches for itself, in `<name>.crt` and `<name>.key`. */
function makeCertificate(name: string): void {
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"],
      ...["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:cluster.example"],
      ...["-keyout", join(directory, `${name}.key`), "-out", join(directory, `${name}.crt`)],
    ],
    { stdio: "ignore" },
  );
}

async function listening(one: NetServer): Promise<number> {
  one.listen(0, "127.0.0.1");
  await once(one, "listening");
  return z.object({ port: z.number() }).parse(one.address()).port;
}

const file = (name: string) => readFile(join(directory, name));
const base64 = async (name: string) => (await file(name)).toString("base64");

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gatehouse-kubeconfig-"));
  for (const name of ["server", "ada", "ben"]) {
    makeCertificate(name);
  }
  server = createServer(
    {
      cert: await file("server.crt"),
      key: await file("server.key"),
      ca: [await file("ada.crt"), await file("ben.crt")],
      requestCert: true,
      rejectUnauthorized: false,
    },
    (call, answer) => {
      const shown = call.socket instanceof TLSSocket ? call.socket.getPeerCertificate().subject?.CN : undefined;
      answer.end(JSON.stringify({ certificate: shown, authorization: call.headers.authorization }));
    },
  );
  port = await listening(server);
});
afterAll(async () => {
  server.close();
  await rm(directory, { recursive: true });
});

async function kubeconfig(cluster: object, user: object, folder = directory): Promise<string> {
  const path = join(folder, "config.yaml");
  const config = {
    clusters: [{ name: "c", cluster: { server: `https://127.0.0.1:${port}`, ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  await writeFile(path, stringify(config));
  return path;
}

/** Who the server sees in a call by this kubeconfig. */
async function seenBy(path: string): Promise<unknown> {
  return seen(accountOfFile("gravv", path, undefined));
}

async function seen(account: ReturnType<typeof accountOfFile>): Promise<unknown> {
  const options: RequestOptions = { headers: {} };
  await account.authenticate(options);
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  request(account.base, options, (response) => {
    response.setEncoding("utf8").on("data", (text: string) => resolve(JSON.parse(text)));
  })
    .on("error", reject)
    .end();
  return promise;
}

const known = async () => ({
  "certificate-authority-data": await base64("server.crt"),
  "tls-server-name": "cluster.example",
});

it("a certificate in files beside the kubeconfig, whatever folder one works in, is shown to the server", async () => {
  const path = await kubeconfig(
    { "certificate-authority": "server.crt", "tls-server-name": "cluster.example" },
    { "client-certificate": "ada.crt", "client-key": "ada.key" },
  );
  expect(await seenBy(path)).toEqual({ certificate: "ada" });
});

it("a certificate in the kubeconfig itself is shown to the server", async () => {
  const path = await kubeconfig(await known(), {
    "client-certificate-data": await base64("ada.crt"),
    "client-key-data": await base64("ada.key"),
  });
  expect(await seenBy(path)).toEqual({ certificate: "ada" });
});

it("a server that the kubeconfig's authority does not vouch for is not told who one is", async () => {
  const path = await kubeconfig(
    { "certificate-authority": "ada.crt", "tls-server-name": "cluster.example" },
    { token: "secret" },
  );
  await expect(seenBy(path)).rejects.toThrow("self-signed certificate");
});

it("a program's certificate is shown, and its next one once the first has run out", async () => {
  const credential = async (name: string, expires: string) => ({
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status: {
      clientCertificateData: String(await file(`${name}.crt`)),
      clientKeyData: String(await file(`${name}.key`)),
      expirationTimestamp: expires,
    },
  });
  const answer = join(directory, "credential.json");
  await writeFile(answer, JSON.stringify(await credential("ada", "2020-01-01T00:00:00Z")));
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "cat", args: [answer] };
  const account = accountOfFile("gravv", await kubeconfig(await known(), { exec }), undefined);
  expect(await seen(account)).toEqual({ certificate: "ada" });
  await writeFile(answer, JSON.stringify(await credential("ben", "2120-01-01T00:00:00Z")));
  expect(await seen(account)).toEqual({ certificate: "ben" });
});

it("a token in the kubeconfig goes before one that its program gives", async () => {
  const answer = join(directory, "token.json");
  await writeFile(answer, JSON.stringify({ kind: "ExecCredential", status: { token: "by-program" } }));
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "cat", args: [answer] };
  expect(await seenBy(await kubeconfig(await known(), { exec }))).toEqual({ authorization: "Bearer by-program" });
  expect(await seenBy(await kubeconfig(await known(), { exec, token: "own" }))).toEqual({
    authorization: "Bearer own",
  });
});

it("a name and a password, and a token in a file, are shown as HTTP has them", async () => {
  expect(await seenBy(await kubeconfig(await known(), { username: "ada", password: "secret" }))).toEqual({
    authorization: `Basic ${Buffer.from("ada:secret").toString("base64")}`,
  });
  await writeFile(join(directory, "token"), "from-a-file");
  expect(await seenBy(await kubeconfig(await known(), { "token-file": join(directory, "token") }))).toEqual({
    authorization: "Bearer from-a-file",
  });
});

it("a proxy that the kubeconfig names is gone through", async () => {
  const through: string[] = [];
  const proxy = createPlainServer().on("connect", (call, socket) => {
    through.push(call.url ?? "");
    const onward = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
  });
  const proxyUrl = `http://127.0.0.1:${await listening(proxy)}`;
  const path = await kubeconfig({ ...(await known()), "proxy-url": proxyUrl }, { token: "secret" });
  expect(await seenBy(path)).toEqual({ authorization: "Bearer secret" });
  expect(through).toEqual([`127.0.0.1:${port}`]);
  proxy.close();
});

it("nobody's secret goes over plain http unless the kubeconfig says that it may", async () => {
  const path = await kubeconfig({ server: "http://cluster.example" }, { token: "secret" });
  expect(() => accountOfFile("gravv", path, undefined)).toThrow(
    "The kubeconfig of cluster gravv has http://cluster.example, which is plain http",
  );
});

it.each([
  ["no file", undefined, "no such file"],
  ["no kubeconfig", "- one\n- two\n", "The kubeconfig of cluster gravv is none: expected clusters, users and contexts"],
  ["no context of that name", "clusters: []\ncontexts: []\n", "names no cluster for context live"],
])("%s is said with the cluster's name", async (_, text, words) => {
  const folder = await mkdtemp(join(directory, "broken-"));
  const path = join(folder, "config.yaml");
  if (text !== undefined) {
    await writeFile(path, text);
  }
  expect(() => accountOfFile("gravv", path, "live")).toThrow(words);
});
