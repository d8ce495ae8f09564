import { expect, it } from "vitest";
import { childEnvironment, readEnv } from "./env.ts";

it("nothing need be set", () => {
  expect(readEnv({})).toEqual({
    GATEHOUSE_CONFIG: "gatehouse.yaml",
    GATEHOUSE_DATA: ".gatehouse/data",
    GATEHOUSE_DEMO: "0",
    GATEHOUSE_TRUSTED_PROXIES: [],
    NODE_ENV: "production",
    LOG_LEVEL: "info",
  });
});

it("what is set is taken, what is not ours is left out", () => {
  const set = {
    DATABASE_URL: "postgresql://localhost/gatehouse",
    GATEHOUSE_CONFIG: "/etc/gatehouse.yaml",
    GATEHOUSE_DATA: "/var/lib/gatehouse",
    GATEHOUSE_DEMO: "1",
    LOG_LEVEL: "debug",
    NEXTAUTH_URL: "https://gatehouse.example",
    NEXTAUTH_SECRET: "s".repeat(32),
    NODE_ENV: "test",
  };
  expect(readEnv({ ...set, HOME: "/root" })).toEqual({ ...set, GATEHOUSE_TRUSTED_PROXIES: [] });
});

it("proxies are named by addresses and ranges, with commas", () => {
  const proxies = readEnv({
    GATEHOUSE_TRUSTED_PROXIES: "10.0.0.0/8, 2001:db8::/32,127.0.0.1,",
  }).GATEHOUSE_TRUSTED_PROXIES;
  expect(proxies).toEqual(["10.0.0.0/8", "2001:db8::/32", "127.0.0.1"]);
});

it.each([
  ["DATABASE_URL", "mysql://localhost/gatehouse"],
  ["GATEHOUSE_CONFIG", ""],
  ["GATEHOUSE_DATA", ""],
  ["GATEHOUSE_DEMO", "true"],
  ["GATEHOUSE_TRUSTED_PROXIES", "10.0.0.0/33"],
  ["LOG_LEVEL", "loud"],
  ["NEXTAUTH_URL", "gatehouse"],
  ["NEXTAUTH_SECRET", "short"],
])("a wrong %s is named, and its value is not", (name, value) => {
  expect(() => readEnv({ [name]: value })).toThrow(new RegExp(`^The environment is not usable\\. ${name}(\\.0)?: `));
  if (value !== "") {
    expect(() => readEnv({ [name]: value })).not.toThrow(value);
  }
});

it("all wrong variables are named at once", () => {
  expect(() => readEnv({ LOG_LEVEL: "loud", GATEHOUSE_DEMO: "2" })).toThrow(/GATEHOUSE_DEMO: .*; LOG_LEVEL: /);
});

it("a child process gets our environment with the changes on top", () => {
  const child = childEnvironment({ LC_ALL: "C", GATEHOUSE_TEST_ONLY: "1" });
  expect(child).toMatchObject({ LC_ALL: "C", GATEHOUSE_TEST_ONLY: "1" });
  expect(child.PATH).toBeTruthy();
});
