import { describe, expect, test } from "vitest";
import type { StartState, StartStep } from "./start-page.mjs";
import { renderStartJson, renderStartPage, timeLeftInWords } from "./start-page.mjs";

function step(over: Partial<StartStep>): StartStep {
  return { name: "etcd", detail: "built from its module", state: "waiting", elapsedSeconds: 0, ...over };
}

const state: StartState = {
  startedAt: "2026-11-21T02:50:07.000Z",
  steps: [
    step({ name: "packages", state: "done", elapsedSeconds: 21 }),
    step({ name: "kube-apiserver", state: "running", elapsedSeconds: 62, usualSeconds: 154 }),
    step({ name: "kwok", usualSeconds: 46 }),
  ],
};

describe("the start page", () => {
  test("says what runs now, what comes next and how much is left", () => {
    const page = renderStartPage(state);
    expect(page).toContain("Now: <b>kube-apiserver</b>. Next: kwok. 1 of 3 done, about 3 min left.");
    expect(page).toContain("1 min 2 s of about 2 min 34 s");
  });

  test("loads nothing from elsewhere", () => {
    const page = renderStartPage(state);
    expect(page).not.toMatch(/(?:src|href)="(?!data:)/);
    expect(page).not.toMatch(/@import|url\(/);
  });

  test("lets no text of a step or message become markup", () => {
    const hostile = `<img src=x onerror="alert('1')">&`;
    const page = renderStartPage({
      startedAt: hostile,
      message: hostile,
      steps: [
        step({ name: hostile, detail: hostile, state: "running" }),
        step({ name: hostile, detail: hostile, state: "failed" }),
        step({ name: hostile }),
      ],
    });
    expect(page).not.toContain("<img");
    expect(page).not.toContain('onerror="');
    expect(page).toContain("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;");
  });

  test("says which step failed and that the rest was not started", () => {
    const page = renderStartPage({
      ...state,
      steps: [step({ name: "etcd", state: "failed" }), step({ name: "kwok" })],
    });
    expect(page).toContain("Gatehouse could not start.");
    expect(page).toContain("<b>etcd</b> failed, so the rest was not started.");
  });

  test("answers its own polling with the state and the same body", () => {
    const answer: unknown = JSON.parse(renderStartJson(state));
    expect(answer).toMatchObject({ startedAt: state.startedAt, steps: [{ name: "packages" }, {}, {}] });
    expect(answer).toHaveProperty("body", expect.stringContaining("Gatehouse is getting ready."));
  });
});

describe("the time that is left", () => {
  test("counts steps under way side by side and waiting ones after another", () => {
    const left = timeLeftInWords([
      step({ state: "running", elapsedSeconds: 10, usualSeconds: 30 }),
      step({ state: "running", elapsedSeconds: 10, usualSeconds: 25 }),
      step({ usualSeconds: 20 }),
    ]);
    expect(left).toBe("about 40 s left");
  });

  test("trusts measured progress over the usual time", () => {
    expect(timeLeftInWords([step({ state: "running", elapsedSeconds: 60, usualSeconds: 70, progress: 0.2 })])).toBe(
      "about 4 min left",
    );
  });

  test("is a lower bound when a step tells nothing, and not known when none does", () => {
    expect(timeLeftInWords([step({ state: "running" }), step({ usualSeconds: 30 })])).toBe("at least 30 s left");
    expect(timeLeftInWords([step({ state: "running" })])).toBe("time left not known yet");
  });
});
