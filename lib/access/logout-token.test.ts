import { createServer, type Server } from "node:http";
import { exportJWK, generateKeyPair, type JWTPayload, type KeyLike, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLogoutToken } from "./logout-token.ts";

const EVENT = "http://schemas.openid.net/event/backchannel-logout";
const NOW = Math.floor(Date.now() / 1000);

let server: Server;
let issuer: string;
let key: KeyLike;
let foreignKey: KeyLike;

beforeAll(async () => {
  const pair = await generateKeyPair("RS256");
  key = pair.privateKey;
  foreignKey = (await generateKeyPair("RS256")).privateKey;
  const keys = [{ ...(await exportJWK(pair.publicKey)), kid: "k", alg: "RS256", use: "sig" }];
  server = createServer((request, response) => {
    const body = request.url === "/jwks" ? { keys } : { issuer, jwks_uri: `${issuer}/jwks` };
    response.setHeader("Content-Type", "application/json").end(JSON.stringify(body));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  issuer = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});
afterAll(() => server.close());

type Changes = Readonly<Record<string, unknown>>;
const claims = (changes: Changes): JWTPayload => ({
  iss: issuer,
  aud: "gatehouse",
  iat: NOW,
  jti: "1",
  sub: "u-1",
  events: { [EVENT]: {} },
  ...changes,
});
const sign = (changes: Changes, by = key) =>
  new SignJWT(claims(changes)).setProtectedHeader({ alg: "RS256", kid: "k", typ: "logout+jwt" }).sign(by);
const read = (token: string) => readLogoutToken({ issuer, clientId: "gatehouse" }, token);

it("a logout token of the provider's tells whose sessions have ended, and which", async () => {
  expect(await read(await sign({}))).toEqual({ subject: "u-1", providerSession: undefined });
  expect(await read(await sign({ sid: "s-1", exp: NOW + 60 }))).toEqual({ subject: "u-1", providerSession: "s-1" });
  expect(await read(await sign({ sub: undefined, sid: "s-1" }))).toEqual({
    subject: undefined,
    providerSession: "s-1",
  });
});

describe("a logout token is not believed", () => {
  it.each<[string, Changes]>([
    ["for another client", { aud: "another" }],
    ["of another issuer", { iss: "https://elsewhere.example" }],
    ["from an hour ago", { iat: NOW - 3600 }],
    ["that says no time", { iat: undefined }],
    ["that is over", { exp: NOW - 60 }],
    ["without its event, as an id_token is", { events: undefined }],
    ["with another event", { events: { "http://schemas.openid.net/event/other": {} } }],
    ["whose event is no object", { events: { [EVENT]: true } }],
    ["with a nonce, as an id_token has", { nonce: "n" }],
    ["without a name of its own", { jti: undefined }],
    ["about nobody", { sub: undefined }],
  ])("%s", async (_what, changes) => {
    await expect(read(await sign(changes))).rejects.toMatchObject({ code: "invalid" });
  });

  it("signed with another key, with a secret, not at all, or changed", async () => {
    const [, payload = "", signature = ""] = (await sign({})).split(".");
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const bySecret = await new SignJWT(claims({}))
      .setProtectedHeader({ alg: "HS256", kid: "k" })
      .sign(new TextEncoder().encode("a secret that both sides may know"));
    for (const token of [
      await sign({}, foreignKey),
      bySecret,
      `${encode({ alg: "none" })}.${payload}.`,
      `${encode({ alg: "RS256", kid: "k" })}.${encode(claims({ sub: "u-2" }))}.${signature}`,
      "",
    ]) {
      await expect(read(token)).rejects.toMatchObject({ code: "invalid" });
    }
  });
});

it("nothing is ended where the provider does not say its keys", async () => {
  await expect(
    readLogoutToken({ issuer: "http://127.0.0.1:9", clientId: "gatehouse" }, await sign({})),
  ).rejects.toMatchObject({ code: "unavailable" });
});
