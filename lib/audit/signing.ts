import "server-only";
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { canonicalJson } from "#lib/platform/digest.ts";
import type { Checkpoint, SignedCheckpoint } from "./model.ts";

export type SigningKey = Readonly<{
  keyId: string;
  /** SubjectPublicKeyInfo as PEM (RFC 7468), which may be shown to anybody. */
  publicKey: string;
  verifying: VerifyingKey;
  sign(checkpoint: Omit<Checkpoint, "version" | "keyId">): SignedCheckpoint;
}>;

export type VerifyingKey = Readonly<{ keyId: string; pem: string; holds(checkpoint: SignedCheckpoint): boolean }>;

/** Reads an Ed25519 private key, PKCS #8 as PEM (RFC 8410). Throws saying which file and what was expected. */
export function openSigningKey(path: string): SigningKey {
  return signingKeyOf(readKey(path));
}

/** What signs with an Ed25519 private key. */
export function signingKeyOf(key: KeyObject): SigningKey {
  const publicKey = createPublicKey(key);
  const keyId = keyIdOf(publicKey);
  return {
    keyId,
    publicKey: pemOf(publicKey),
    verifying: verifyingKeyOf(publicKey),
    sign({ seq, hash: lastHash, at }) {
      const checkpoint: Checkpoint = { version: 1, seq, hash: lastHash, at, keyId };
      return { ...checkpoint, signature: sign(null, bytesOf(checkpoint), key).toString("base64") };
    },
  };
}

function readKey(path: string): KeyObject {
  const expected = `${path}: expected an Ed25519 private key, PKCS #8 as PEM; openssl genpkey -algorithm ed25519 makes one`;
  let key: KeyObject;
  try {
    key = createPrivateKey(readFileSync(path));
  } catch (cause) {
    throw new Error(`${expected} (${codeOf(cause)})`, { cause });
  }
  if (key.asymmetricKeyType !== "ed25519") {
    throw new Error(`${expected} (it is ${key.asymmetricKeyType ?? "of another kind"})`);
  }
  return key;
}

/** Reads an Ed25519 public key from a file, SubjectPublicKeyInfo as PEM. Throws saying which file and what was expected. */
export function openVerifyingKeyFile(path: string): VerifyingKey {
  const expected = `${path}: expected an Ed25519 public key as PEM; openssl pkey -in record.key -pubout makes one`;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new Error(`${expected} (${codeOf(cause)})`, { cause });
  }
  const key = openVerifyingKey(text);
  if (key === undefined) {
    throw new Error(expected);
  }
  return key;
}

/** Reads an Ed25519 public key, SubjectPublicKeyInfo as PEM; undefined where the text is something else. */
export function openVerifyingKey(pem: string): VerifyingKey | undefined {
  // Node would make a public key of a private one too; nobody should have to hand that over.
  if (!pem.includes("-----BEGIN PUBLIC KEY-----")) {
    return undefined;
  }
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    // Whatever OpenSSL says of it: it is no key, which is the answer.
    return undefined;
  }
  return key.asymmetricKeyType === "ed25519" ? verifyingKeyOf(key) : undefined;
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
}

function verifyingKeyOf(key: KeyObject): VerifyingKey {
  const keyId = keyIdOf(key);
  return {
    keyId,
    pem: pemOf(key),
    holds({ signature, ...checkpoint }) {
      const bytes = Buffer.from(signature, "base64");
      // Base64 has several spellings of the same bytes; only one is what was written.
      const isAsWritten = bytes.toString("base64") === signature && checkpoint.keyId === keyId;
      return isAsWritten && verify(null, bytesOf(checkpoint), key, bytes);
    },
  };
}

function pemOf(publicKey: KeyObject): string {
  return publicKey.export({ type: "spki", format: "pem" }).toString();
}

function keyIdOf(publicKey: KeyObject): string {
  return hash("sha256", publicKey.export({ type: "spki", format: "der" }), "hex");
}

function bytesOf({ version, seq, hash: lastHash, at, keyId }: Checkpoint): Buffer {
  return Buffer.from(canonicalJson({ version, seq, hash: lastHash, at, keyId }));
}
