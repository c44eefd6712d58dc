import { beforeEach, expect, it, vi } from "vitest";

const connect = vi.hoisted(() => vi.fn());
vi.mock("codecell", () => ({
  connect,
  DaytonaAuthenticationError: class extends Error {},
  DaytonaAuthorizationError: class extends Error {},
  DaytonaError: class extends Error { statusCode?: number },
  DaytonaNotFoundError: class extends Error {},
}));

const storage = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
vi.stubGlobal("localStorage", storage);
vi.stubGlobal("sessionStorage", storage);
vi.stubGlobal("location", { origin: "http://127.0.0.1:1" });

const { Connection } = await import("./connection.svelte");

interface Fake {
  close: ReturnType<typeof vi.fn>;
  listContexts: () => Promise<never[]>;
  ready: () => Promise<unknown>;
  capabilities?: { toolbox: string; interrupt: boolean };
}

let made: Fake[];

beforeEach(() => {
  vi.useFakeTimers();
  made = [];
  connect.mockImplementation(async () => {
    // Loading the client takes a while.
    await new Promise((resolve) => setTimeout(resolve, 10));
    const fake: Fake = { close: vi.fn(), listContexts: async () => [], ready: async () => (fake.capabilities = { toolbox: "daytona", interrupt: true }) };
    made.push(fake);
    return fake;
  });
});

it("has one interpreter, however often it is told to check while it connects", async () => {
  const connection = new Connection(() => undefined);
  const checks = [connection.open(), connection.check(), connection.check()];
  await vi.advanceTimersByTimeAsync(20);
  await Promise.all(checks);
  expect(made).toHaveLength(1);
  expect(connection.state).toBe("ready");
});

it("closes what was being connected when the address changes meanwhile", async () => {
  const connection = new Connection(() => undefined);
  const first = connection.open();
  const second = connection.use("http://127.0.0.1:2", "token", false);
  await vi.advanceTimersByTimeAsync(20);
  await Promise.all([first, second]);
  expect(made).toHaveLength(2);
  expect(made.filter((each) => each.close.mock.calls.length > 0)).toHaveLength(1);
  expect(made.find((each) => each.close.mock.calls.length === 0)).toBe(connection.interpreter);
});

it("lets a run end over the connection that it began on, and closes it then", async () => {
  const connection = new Connection(() => undefined);
  const opening = connection.open();
  await vi.advanceTimersByTimeAsync(20);
  await opening;
  const [old] = made;
  let end = (): void => undefined;
  const run = connection.during(connection.interpreter!, new Promise((resolve) => (end = resolve)));
  expect(connection.takeToken("another")).toBe(true);
  const reopening = connection.open();
  await vi.advanceTimersByTimeAsync(20);
  await reopening;
  expect(old?.close).not.toHaveBeenCalled();
  end();
  await run;
  expect(old?.close).toHaveBeenCalledOnce();
  expect(made[1]?.close).not.toHaveBeenCalled();
});

it("does not connect anew for a token that it has", () => {
  const connection = new Connection(() => undefined);
  expect(connection.takeToken("one")).toBe(true);
  expect(connection.takeToken("one")).toBe(false);
});

it("knows what the toolbox can do, and learns more with a run", async () => {
  const connection = new Connection(() => undefined);
  expect([connection.isDaytona, connection.offers("interrupt")]).toEqual([false, true]);
  const opening = connection.open();
  await vi.advanceTimersByTimeAsync(20);
  await opening;
  expect([connection.isDaytona, connection.offers("interrupt")]).toEqual([true, true]);
  made[0]!.capabilities = { toolbox: "daytona", interrupt: false };
  await connection.during(connection.interpreter!, Promise.resolve());
  expect(connection.offers("interrupt")).toBe(false);
});

it("takes an answer that the page could read for no sign of CORS", async () => {
  const { DaytonaError } = await import("codecell");
  connect.mockImplementation(async () => {
    throw Object.assign(new DaytonaError("502"), { statusCode: 502 });
  });
  vi.stubGlobal("fetch", async () => new Response());
  const connection = new Connection(() => undefined);
  connection.toolboxUrl = "https://proxy.example/toolbox/one";
  await connection.open();
  expect([connection.state, connection.isDaytona]).toEqual(["failed", true]);
});
