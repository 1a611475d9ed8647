// Everything a test waits for has an end. The sanitizer builds run the same tests, several times slower.
export const DEADLINE_MS = 20_000;

/** The program carries a sanitizer and runs several times slower; cmake/GrapevineNodeTest.cmake says so. */
export const SANITIZED = process.env.GRAPEVINE_SANITIZED === '1';

/** A time that users are promised, doubled where a sanitizer slows everything down. */
export const promised = (ms) => (SANITIZED ? 2 * ms : ms);

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Settles as `promise` does, or rejects with a sentence about `what` when the deadline passes first. */
export function within(promise, what, ms = DEADLINE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms} ms for ${what}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Asks `probe` again and again until it answers with something true; for what announces itself nowhere. */
export async function eventually(probe, what, ms = DEADLINE_MS) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
