import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { promisify } from "node:util";
import * as z from "zod";

const run = promisify(execFile);

/** Paths of files. */
type Credentials = Readonly<{ ca: string; certificate: string; key: string }>;

/** An engine's socket, served by TLS to those alone who hold a certificate of its own authority. */
export type EngineByTls = Readonly<{
  url: string;
  tls: Credentials;
  /** Of somebody whom another authority vouches for. */
  stranger: Credentials;
  stop(): Promise<void>;
}>;

/** Whether this machine can make certificates. */
export async function canMakeCertificates(): Promise<boolean> {
  return run("openssl", ["version"]).then(
    () => true,
    () => false,
  );
}

/** Stands before the Unix socket as `dockerd --tlsverify` does. */
export async function serveByTls(socketPath: string): Promise<EngineByTls> {
  const directory = await mkdtemp(join(tmpdir(), "gatehouse-tls-"));
  const [ours, theirs] = [await authority(directory, "ours"), await authority(directory, "theirs")];
  const own = await ours("engine", "subjectAltName=IP:127.0.0.1");
  const tls = await ours("gatehouse", "extendedKeyUsage=clientAuth");
  const stranger = { ...(await theirs("stranger", "extendedKeyUsage=clientAuth")), ca: tls.ca };
  const sockets = new Set<Socket>();
  const server = createServer(
    {
      ca: await readFile(own.ca),
      cert: await readFile(own.certificate),
      key: await readFile(own.key),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (asker) => {
      const engine = connect(socketPath);
      for (const [socket, other] of [
        [asker, engine],
        [engine, asker],
      ] as const) {
        sockets.add(socket);
        socket.on("error", () => other.destroy()).on("close", () => other.destroy());
        socket.pipe(other);
      }
    },
  );
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    url: `https://127.0.0.1:${port}`,
    tls,
    stranger,
    async stop() {
      server.close();
      for (const socket of sockets) {
        socket.destroy();
      }
      await rm(directory, { recursive: true });
    },
  };
}

/** Makes certificates that it vouches for; `extension` says what for. */
async function authority(
  directory: string,
  authorityName: string,
): Promise<(name: string, extension: string) => Promise<Credentials>> {
  const at = (file: string) => join(directory, file);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const [ca, caKey] = [at(`${authorityName}-ca.pem`), at(`${authorityName}-ca-key.pem`)];
  await run("openssl", [
    ...["req", "-x509", ...newKey, "-subj", `/CN=${authorityName}`, "-days", "2"],
    ...["-keyout", caKey, "-out", ca],
  ]);
  return async (name, extension) => {
    const [certificate, key, request] = [at(`${name}.pem`), at(`${name}-key.pem`), at(`${name}.csr`)];
    await run("openssl", ["req", ...newKey, "-subj", `/CN=${name}`, "-keyout", key, "-out", request]);
    await writeFile(at(`${name}.ext`), extension);
    await run("openssl", [
      ...["x509", "-req", "-in", request, "-CA", ca, "-CAkey", caKey, "-CAcreateserial"],
      ...["-days", "2", "-extfile", at(`${name}.ext`), "-out", certificate],
    ]);
    return { ca, certificate, key };
  };
}
