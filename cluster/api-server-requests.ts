import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

const answerWithinMs = 5_000;

export type AskOptions = { method?: "GET" | "DELETE"; certificateAuthority?: string; token?: string };

/** The HTTP status that `url` answers with, or 0 where nobody answers (yet). */
export function statusOf(
  url: string,
  { method = "GET", certificateAuthority, token }: AskOptions = {},
): Promise<number> {
  return new Promise((resolve) => {
    const options = {
      method,
      agent: false as const,
      timeout: answerWithinMs,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
    };
    const request = url.startsWith("https:") ? httpsRequest(url, options) : httpRequest(url, options);
    request.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on("timeout", () => request.destroy(new Error("timeout")));
    request.on("error", () => resolve(0));
    request.end();
  });
}
